# Drives one output by hand, for the integration tests of the outputs.
check_PROGRAMS += tests/integration/publish
tests_integration_publish_SOURCES = tests/integration/publish.c
tests_integration_publish_LDADD = libsipvigil.la
output_tests = tests/integration/outputs.t tests/integration/schema.t \
	tests/integration/check_plugin.t tests/integration/journal_output.t \
	tests/integration/nagios.t tests/integration/kafka.t tests/integration/daemon_outputs.t
TESTS += $(output_tests)
EXTRA_DIST += $(output_tests) tests/lib/wait.sh tests/lib/kafka.sh tests/lib/nagios.sh tests/lib/validate.py tests/lib/daemon.sh
# Outputs of a running daemon under faults.
fault_tests = tests/integration/stream_faults.t tests/integration/exec_faults.t \
	tests/integration/kafka_faults.t tests/integration/kafka_hang.t \
	tests/integration/nagios_faults.t tests/integration/journal_faults.t \
	tests/integration/clock_faults.t tests/integration/output_changes.t
TESTS += $(fault_tests)
EXTRA_DIST += $(fault_tests) tests/lib/outputs.sh tests/lib/shift.c
check_SCRIPTS += tests/lib/shift.so
tests/lib/shift.so: $(srcdir)/tests/lib/shift.c
	$(AM_V_CC)$(MKDIR_P) tests/lib && \
		$(CC) -std=gnu17 -Wall -Wextra -O2 -fPIC -shared -o $@ $(srcdir)/tests/lib/shift.c
CLEANFILES += tests/lib/shift.so
