# unit tests of dialect
EXTRA_DIST += tests/unit/rig.h
unit_tests += tests/unit/test_asterisk
tests_unit_test_asterisk_SOURCES = tests/unit/test_asterisk.c
tests_unit_test_asterisk_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_asterisk_LDADD = $(unit_ldadd)
unit_tests += tests/unit/test_asterisk_security
tests_unit_test_asterisk_security_SOURCES = tests/unit/test_asterisk_security.c
tests_unit_test_asterisk_security_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_asterisk_security_LDADD = $(unit_ldadd)
unit_tests += tests/unit/test_asterisk_call
tests_unit_test_asterisk_call_SOURCES = tests/unit/test_asterisk_call.c
tests_unit_test_asterisk_call_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_asterisk_call_LDADD = $(unit_ldadd)
unit_tests += tests/unit/test_asterisk_injection
tests_unit_test_asterisk_injection_SOURCES = tests/unit/test_asterisk_injection.c
tests_unit_test_asterisk_injection_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_asterisk_injection_LDADD = $(unit_ldadd)
