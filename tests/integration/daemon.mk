# The daemon in a scratch folder.
daemon_tests = tests/integration/daemon.t tests/integration/faults.t tests/integration/gaps.t \
	tests/integration/load.t tests/integration/containers.t tests/integration/unknown.t tests/integration/zero.t tests/integration/doctor.t tests/integration/rotation.t tests/integration/views.t \
	tests/integration/silences.t tests/integration/baseline.t tests/integration/measures_shown.t
TESTS += $(daemon_tests)
EXTRA_DIST += $(daemon_tests) tests/lib/sipvigild.sh tests/lib/clock.c tests/lib/load.py tests/lib/evening.py tests/lib/width.py

# The state on disk, with a disk that goes wrong.
check_SCRIPTS += tests/lib/faulty.so
tests/lib/faulty.so: $(srcdir)/tests/lib/faulty.c
	$(AM_V_CC)$(MKDIR_P) tests/lib && \
		$(CC) -std=gnu17 -Wall -Wextra -O2 -fPIC -shared -o $@ $(srcdir)/tests/lib/faulty.c
EXTRA_DIST += tests/lib/faulty.c
CLEANFILES += tests/lib/faulty.so
state_tests = tests/integration/state_faults.t tests/integration/state_files.t \
	tests/integration/state_rules.t tests/integration/lists.t tests/integration/memory.t tests/integration/clock_back.t tests/integration/descriptors.t
TESTS += $(state_tests)
EXTRA_DIST += $(state_tests) tests/lib/state.sh

# What could have been: backtests, limits, why there was no alert.
trying_tests = tests/integration/backtest.t tests/integration/why_not.t tests/integration/screens_offline.t
TESTS += $(trying_tests)
EXTRA_DIST += $(trying_tests) tests/lib/screen.sh tests/lib/advise.py
