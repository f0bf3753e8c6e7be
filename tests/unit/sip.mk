unit_tests += tests/unit/test_outcome
tests_unit_test_outcome_SOURCES = tests/unit/test_outcome.c
tests_unit_test_outcome_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_outcome_LDADD = $(unit_ldadd)

unit_tests += tests/unit/test_codes
tests_unit_test_codes_SOURCES = tests/unit/test_codes.c
tests_unit_test_codes_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_codes_LDADD = $(unit_ldadd)
EXTRA_DIST += \
	tests/data/q850-sip-causes.tsv tests/data/seed-reason-phrases.tsv \
	tests/data/sip-nonregistered-codes.tsv tests/data/sip-response-codes.tsv

unit_tests += tests/unit/test_codes_print
tests_unit_test_codes_print_SOURCES = tests/unit/test_codes_print.c
tests_unit_test_codes_print_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_codes_print_LDADD = $(unit_ldadd)

unit_tests += tests/unit/test_message
tests_unit_test_message_SOURCES = tests/unit/test_message.c
tests_unit_test_message_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_message_LDADD = $(unit_ldadd)
