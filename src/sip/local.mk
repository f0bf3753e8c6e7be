libsipvigil_la_SOURCES += \
	src/sip/outcome.c src/sip/outcome.h
