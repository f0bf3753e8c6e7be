/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands of the `sipvigil` program: one file each (src/cli/<word>.c), one row in the
 * table of src/cli/sipvigil.c. `run` gets argv[0] = the command's word and returns the
 * exit code of INTERFACES: EXIT_DONE, EXIT_NO, EXIT_USAGE, EXIT_CANNOT.
 */
#pragma once

enum command_exit { EXIT_DONE = 0, EXIT_NO = 1, EXIT_USAGE = 2, EXIT_CANNOT = 3 };

struct command {
	const char *word;
	const char *arguments; /* "[SOURCE] [-d DIALECT] [-w EXPR] [--raw] FILE…" */
	const char *summary;   /* one line, marked with N_() */
	const char
		*help; /* the rest of --help, marked with N_(): options and examples */
	int (*run)(int argc, char **argv);
};

extern const struct command command_events;
extern const struct command command_backtest;
extern const struct command command_check;
extern const struct command command_codes;
extern const struct command command_explain;
extern const struct command command_dialects;
extern const struct command command_status;
extern const struct command command_alerts;
extern const struct command command_peers;
extern const struct command command_why_not;
extern const struct command command_silence;
extern const struct command command_top;
extern const struct command command_reload;
extern const struct command command_stats;
extern const struct command command_doctor;

/** Prints a command's --help to stdout. */
void command_help(const struct command *command);
/** "sipvigil events: unknown option --x" and where to look; returns EXIT_USAGE. */
__attribute__((format(printf, 2, 3))) int command_usage(const struct command *command,
							const char *format, ...);
/** The same for what getopt_long() gave back (with opterr = 0 and ":" first): '?' or
 *  ':', a value that is missing. */
int command_option(const struct command *command, int option, char *const *argv);
