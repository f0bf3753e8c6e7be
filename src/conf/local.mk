libsipvigil_la_SOURCES += \
	src/conf/conf.h \
	src/conf/diag.h
