fuzz_targets += tests/fuzz/fuzz_ctl
tests_fuzz_fuzz_ctl_SOURCES = tests/fuzz/fuzz_ctl.c $(fuzz_driver)
tests_fuzz_fuzz_ctl_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_ctl_LDADD = libsipvigil.la $(JANSSON_LIBS)
