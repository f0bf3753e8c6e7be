unit_tests += tests/unit/test_render
tests_unit_test_render_SOURCES = tests/unit/test_render.c
tests_unit_test_render_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_render_LDADD = $(unit_ldadd) $(JANSSON_LIBS)

unit_tests += tests/unit/test_queue
tests_unit_test_queue_SOURCES = tests/unit/test_queue.c
tests_unit_test_queue_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_queue_LDADD = $(unit_ldadd)

unit_tests += tests/unit/test_range
tests_unit_test_range_SOURCES = tests/unit/test_range.c
tests_unit_test_range_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_range_LDADD = $(unit_ldadd) $(JANSSON_LIBS)

unit_tests += tests/unit/test_plugin
tests_unit_test_plugin_SOURCES = tests/unit/test_plugin.c
tests_unit_test_plugin_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_plugin_LDADD = $(unit_ldadd) $(JANSSON_LIBS)

unit_tests += tests/unit/test_nagios_text
tests_unit_test_nagios_text_SOURCES = tests/unit/test_nagios_text.c
tests_unit_test_nagios_text_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_nagios_text_LDADD = $(unit_ldadd) $(JANSSON_LIBS)

unit_tests += tests/unit/test_kafka
tests_unit_test_kafka_SOURCES = tests/unit/test_kafka.c
tests_unit_test_kafka_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_kafka_LDADD = $(unit_ldadd) $(RDKAFKA_LIBS) $(SYSTEMD_LIBS)

unit_tests += tests/unit/test_exec
tests_unit_test_exec_SOURCES = tests/unit/test_exec.c
tests_unit_test_exec_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_exec_LDADD = $(unit_ldadd) $(SYSTEMD_LIBS)
