libsipvigil_la_SOURCES += \
	src/output/output.c src/output/output.h \
	src/output/queue.c src/output/queue.h \
	src/output/stream.c \
	src/output/journal.c
