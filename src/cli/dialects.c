/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/patterns.h"
#include "cli/terminal.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define LABEL_COLUMNS 14

static int dialects_run(int argc, char **argv);

const struct command command_dialects = {
	.word = "dialects",
	.arguments = "[-c FILE] [DIALECT] [--json]",
	.summary = N_("the PBX dialects: what is recognised and where it is found"),
	.help = N_(
		"For each dialect: its name (for -d and the configuration), the "
		"journal identifiers,\nunits and usual log files by which it is "
		"found, and what it rests on: recordings of\nthe real program, or "
		"documents alone.\n"
		"\n"
		"Dialects made of patterns stand below the built-in ones, with the "
		"file that they\nare from.\n"
		"\n"
		"Options:\n"
		"  -c, --config FILE   patterns of this configuration; else those of "
		"this host's\n"
		"  --json              one JSON object a line\n"
		"\n"
		"What each log cannot tell: sipvigil-dialects(7)\n"),
	.run = dialects_run,
};

static void
words_json(struct buffer *out, const char *key, const char *const *words)
{
	if (!words || !words[0])
		return;
	buffer_addf(out, ",\"%s\":[", key);
	for (size_t i = 0; words[i]; i++) {
		if (i)
			buffer_add_char(out, ',');
		buffer_add_json(out, str_of(words[i]));
	}
	buffer_add_char(out, ']');
}

static void
dialect_json(struct buffer *out, const struct sv_dialect *dialect)
{
	buffer_add_cstr(out, "{\"dialect\":");
	buffer_add_json(out, str_of(dialect->name));
	buffer_add_cstr(out, ",\"doc\":");
	buffer_add_json(out, str_of(dialect->doc));
	words_json(out, "identifiers", dialect->idents);
	words_json(out, "units", dialect->units);
	words_json(out, "files", dialect->files);
	buffer_add_cstr(out, ",\"evidence\":");
	buffer_add_json(out, str_of(dialect->evidence));
	if (dialect->documented) {
		buffer_add_cstr(out, ",\"documented\":");
		buffer_add_json(out, str_of(dialect->documented));
	}
	unsigned line;
	const char *file = registry_pattern(dialect)
				   ? pattern_origin(registry_pattern(dialect), 0, &line)
				   : NULL;
	if (file) {
		buffer_add_cstr(out, ",\"file\":");
		buffer_add_json(out, str_of(file));
		buffer_addf(out, ",\"line\":%u", line);
	}
	buffer_add_cstr(out, "}\n");
}

static void
words_text(struct buffer *out, const struct terminal *terminal, const char *label,
	   const char *const *words)
{
	struct buffer line;

	if (!words || !words[0])
		return;
	buffer_init(&line);
	for (size_t i = 0; words[i]; i++)
		buffer_addf(&line, i ? ", %s" : "%s", words[i]);
	buffer_add_cstr(out, "  ");
	terminal_cell(out, str_of(label), LABEL_COLUMNS - 2);
	terminal_wrap(out, buffer_str(&line), LABEL_COLUMNS, terminal->columns);
	buffer_done(&line);
}

static void
dialect_text(struct buffer *out, const struct terminal *terminal,
	     const struct sv_dialect *dialect)
{
	bool seen = strcmp(dialect->evidence, "recordings") == 0;
	const char *const rests_on[] = { seen ? _("recordings of the real program")
					      : _("its documents alone"),
					 NULL };

	buffer_addf(out, "%s%s%s: ", terminal_bold(terminal), dialect->name,
		    terminal_plain(terminal));
	terminal_wrap(out, str_of(dialect->doc), strlen(dialect->name) + 2,
		      terminal->columns);
	words_text(out, terminal, _("journal"), dialect->idents);
	words_text(out, terminal, _("units"), dialect->units);
	words_text(out, terminal, _("files"), dialect->files);
	words_text(out, terminal, _("rests on"), rests_on);
	const char *const documented[] = { dialect->documented, NULL };
	words_text(out, terminal, _("documents"), documented);
	if (registry_pattern(dialect)) {
		unsigned line;
		const char *file = pattern_origin(registry_pattern(dialect), 0, &line);
		buffer_add_cstr(out, "  ");
		terminal_cell(out, str_of(_("patterns")), LABEL_COLUMNS - 2);
		buffer_addf(out, "%s:%u\n", file, line);
	}
}

/** Name as the user gave it, NULL for all; then an answer for one that there is not. */
static int
print_dialects(const struct registry *registry, const char *name, bool json)
{
	const struct sv_dialect *const *dialects = registry_dialects(registry);
	struct terminal terminal;
	struct buffer out;
	bool first = true, printed;

	terminal_init(&terminal, 1);
	buffer_init(&out);
	for (size_t i = 0; dialects[i]; i++) {
		if (name && !str_ieq(str_of(name), str_of(dialects[i]->name)))
			continue;
		if (json) {
			dialect_json(&out, dialects[i]);
		} else {
			buffer_add_cstr(&out, first ? "" : "\n");
			dialect_text(&out, &terminal, dialects[i]);
		}
		first = false;
	}
	if (name && first)
		fprintf(stderr,
			_("There is no dialect \"%s\" (list: sipvigil dialects).\n"),
			name);
	printed = !buffer_failed(&out) && terminal_print(&out);
	buffer_done(&out);
	if (!printed)
		return EXIT_CANNOT;
	return name && first ? EXIT_NO : EXIT_DONE;
}

static int
dialects_run(int argc, char **argv)
{
	enum { OPT_JSON = 256 };
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, OPT_JSON },
		{ 0 },
	};
	struct registry *registry;
	const char *config = NULL;
	bool json = false;
	int code = EXIT_USAGE;

	optind = 0;
	opterr = 0;
	for (int c; (c = getopt_long(argc, argv, ":c:", options, NULL)) != -1;) {
		if (c == ':')
			return command_usage(&command_dialects, _("%s needs a value"),
					     argv[optind - 1]);
		if (c != OPT_JSON && c != 'c')
			return command_usage(&command_dialects, _("unknown option %s"),
					     argv[optind - 1]);
		if (c == 'c')
			config = optarg;
		json |= c == OPT_JSON;
	}
	if (argc - optind > 1)
		return command_usage(&command_dialects, _("one dialect at most"));
	if (patterns_load(config, &registry))
		code = print_dialects(registry, argv[optind], json);
	registry_free(registry);
	return code;
}
