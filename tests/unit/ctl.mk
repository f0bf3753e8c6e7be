unit_tests += tests/unit/test_ctl tests/unit/test_timekeeper
tests_unit_test_ctl_SOURCES = tests/unit/test_ctl.c
tests_unit_test_ctl_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_ctl_LDADD = $(unit_ldadd) $(JANSSON_LIBS) $(SYSTEMD_LIBS)
tests_unit_test_timekeeper_SOURCES = tests/unit/test_timekeeper.c
tests_unit_test_timekeeper_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_timekeeper_LDADD = $(unit_ldadd)
