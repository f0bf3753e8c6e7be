unit_tests += tests/unit/test_diag
tests_unit_test_diag_SOURCES = tests/unit/test_diag.c
tests_unit_test_diag_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_diag_LDADD = $(unit_ldadd)
unit_tests += tests/unit/test_unit
tests_unit_test_unit_SOURCES = tests/unit/test_unit.c
tests_unit_test_unit_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_unit_LDADD = $(unit_ldadd)
