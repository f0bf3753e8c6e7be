libsipvigil_la_SOURCES += \
	src/conf/arena.c src/conf/arena.h \
	src/conf/build.c src/conf/build.h \
	src/conf/limit.c src/conf/limit.h \
	src/conf/moment.c src/conf/moment.h \
	src/conf/conf.c src/conf/conf.h \
	src/conf/diag.c src/conf/diag.h \
	src/conf/inputs.c \
	src/conf/inhibits.c \
	src/conf/silences.c \
	src/conf/token.c src/conf/token.h \
	src/conf/lists.c \
	src/conf/options.c src/conf/options.h \
	src/conf/outputs.c \
	src/conf/parser.c src/conf/parser.h \
	src/conf/patterns.c \
	src/conf/rules.c \
	src/conf/sets.c src/conf/sequence.c src/conf/sequence.h \
	src/conf/source.c src/conf/source.h \
	src/conf/spot.c src/conf/spot.h \
	src/conf/syntax.c src/conf/syntax.h \
	src/conf/templates.c \
	src/conf/tests.c \
	src/conf/unit.c src/conf/unit.h \
	src/conf/values.c src/conf/values.h \
	src/conf/zero.c
