libsipvigil_la_SOURCES += \
	src/engine/engine.h \
	src/engine/rule.h \
	src/engine/ledger.h
