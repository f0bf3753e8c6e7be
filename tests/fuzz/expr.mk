fuzz_targets += tests/fuzz/fuzz_expr
tests_fuzz_fuzz_expr_SOURCES = tests/fuzz/fuzz_expr.c $(fuzz_driver)
tests_fuzz_fuzz_expr_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_expr_LDADD = libsipvigil.la
