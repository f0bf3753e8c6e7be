fuzz_targets += tests/fuzz/fuzz_checkpoint
tests_fuzz_fuzz_checkpoint_SOURCES = tests/fuzz/fuzz_checkpoint.c $(fuzz_driver)
tests_fuzz_fuzz_checkpoint_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_checkpoint_LDADD = libsipvigil.la
