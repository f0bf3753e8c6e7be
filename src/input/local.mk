libsipvigil_la_SOURCES += \
	src/input/input.h src/input/again.h src/input/clock.h src/input/words.h \
	src/input/bytes.c src/input/bytes.h \
	src/input/entry.c src/input/entry.h \
	src/input/journal.c \
	src/input/journal_place.c src/input/journal_place.h \
	src/input/lines.c src/input/lines.h \
	src/input/series.c \
	src/input/strings.c src/input/strings.h \
	src/input/tail.c \
	src/input/tail_list.c src/input/tail_list.h \
	src/input/tail_match.c src/input/tail_match.h \
	src/input/tail_file.c src/input/tail_file.h \
	src/input/tail_found.c src/input/tail_found.h \
	src/input/tail_parts.c src/input/tail_parts.h \
	src/input/tail_saved.c src/input/tail_saved.h \
	src/input/tail_turn.c src/input/tail_turn.h \
	src/input/tail_watch.c src/input/tail_watch.h \
	src/input/tail_wrap.c src/input/tail_wrap.h \
	src/input/reader.c src/input/reader.h \
	src/input/syslog.c src/input/syslog_parts.h \
	src/input/syslog_connection.c \
	src/input/syslog_datagram.c \
	src/input/syslog_frame.c src/input/syslog_frame.h \
	src/input/syslog_listen.c \
	src/input/syslog_new.c \
	src/input/syslog_saved.c \
	src/input/syslog_sender.c \
	src/input/syslog_socket.c \
	src/input/syslog_tls.c src/input/syslog_tls.h \
	src/input/wrap.c src/input/wrap.h src/input/wrap_export.c src/input/wrap_state.h
