# One row a command or helper, so that additions do not meet.
libsipvigil_la_SOURCES += src/cli/command.c src/cli/command.h
libsipvigil_la_SOURCES += src/cli/terminal.c src/cli/terminal.h
libsipvigil_la_SOURCES += src/cli/online.c src/cli/online.h src/cli/glyph.c src/cli/glyph.h
libsipvigil_la_SOURCES += src/cli/peer_text.c src/cli/peer_text.h src/cli/peer_full.c
libsipvigil_la_SOURCES += src/cli/top.c src/cli/top_frame.c src/cli/top_frame.h src/cli/top_list.c src/cli/top_rows.h src/cli/top_screen.c src/cli/top_screen.h
libsipvigil_la_SOURCES += src/cli/alert_text.c src/cli/alert_text.h src/cli/alert_full.c src/cli/alert_next.c
libsipvigil_la_SOURCES += src/cli/status.c src/cli/alerts.c src/cli/peers.c src/cli/stats.c src/cli/reload.c
libsipvigil_la_SOURCES += src/cli/silence.c
libsipvigil_la_SOURCES += src/cli/unknown.c src/cli/unknown.h
libsipvigil_la_SOURCES += src/cli/doctor.c src/cli/doctor_own.c src/cli/doctor_own.h
libsipvigil_la_SOURCES += src/cli/dialects.c
libsipvigil_la_SOURCES += src/cli/codes.c src/cli/codes_json.c src/cli/codes_print.c src/cli/codes_print.h
libsipvigil_la_SOURCES += src/cli/check.c src/cli/rule_test.c src/cli/rule_test.h
libsipvigil_la_SOURCES += src/cli/patterns.c src/cli/patterns.h
libsipvigil_la_SOURCES += src/cli/check_samples.c src/cli/check_samples.h
libsipvigil_la_SOURCES += src/cli/sample_test.c src/cli/sample_test.h src/cli/sample_attack.c src/cli/sample_attack.h

libsipvigil_la_SOURCES += src/cli/sources.c src/cli/sources.h src/cli/progress.c src/cli/progress.h
libsipvigil_la_SOURCES += src/cli/events.c
libsipvigil_la_SOURCES += src/cli/advise.c src/cli/advise.h src/cli/advise_print.c src/cli/advise_json.c src/cli/advise_classes.c src/cli/advise_classes.h
libsipvigil_la_SOURCES += src/cli/rulefile.c src/cli/rulefile.h src/cli/difference.c src/cli/difference_print.c src/cli/difference.h
libsipvigil_la_SOURCES += src/cli/peaks.c src/cli/peaks.h
libsipvigil_la_SOURCES += src/cli/backtest.c src/cli/tally.c src/cli/tally_print.c src/cli/tally.h
libsipvigil_la_SOURCES += src/cli/why_not.c src/cli/why_not_print.c src/cli/why_not.h
libsipvigil_la_SOURCES += src/cli/explain.c src/cli/explain_fields.c src/cli/explain_fields.h

bin_PROGRAMS += sipvigil
sipvigil_SOURCES = src/cli/sipvigil.c
sipvigil_LDADD = libsipvigil.la

libsipvigil_la_SOURCES += src/cli/plugin.c src/cli/plugin.h src/cli/range.c src/cli/range.h
bin_PROGRAMS += check_sipvigil
check_sipvigil_SOURCES = src/cli/check_sipvigil.c
check_sipvigil_LDADD = libsipvigil.la
