/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sipvigil: everything that people and scripts ask. Finds the command's row and runs
 * it; each command is a file of its own beside this one.
 */
#include "base/i18n.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/terminal.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* One row a command, in the order of `sipvigil help`. Whoever writes a command adds its
 * row here, in the commit that adds its file; nothing else in this file changes. */
static const struct command *const commands[] = {
	/* clang-format off */
	&command_events,
	&command_backtest,
	&command_explain,
	&command_check,
	&command_codes,
	&command_dialects,
	&command_status,
	&command_alerts,
	&command_peers,
	&command_why_not,
	&command_silence,
	&command_top,
	&command_stats,
	&command_reload,
	&command_doctor,
	NULL,
	/* clang-format on */
};

/** A word this many letters off is still taken as a slip. */
#define SLIP 2

static const struct command *
command_find(const char *word)
{
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->word, word) == 0)
			return commands[i];
	return NULL;
}

static int
unknown_command(const char *word)
{
	const char *near = NULL;
	size_t best = SLIP + 1;

	for (size_t i = 0; commands[i]; i++) {
		size_t distance =
			str_distance(str_of(word), str_of(commands[i]->word), SLIP + 1);

		if (distance < best) {
			best = distance;
			near = commands[i]->word;
		}
	}
	if (near)
		fprintf(stderr,
			_("sipvigil: unknown command '%s', did you mean '%s'?\n"), word,
			near);
	else
		fprintf(stderr, _("sipvigil: unknown command '%s'\n"), word);
	fprintf(stderr, _("All commands: sipvigil help\n"));
	return EXIT_USAGE;
}

static void
print_help(FILE *to)
{
	fprintf(to, _("Usage: sipvigil COMMAND …\n"
		      "Sees SIP failures in the logs of telephone systems and says "
		      "which peer is\nattacking, failing or silent.\n\n"));
	for (size_t i = 0; commands[i]; i++)
		fprintf(to, "  %-10s %s\n", commands[i]->word, _(commands[i]->summary));
	fprintf(to, _("\n"
		      "  help [COMMAND]   this list, or all about one command\n"
		      "  --version        version\n"
		      "\n"
		      "Exit codes: 0 done, 1 the answer is \"no\" or problems were "
		      "found, 2 wrong usage or\nconfiguration, 3 could not do it.\n"
		      "The daemon is sipvigild(8), the Nagios plugin "
		      "check_sipvigil(1).\n"));
}

static int
help(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		print_help(stdout);
		return EXIT_DONE;
	}
	command = command_find(argv[1]);
	if (!command)
		return unknown_command(argv[1]);
	command_help(command);
	return EXIT_DONE;
}

static bool
asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

static int
run(int argc, char **argv)
{
	const struct command *command;

	if (argc < 1) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[0], "help") == 0 || strcmp(argv[0], "--help") == 0 ||
	    strcmp(argv[0], "-h") == 0)
		return help(argc, argv);
	if (strcmp(argv[0], "--version") == 0 || strcmp(argv[0], "-V") == 0) {
		printf("sipvigil %s\n", PACKAGE_VERSION);
		return EXIT_DONE;
	}
	command = command_find(argv[0]);
	if (!command)
		return unknown_command(argv[0]);
	if (asks_for_help(argc, argv)) {
		command_help(command);
		return EXIT_DONE;
	}
	return command->run(argc, argv);
}

int
main(int argc, char **argv)
{
	int code;

	i18n_setup();
	log_setup("sipvigil", LOG_LEVEL_WARNING);
	/* A reader that has seen enough (head) ends the program without a word. */
	(void)signal(SIGPIPE, SIG_DFL);
	code = run(argc - 1, argv + 1);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, _("sipvigil: cannot write the output: %m\n"));
		return EXIT_CANNOT;
	}
	return code;
}
