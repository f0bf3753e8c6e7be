# integration tests of the input room

check_PROGRAMS += tests/integration/follow
tests_integration_follow_SOURCES = tests/integration/follow.c
tests_integration_follow_LDADD = libsipvigil.la
TESTS += tests/integration/journal.t tests/integration/positions.t
EXTRA_DIST += tests/integration/journal.t tests/integration/positions.t \
	tests/lib/journald.sh
TESTS += tests/integration/syslog.t
EXTRA_DIST += tests/integration/syslog.t tests/lib/syslog.py
