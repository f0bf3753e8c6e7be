/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include "base/i18n.h"
#include "base/text.h"
#include "cli/terminal.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

#define USAGE_COLUMNS 80
#define USAGE_INDENT 10

/** Bytes up to where a line of usage may be broken: in front of the next bracket, bar or
 *  word outside of brackets. */
static size_t
piece_length(const char *text)
{
	size_t i = 0, depth = 0;

	do {
		depth += text[i] == '[';
		depth -= text[i] == ']' && depth > 0;
		i++;
	} while (text[i] && !(text[i] == ' ' && (depth == 0 || text[i + 1] == '[' ||
						 text[i + 1] == '|')));
	return i;
}

/** "Usage: sipvigil events [SOURCE] …", in lines of 80 columns. */
static void
print_usage(FILE *to, const struct command *command)
{
	struct buffer head;
	const char *rest = command->arguments;
	size_t at;

	buffer_init(&head);
	buffer_addf(&head, _("Usage: sipvigil %s"), command->word);
	at = terminal_columns(buffer_str(&head));
	fprintf(to, "%.*s", (int)head.len, head.len ? head.ptr : "");
	while (rest[0]) {
		size_t length = piece_length(rest);
		size_t wide = terminal_columns(str_make(rest, length));
		if (at + 1 + wide > USAGE_COLUMNS) {
			fprintf(to, "\n%*s", USAGE_INDENT - 1, "");
			at = USAGE_INDENT - 1;
		}
		fprintf(to, " %.*s", (int)length, rest);
		at += 1 + wide;
		rest += length;
		rest += rest[0] == ' ';
	}
	(void)fputc('\n', to);
	buffer_done(&head);
}

void
command_help(const struct command *command)
{
	print_usage(stdout, command);
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
	print_usage(stderr, command);
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
