unit_tests += tests/unit/test_render
tests_unit_test_render_SOURCES = tests/unit/test_render.c
tests_unit_test_render_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_render_LDADD = $(unit_ldadd) $(JANSSON_LIBS)

unit_tests += tests/unit/test_queue
tests_unit_test_queue_SOURCES = tests/unit/test_queue.c
tests_unit_test_queue_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_queue_LDADD = $(unit_ldadd)
