/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include "base/i18n.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

void
command_help(const struct command *command)
{
	printf(_("Usage: sipvigil %s %s\n"), command->word, command->arguments);
	printf("%s.\n", _(command->summary));
	if (command->help && command->help[0])
		printf("\n%s", _(command->help));
}

int
command_usage(const struct command *command, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "sipvigil %s: ", command->word);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	fprintf(stderr, _("Usage: sipvigil %s %s\n"), command->word,
		command->arguments);
	fprintf(stderr, _("More: sipvigil help %s\n"), command->word);
	return EXIT_USAGE;
}

int
command_option(const struct command *command, int option, char *const *argv)
{
	if (option == ':')
		return command_usage(command, _("%s needs a value"), argv[optind - 1]);
	return command_usage(command, _("unknown option %s"), argv[optind - 1]);
}
