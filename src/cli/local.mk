libsipvigil_la_SOURCES += src/cli/command.h \
	src/cli/codes.c src/cli/codes_json.c src/cli/codes_print.c src/cli/codes_print.h
