libsipvigil_la_SOURCES += \
	src/base/text.c src/base/text.h \
	src/base/address.c src/base/address.h \
	src/base/buffer.c src/base/buffer.h \
	src/base/pack.c src/base/pack.h \
	src/base/json.c src/base/json.h \
	src/base/emit.c src/base/emit.h \
	src/base/log.c src/base/log.h \
	src/base/shape.c src/base/shape.h src/base/shapes.c src/base/shapes.h \
	src/base/i18n.c src/base/i18n.h \
	src/base/zone.c src/base/zone.h \
	src/base/date.c src/base/date.h \
	src/base/stamp.c src/base/stamp.h \
	src/base/header.c src/base/header_cisco.c src/base/header.h
