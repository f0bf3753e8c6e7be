libsipvigil_la_SOURCES += \
	src/expr/expr.c src/expr/expr.h \
	src/expr/parse.c src/expr/program.h \
	src/expr/value.c src/expr/value.h \
	src/expr/alert_field.c \
	src/expr/field.c src/expr/field.h \
	src/expr/lex.c src/expr/lex.h src/expr/variant.c \
	src/expr/set.c src/expr/set.h
