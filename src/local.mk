# Everything but the main files is in libsipvigil.la; programs, tests and fuzzers link it.
noinst_LTLIBRARIES += libsipvigil.la
libsipvigil_la_SOURCES = \
	include/sipvigil/base.h include/sipvigil/record.h include/sipvigil/event.h \
	include/sipvigil/dialect.h include/sipvigil/alert.h include/sipvigil/ctl.h \
	src/pipeline.c src/pipeline.h
libsipvigil_la_SOURCES += \
	src/daemon.c src/daemon.h src/daemon_parts.h src/daemon_reload.c src/daemon_silence.c src/daemon_state.c src/daemon_view.c \
	src/ruleset.c src/ruleset.h \
	src/leftover.c src/leftover.h \
	src/signature.c src/signature.h \
	src/timekeeper.c src/timekeeper.h \
	src/intake.c src/intake.h src/intake_saved.c src/intake_saved.h src/instep.h \
	src/intake_parts.h src/intake_trouble.c src/intake_view.c \
	src/source.c src/source.h src/rate.h src/habit.c src/habit.h src/trouble.c src/trouble.h src/drift.c src/drift.h \
	src/delivery.c src/delivery.h \
	src/saver.c src/saver.h src/state.c src/state.h src/state_lock.c src/state_lock.h
libsipvigil_la_LIBADD = $(SYSTEMD_LIBS) $(RDKAFKA_LIBS) $(CONFUSE_LIBS) $(JANSSON_LIBS) $(ARCHIVE_LIBS) $(SSL_LIBS) $(CRYPTO_LIBS) $(SQLITE_LIBS) $(PCRE2_LIBS) $(NCURSES_LIBS) -lm

include src/base/local.mk
include src/conf/local.mk
include src/expr/local.mk
include src/sip/local.mk
include src/input/local.mk
include src/dialect/local.mk
include src/engine/local.mk
include src/alert/local.mk
include src/store/local.mk
include src/output/local.mk
include src/ctl/local.mk
include src/doctor/local.mk
include src/cli/local.mk

sbin_PROGRAMS += sipvigild
sipvigild_SOURCES = src/sipvigild.c
sipvigild_LDADD = libsipvigil.la
