# unit tests of doctor, and of what says what is not understood
unit_tests += tests/unit/test_doctor tests/unit/test_shape tests/unit/test_drift
tests_unit_test_doctor_SOURCES = tests/unit/test_doctor.c
tests_unit_test_doctor_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_doctor_LDADD = $(unit_ldadd)
tests_unit_test_shape_SOURCES = tests/unit/test_shape.c
tests_unit_test_shape_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_shape_LDADD = $(unit_ldadd)
tests_unit_test_drift_SOURCES = tests/unit/test_drift.c
tests_unit_test_drift_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_drift_LDADD = $(unit_ldadd)
