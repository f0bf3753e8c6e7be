unit_tests += tests/unit/test_expr
tests_unit_test_expr_SOURCES = tests/unit/test_expr.c
tests_unit_test_expr_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_expr_LDADD = $(unit_ldadd)
