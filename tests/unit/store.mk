# unit tests of the store, and of what it is packed with
EXTRA_DIST += tests/unit/scratch.h
unit_tests += tests/unit/test_pack tests/unit/test_checkpoint tests/unit/test_pending tests/unit/test_history
tests_unit_test_pack_SOURCES = tests/unit/test_pack.c
tests_unit_test_pack_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_pack_LDADD = $(unit_ldadd)
tests_unit_test_checkpoint_SOURCES = tests/unit/test_checkpoint.c
tests_unit_test_checkpoint_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_checkpoint_LDADD = $(unit_ldadd)
tests_unit_test_pending_SOURCES = tests/unit/test_pending.c
tests_unit_test_pending_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_pending_LDADD = $(unit_ldadd)
tests_unit_test_history_SOURCES = tests/unit/test_history.c
tests_unit_test_history_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_history_LDADD = $(unit_ldadd) $(SQLITE_LIBS)
