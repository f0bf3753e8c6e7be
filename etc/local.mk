# What lands on an administrator's machine: a sample configuration in which everything
# is commented out, and the default rules.
confdir = $(sysconfdir)/sipvigil
dist_conf_DATA = etc/sipvigil.conf
rulesdir = $(pkgdatadir)/rules.d
dist_rules_DATA = \
	etc/rules.d/pipeline.conf \
	etc/rules.d/registrations.conf \
	etc/rules.d/security.conf \
	etc/rules.d/trunks.conf

install-data-local: install-conf-d
install-conf-d:
	$(MKDIR_P) "$(DESTDIR)$(confdir)/conf.d"
uninstall-local: uninstall-conf-d
uninstall-conf-d:
	-rmdir "$(DESTDIR)$(confdir)/conf.d" "$(DESTDIR)$(confdir)" 2>/dev/null || :
.PHONY: install-conf-d uninstall-conf-d
