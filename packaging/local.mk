# Unit, user and directories. Installed below $(prefix), where systemd looks when that is
# /usr or /usr/local; README.md says the rest.
sysusersdir = $(prefix)/lib/sysusers.d
tmpfilesdir = $(prefix)/lib/tmpfiles.d
dist_noinst_DATA = packaging/sipvigild.service.in \
	packaging/sipvigil.sysusers packaging/sipvigil.tmpfiles
systemdsystemunit_DATA = packaging/sipvigild.service
dist_systemdsystemunit_DATA = packaging/sipvigil-syslog.socket
CLEANFILES += packaging/sipvigild.service

packaging/sipvigild.service: packaging/sipvigild.service.in Makefile
	$(AM_V_at)$(MKDIR_P) packaging
	$(AM_V_GEN)sed -e 's|@sbindir[@]|$(sbindir)|g' -e 's|@bindir[@]|$(bindir)|g' \
		$(srcdir)/packaging/sipvigild.service.in > $@.tmp && mv $@.tmp $@

install-data-local: install-systemd-data
uninstall-local: uninstall-systemd-data
.PHONY: install-systemd-data uninstall-systemd-data
install-systemd-data:
	$(MKDIR_P) "$(DESTDIR)$(sysusersdir)" "$(DESTDIR)$(tmpfilesdir)"
	$(INSTALL_DATA) $(srcdir)/packaging/sipvigil.sysusers "$(DESTDIR)$(sysusersdir)/sipvigil.conf"
	$(INSTALL_DATA) $(srcdir)/packaging/sipvigil.tmpfiles "$(DESTDIR)$(tmpfilesdir)/sipvigil.conf"
# An installation on this very machine (not into a package's root, not a trial below some
# folder): make the user, so that the unit can be enabled at once.
install-data-hook:
	@case "$(DESTDIR):$(prefix):$$(id -u)" in \
	:/usr:0 | :/usr/local:0) \
		if command -v systemd-sysusers >/dev/null; then \
			systemd-sysusers sipvigil.conf || :; \
		fi; \
		if test -d /run/systemd/system; then systemctl daemon-reload || :; fi ;; \
	esac
uninstall-systemd-data:
	rm -f "$(DESTDIR)$(sysusersdir)/sipvigil.conf" "$(DESTDIR)$(tmpfilesdir)/sipvigil.conf"
