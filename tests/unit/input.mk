# unit tests of input
unit_tests += tests/unit/test_reader
tests_unit_test_reader_SOURCES = tests/unit/test_reader.c
tests_unit_test_reader_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_reader_LDADD = $(unit_ldadd)

unit_tests += tests/unit/test_tail
tests_unit_test_tail_SOURCES = tests/unit/test_tail.c
tests_unit_test_tail_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_tail_LDADD = $(unit_ldadd)

unit_tests += tests/unit/test_journal
tests_unit_test_journal_SOURCES = tests/unit/test_journal.c
tests_unit_test_journal_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_journal_LDADD = $(unit_ldadd)

unit_tests += tests/unit/test_tail_saved
tests_unit_test_tail_saved_SOURCES = tests/unit/test_tail_saved.c tests/unit/tail_rig.h tests/unit/tail_rows.h
tests_unit_test_tail_saved_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_tail_saved_LDADD = $(unit_ldadd)

unit_tests += tests/unit/test_tail_random
tests_unit_test_tail_random_SOURCES = tests/unit/test_tail_random.c tests/unit/tail_rig.h
tests_unit_test_tail_random_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_tail_random_LDADD = $(unit_ldadd)

unit_tests += tests/unit/test_tail_race
tests_unit_test_tail_race_SOURCES = tests/unit/test_tail_race.c tests/unit/tail_rig.h
tests_unit_test_tail_race_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_tail_race_LDADD = $(unit_ldadd)

unit_tests += tests/unit/test_wrap
tests_unit_test_wrap_SOURCES = tests/unit/test_wrap.c
tests_unit_test_wrap_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_wrap_LDADD = $(unit_ldadd)

unit_tests += tests/unit/test_tail_wrap
tests_unit_test_tail_wrap_SOURCES = tests/unit/test_tail_wrap.c tests/unit/tail_rig.h tests/unit/tail_rows.h
tests_unit_test_tail_wrap_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_tail_wrap_LDADD = $(unit_ldadd)

unit_tests += tests/unit/test_syslog_frame
tests_unit_test_syslog_frame_SOURCES = tests/unit/test_syslog_frame.c
tests_unit_test_syslog_frame_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_syslog_frame_LDADD = $(unit_ldadd)

unit_tests += tests/unit/test_syslog
tests_unit_test_syslog_SOURCES = tests/unit/test_syslog.c
tests_unit_test_syslog_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_syslog_LDADD = $(unit_ldadd)
