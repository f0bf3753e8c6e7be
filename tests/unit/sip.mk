unit_tests += tests/unit/test_outcome
tests_unit_test_outcome_SOURCES = tests/unit/test_outcome.c
tests_unit_test_outcome_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_outcome_LDADD = $(unit_ldadd)
