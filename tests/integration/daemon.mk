# The daemon in a scratch folder.
daemon_tests = tests/integration/daemon.t tests/integration/faults.t tests/integration/gaps.t
TESTS += $(daemon_tests)
EXTRA_DIST += $(daemon_tests) tests/lib/sipvigild.sh tests/lib/clock.c
