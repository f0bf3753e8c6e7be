libsipvigil_la_SOURCES += \
	src/output/output.c src/output/output.h \
	src/output/queue.c src/output/queue.h \
	src/output/stream.c src/output/stream_repair.c src/output/stream_repair.h \
	src/output/journal.c src/output/journal_send.c src/output/journal_send.h \
	src/output/envelope.c src/output/envelope.h \
	src/output/kafka.c src/output/kafka.h \
	src/output/kafka_lane.c src/output/kafka_lane.h \
	src/output/kafka_conf.c src/output/kafka_conf.h \
	src/output/kafka_output.c \
	src/output/nagios.c src/output/nagios_open.c src/output/nagios_open.h \
	src/output/nagios_text.c src/output/nagios_text.h \
	src/output/exec.c
