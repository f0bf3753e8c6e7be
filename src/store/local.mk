# src/store
libsipvigil_la_SOURCES += \
	src/store/checkpoint.c src/store/checkpoint.h
