fuzz_targets += tests/fuzz/fuzz_wrap
tests_fuzz_fuzz_wrap_SOURCES = tests/fuzz/fuzz_wrap.c $(fuzz_driver)
tests_fuzz_fuzz_wrap_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_wrap_LDADD = libsipvigil.la
fuzz_targets += tests/fuzz/fuzz_syslog
tests_fuzz_fuzz_syslog_SOURCES = tests/fuzz/fuzz_syslog.c $(fuzz_driver)
tests_fuzz_fuzz_syslog_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_syslog_LDADD = libsipvigil.la
