libsipvigil_la_SOURCES += \
	src/store/aside.c src/store/aside.h \
	src/store/checkpoint.c src/store/checkpoint.h \
	src/store/database.c src/store/database.h src/store/database_state.h \
	src/store/database_ask.c \
	src/store/history.c src/store/history.h src/store/history_state.h \
	src/store/history_spool.c \
	src/store/pending.c src/store/pending.h \
	src/store/writer.c src/store/writer.h \
	src/output/spool.h
