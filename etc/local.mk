# What lands on an administrator's machine: a sample configuration in which everything
# is commented out, the default rules, their words in other languages, and dialects made of
# patterns.
confdir = $(sysconfdir)/sipvigil
EXTRA_DIST += etc/sipvigil.conf
rulesdir = $(pkgdatadir)/rules.d
dist_rules_DATA = \
	etc/rules.d/busy.conf \
	etc/rules.d/fraud.conf \
	etc/rules.d/pipeline.conf \
	etc/rules.d/registrations.conf \
	etc/rules.d/security.conf \
	etc/rules.d/trunks.conf
rulesrudir = $(pkgdatadir)/rules.ru.d
dist_rulesru_DATA = \
	etc/rules.ru.d/busy.conf \
	etc/rules.ru.d/fraud.conf \
	etc/rules.ru.d/pipeline.conf \
	etc/rules.ru.d/registrations.conf \
	etc/rules.ru.d/security.conf \
	etc/rules.ru.d/trunks.conf
patternsdir = $(pkgdatadir)/patterns.d
dist_patterns_DATA = \
	etc/patterns.d/drachtio.conf \
	etc/patterns.d/sems.conf

# The administrator's own file is never overwritten, and only an untouched one removed.
install-data-local: install-conf
install-conf:
	$(MKDIR_P) "$(DESTDIR)$(confdir)/conf.d"
	test -e "$(DESTDIR)$(confdir)/sipvigil.conf" || \
		$(INSTALL_DATA) "$(srcdir)/etc/sipvigil.conf" "$(DESTDIR)$(confdir)/sipvigil.conf"
uninstall-local: uninstall-conf
uninstall-conf:
	if cmp -s "$(srcdir)/etc/sipvigil.conf" "$(DESTDIR)$(confdir)/sipvigil.conf"; then \
		rm -f "$(DESTDIR)$(confdir)/sipvigil.conf"; fi
	-rmdir "$(DESTDIR)$(confdir)/conf.d" "$(DESTDIR)$(confdir)" 2>/dev/null
.PHONY: install-conf uninstall-conf
