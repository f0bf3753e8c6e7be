libsipvigil_la_SOURCES += \
	src/sip/outcome.c src/sip/outcome.h \
	src/sip/message.c src/sip/message.h \
	src/sip/codes.c src/sip/codes.h src/sip/codes_data.h \
	src/sip/codes_search.c \
	src/sip/codes_sip.c src/sip/codes_phrases.c src/sip/codes_advice.c \
	src/sip/codes_q850.c src/sip/codes_sets.c
