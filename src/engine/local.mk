libsipvigil_la_SOURCES += \
	src/engine/engine.h \
	src/engine/rule.h \
	src/engine/ledger.h
libsipvigil_la_SOURCES += \
	src/engine/attempts.c src/engine/attempts.h \
	src/engine/joining.c src/engine/joining.h \
	src/engine/keep.c src/engine/keep.h \
	src/engine/ledger.c \
	src/engine/prints.c src/engine/prints.h
