fuzz_targets += tests/fuzz/fuzz_asterisk
tests_fuzz_fuzz_asterisk_SOURCES = tests/fuzz/fuzz_asterisk.c $(fuzz_driver)
tests_fuzz_fuzz_asterisk_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_asterisk_LDADD = libsipvigil.la
fuzz_targets += tests/fuzz/fuzz_kamailio
tests_fuzz_fuzz_kamailio_SOURCES = tests/fuzz/fuzz_kamailio.c $(fuzz_driver)
tests_fuzz_fuzz_kamailio_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_kamailio_LDADD = libsipvigil.la
