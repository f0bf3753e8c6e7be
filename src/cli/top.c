/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "base/text.h"
#include "cli/top_screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* One frame on standard output, as wide as the terminal or COLUMNS says. */
static void
print_once(struct online *online)
{
	struct top_state state = { 0 };
	struct top_frame *frame = malloc(sizeof(*frame));
	const char *columns = getenv("COLUMNS");

	if (!frame)
		return;
	top_frame_init(frame);
	if (online->terminal.columns)
		frame->columns = online->terminal.columns;
	else if (columns && atoi(columns) > 0)
		frame->columns = (unsigned)atoi(columns);
	top_frame_draw(frame, &state, json_array_get(online->reply.lines, 0));
	for (size_t i = 0; i < frame->n; i++) {
		const struct top_row *row = &frame->row[i];
		struct sv_str text = str_make(frame->text.ptr + row->begin, row->len);

		if (row->marked)
			buffer_add_cstr(
				&online->out,
				terminal_severity(&online->terminal, row->severity));
		buffer_add(&online->out, str_upto(text, row->marked));
		if (row->marked)
			buffer_add_cstr(&online->out,
					terminal_plain(&online->terminal));
		buffer_add(&online->out, str_from(text, row->marked));
		buffer_add_char(&online->out, '\n');
	}
	top_frame_done(frame);
	free(frame);
}

/* --once, which the daemon need not see, and what decides how to go on. */
static void
take_options(int *argc, char **argv, bool *ret_once, bool *ret_json,
	     const char **ret_socket)
{
	int n = 1;

	for (int i = 1; i < *argc; i++) {
		if (strcmp(argv[i], "--once") == 0) {
			*ret_once = true;
			continue;
		}
		*ret_json |= strcmp(argv[i], "--json") == 0;
		if (strncmp(argv[i], "--socket=", 9) == 0)
			*ret_socket = argv[i] + 9;
		else if (strcmp(argv[i], "--socket") == 0 && i + 1 < *argc)
			*ret_socket = argv[i + 1];
		argv[n++] = argv[i];
	}
	*argc = n;
	argv[n] = NULL;
}

static int
run(int argc, char **argv)
{
	static const struct online_spec spec = { 0 };
	bool once = false, json = false;
	const char *socket = NULL;
	struct online online;
	int code;

	take_options(&argc, argv, &once, &json, &socket);
	if (!once && !json && !isatty(STDOUT_FILENO))
		return command_usage(&command_top,
				     _("standard output is no terminal: use --once"));
	if (online_ask(&online, &command_top, argc, argv, &spec, &code)) {
		if (once) {
			print_once(&online);
			code = online_end(&online);
		} else {
			code = top_screen_run(&command_top, socket);
		}
	}
	online_done(&online);
	return code;
}

const struct command command_top = {
	.word = "top",
	.arguments = "[--once] [--socket PATH] [--json]",
	.summary = N_("rates, open alerts and worst peers, renewed every second"),
	.help = N_("  q            quit\n"
		   "  p, r         peers alone, rules; the same key or a goes back\n"
		   "  /            only what has this text in its name; Esc ends it\n"
		   "  arrows, Page Up, Page Down, Home, End\n"
		   "               move in the list\n"
		   "\n"
		   "  --once          one frame on standard output, as wide as the "
		   "terminal "
		   "or COLUMNS\n"
		   "  --socket PATH   control socket (/run/sipvigil/control)\n"
		   "  --json          one object, once\n"),
	.run = run,
};
