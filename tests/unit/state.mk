# unit tests of what outlives the daemon
unit_tests += tests/unit/test_state_lock
tests_unit_test_state_lock_SOURCES = tests/unit/test_state_lock.c
tests_unit_test_state_lock_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_state_lock_LDADD = $(unit_ldadd)
unit_tests += tests/unit/test_leftover
tests_unit_test_leftover_SOURCES = tests/unit/test_leftover.c
tests_unit_test_leftover_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_leftover_LDADD = $(unit_ldadd)
