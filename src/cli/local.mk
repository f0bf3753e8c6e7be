libsipvigil_la_SOURCES += src/cli/command.h
