libsipvigil_la_SOURCES += \
	src/output/output.h
