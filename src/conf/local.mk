libsipvigil_la_SOURCES += \
	src/conf/arena.c src/conf/arena.h \
	src/conf/conf.h \
	src/conf/diag.c src/conf/diag.h \
	src/conf/lex.c src/conf/lex.h \
	src/conf/options.c src/conf/options.h \
	src/conf/spot.c src/conf/spot.h \
	src/conf/syntax.c src/conf/syntax.h \
	src/conf/unit.c src/conf/unit.h \
	src/conf/values.c src/conf/values.h
