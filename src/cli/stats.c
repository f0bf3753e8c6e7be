/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "base/text.h"
#include "cli/online.h"

#include <inttypes.h>
#include <stdio.h>

static void
add_value(struct buffer *out, const json_t *line)
{
	const json_t *value = json_object_get(line, "value");
	char text[40];

	if (json_is_integer(value))
		(void)snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT,
			       json_integer_value(value));
	else
		(void)snprintf(text, sizeof(text), "%.3f", json_number_value(value));
	terminal_cell_right(out, str_of(text), 18);
}

static void
add_line(struct buffer *out, const json_t *line)
{
	struct buffer name;

	buffer_init(&name);
	buffer_add_cstr(&name, online_text(line, "name"));
	if (online_text(line, "of")[0]) {
		buffer_add_char(&name, ' ');
		buffer_add_clean(&name, str_of(online_text(line, "of")), 60);
	}
	terminal_cell(out, buffer_str(&name), 60);
	add_value(out, line);
	buffer_add_cstr(out, "  ");
	buffer_add_cstr(out, online_text(line, "unit"));
	buffer_add_char(out, '\n');
	buffer_done(&name);
}

static int
run(int argc, char **argv)
{
	static const struct online_spec spec = { 0 };
	struct online online;
	const json_t *line;
	size_t i;
	int code;

	if (online_ask(&online, &command_stats, argc, argv, &spec, &code)) {
		json_array_foreach(online.reply.lines, i, line)
		{
			add_line(&online.out, line);
		}
		code = online_end(&online);
	}
	online_done(&online);
	return code;
}

const struct command command_stats = {
	.word = "stats",
	.arguments = "[--socket PATH] [--json]",
	.summary = N_("all counters of the daemon"),
	.help = N_(
		"  --socket PATH   control socket (/run/sipvigil/control)\n"
		"  --json          one object a counter, with type, unit and help\n"),
	.run = run,
};
