# Drives one output by hand, for the integration tests of the outputs.
check_PROGRAMS += tests/integration/publish
tests_integration_publish_SOURCES = tests/integration/publish.c
tests_integration_publish_LDADD = libsipvigil.la
output_tests = tests/integration/outputs.t tests/integration/schema.t \
	tests/integration/check_plugin.t tests/integration/journal_output.t \
	tests/integration/nagios.t tests/integration/kafka.t tests/integration/daemon_outputs.t
TESTS += $(output_tests)
EXTRA_DIST += $(output_tests) tests/lib/wait.sh tests/lib/kafka.sh tests/lib/nagios.sh tests/lib/validate.py tests/lib/daemon.sh
