unit_tests += tests/unit/test_text
tests_unit_test_text_SOURCES = tests/unit/test_text.c
tests_unit_test_text_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_text_LDADD = $(unit_ldadd)

unit_tests += tests/unit/test_stamp tests/unit/test_header
tests_unit_test_stamp_SOURCES = tests/unit/test_stamp.c
tests_unit_test_stamp_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_stamp_LDADD = $(unit_ldadd)
tests_unit_test_header_SOURCES = tests/unit/test_header.c
tests_unit_test_header_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_header_LDADD = $(unit_ldadd)
