libsipvigil_la_SOURCES += \
	src/alert/render.h
