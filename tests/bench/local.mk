# tests/bench: sipvigil against yardsticks; `make bench` prints ratios and asserts nothing.
bench_programs = tests/bench/gen_asterisk tests/bench/gen_boxes tests/bench/gen_freeswitch tests/bench/gen_kamailio \
	tests/bench/journal_loop tests/bench/bytes_per_key tests/bench/checkpoint tests/bench/live tests/bench/rules tests/bench/sources tests/bench/syslog_send
tests_bench_gen_asterisk_SOURCES = tests/bench/gen_asterisk.c
tests_bench_gen_boxes_SOURCES = tests/bench/gen_boxes.c
tests_bench_gen_freeswitch_SOURCES = tests/bench/gen_freeswitch.c
tests_bench_gen_kamailio_SOURCES = tests/bench/gen_kamailio.c
tests_bench_journal_loop_SOURCES = tests/bench/journal_loop.c
tests_bench_journal_loop_LDADD = $(SYSTEMD_LIBS)
tests_bench_bytes_per_key_SOURCES = tests/bench/bytes_per_key.c tests/bench/keys.h
tests_bench_bytes_per_key_LDADD = libsipvigil.la
tests_bench_rules_SOURCES = tests/bench/rules.c
tests_bench_rules_LDADD = libsipvigil.la
tests_bench_live_SOURCES = tests/bench/live.c
tests_bench_live_LDADD = libsipvigil.la
tests_bench_syslog_send_SOURCES = tests/bench/syslog_send.c
tests_bench_checkpoint_SOURCES = tests/bench/checkpoint.c tests/bench/keys.h
tests_bench_checkpoint_LDADD = libsipvigil.la
tests_bench_sources_SOURCES = tests/bench/sources.c tests/bench/keys.h
tests_bench_sources_LDADD = libsipvigil.la
EXTRA_PROGRAMS += $(bench_programs)
EXTRA_DIST += tests/bench/run tests/bench/daemon tests/bench/syslog tests/bench/kafka_latency
CLEANFILES += $(bench_programs)

.PHONY: bench
bench: all $(bench_programs)
	@top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' $(srcdir)/tests/bench/run
