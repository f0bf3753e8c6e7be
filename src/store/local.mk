libsipvigil_la_SOURCES += \
	src/store/checkpoint.c src/store/checkpoint.h \
	src/store/database.c src/store/database.h \
	src/store/history.c src/store/history.h \
	src/store/pending.c src/store/pending.h \
	src/output/spool.h
