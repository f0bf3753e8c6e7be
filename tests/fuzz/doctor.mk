fuzz_targets += tests/fuzz/fuzz_doctor tests/fuzz/fuzz_shape
tests_fuzz_fuzz_doctor_SOURCES = tests/fuzz/fuzz_doctor.c $(fuzz_driver)
tests_fuzz_fuzz_doctor_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_doctor_LDADD = libsipvigil.la
tests_fuzz_fuzz_shape_SOURCES = tests/fuzz/fuzz_shape.c $(fuzz_driver)
tests_fuzz_fuzz_shape_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_shape_LDADD = libsipvigil.la
