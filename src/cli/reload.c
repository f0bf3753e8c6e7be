/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "base/text.h"
#include "cli/online.h"

static int
run(int argc, char **argv)
{
	static const struct online_spec spec = { 0 };
	struct online online;
	const json_t *line;
	size_t i;
	int code;

	/* A refused configuration is an answer with an error: its message first. */
	if (online_ask(&online, &command_reload, argc, argv, &spec, &code) ||
	    !online.json) {
		json_array_foreach(online.reply.lines, i, line)
		{
			struct sv_str text = str_of(online_text(line, "message"));
			buffer_add(&online.out, text);
			if (text.len && text.ptr[text.len - 1] != '\n')
				buffer_add_char(&online.out, '\n');
		}
		(void)terminal_print(&online.out);
	}
	online_done(&online);
	return code;
}

const struct command command_reload = {
	.word = "reload",
	.arguments = "[--socket PATH] [--json]",
	.summary = N_("have the daemon read its configuration anew"),
	.help = N_(
		"The new configuration is checked as a whole first; a mistake is named "
		"and changes\n"
		"nothing. Inputs, outputs and rules that did not change go on.\n"
		"\n"
		"  --socket PATH   control socket (/run/sipvigil/control)\n"
		"  --json          the answer as JSON\n"
		"\n"
		"To check without taking: sipvigil check\n"),
	.run = run,
};
