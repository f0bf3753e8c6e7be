# Manual pages. What a table of the source knows is printed from it: `make update-man`
# renews the marked parts, tests/lint/man.t fails when they are stale.
dist_man_MANS += \
	doc/man/check_sipvigil.1 doc/man/sipvigil.1 doc/man/sipvigil.conf.5 \
	doc/man/sipvigil-dialects.7 doc/man/sipvigil-faults.7 doc/man/sipvigil-patterns.5 \
	doc/man/sipvigil-rules.7 \
	doc/man/sipvigild.8
EXTRA_DIST += doc/man/update

check_PROGRAMS += doc/print_facts
doc_print_facts_SOURCES = doc/print_facts.c
doc_print_facts_LDADD = libsipvigil.la

# NAME of the part and the page that has it.
man_parts = options:sipvigil.conf.5 fields:sipvigil-rules.7 alert-fields:sipvigil-rules.7 sets:sipvigil-rules.7 metrics:sipvigil-faults.7
EXTRA_DIST += doc/man/rule-list

.PHONY: update-man
update-man: doc/print_facts
	for part in $(man_parts); do \
		$(srcdir)/doc/man/update "$${part%%:*}" "./doc/print_facts $${part%%:*}" \
			"$(srcdir)/doc/man/$${part#*:}" || exit 1; \
	done
	$(srcdir)/doc/man/update rules "$(srcdir)/doc/man/rule-list $(srcdir)/etc/rules.d" \
		$(srcdir)/doc/man/sipvigil-rules.7

# What a terminal shows, made by doc/screens/make.
EXTRA_DIST += doc/screens/make doc/screens/alerts.txt doc/screens/alerts-id.txt doc/screens/peers.txt \
	doc/screens/peers-name.txt doc/screens/top.txt doc/screens/top-peers.txt doc/screens/top-rules.txt

schemadir = $(pkgdatadir)/schema
dist_schema_DATA = doc/schema/event-1.json doc/schema/alert-1.json

# What commands show on a terminal; made from the recording in examples.
EXTRA_DIST += doc/screens/update-offline doc/screens/backtest.txt doc/screens/backtest-advise.txt \
	doc/screens/backtest-diff.txt doc/screens/why-not.txt doc/screens/why-not-other.txt
