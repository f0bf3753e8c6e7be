libsipvigil_la_SOURCES += \
	src/input/input.h \
	src/input/reader.h
