libsipvigil_la_SOURCES += \
	src/expr/expr.h
