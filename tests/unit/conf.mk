unit_tests += tests/unit/test_diag
tests_unit_test_diag_SOURCES = tests/unit/test_diag.c
tests_unit_test_diag_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_diag_LDADD = $(unit_ldadd)
