libsipvigil_la_SOURCES += \
	src/dialect/stream.h
