libsipvigil_la_SOURCES += \
	src/dialect/stream.c src/dialect/stream.h \
	src/dialect/stream_saved.c src/dialect/stream_state.h \
	src/dialect/notice.c src/dialect/notice.h \
	src/dialect/registry.c src/dialect/registry.h \
	src/dialect/asterisk.c src/dialect/asterisk.h \
	src/dialect/asterisk_line.h \
	src/dialect/asterisk_prefix.c \
	src/dialect/asterisk_json.c \
	src/dialect/asterisk_leg.c \
	src/dialect/asterisk_hold.c \
	src/dialect/asterisk_match.c \
	src/dialect/asterisk_templates.c src/dialect/asterisk_templates.h \
	src/dialect/asterisk_sip.c \
	src/dialect/asterisk_register.c \
	src/dialect/asterisk_pjsip.c \
	src/dialect/asterisk_call.c \
	src/dialect/asterisk_dialplan.c \
	src/dialect/asterisk_security.c \
	src/dialect/asterisk_other.c
