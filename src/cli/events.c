/* SPDX-License-Identifier: Apache-2.0 */
/* sipvigil events: what logs say about SIP, one settled event a line. */
#include "cli/command.h"

#include "alert/render.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/patterns.h"
#include "cli/sources.h"
#include "cli/terminal.h"
#include "expr/expr.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct print {
	struct buffer buf;
	struct expr *where;
	bool json, color;
	uint64_t printed;
};

static void
print_event(void *user, const struct sv_event *event)
{
	struct print *print = user;

	if (!expr_test(print->where, event))
		return;
	buffer_clear(&print->buf);
	if (print->json)
		render_event_json(&print->buf, event);
	else
		render_event_line(&print->buf, event, print->color);
	buffer_add_char(&print->buf, '\n');
	if (!buffer_failed(&print->buf))
		fwrite(print->buf.ptr, 1, print->buf.len, stdout);
	print->printed++;
}

static void
print_raw(void *user, const struct sv_event *raw)
{
	print_event(user, raw);
}

static int
say_where_error(const char *text, const struct expr_error *error)
{
	fprintf(stderr, "sipvigil events: -w: %s\n  %s\n  %*s", error->message, text,
		(int)error->pos, "");
	for (size_t i = 0; i < (error->len ? error->len : 1); i++)
		fputc(i ? '~' : '^', stderr);
	fprintf(stderr, "%s%s\n", error->hint[0] ? " " : "", error->hint);
	return EXIT_USAGE;
}

static int
run_on(const struct sources *sources, struct print *print, bool raw)
{
	struct pipeline_spec spec = {
		.single = sources_single(sources),
		.patient = true,
		.event = raw ? NULL : print_event,
		.raw = raw ? print_raw : NULL,
		.user = print,
	};
	struct sources_result result = { 0 };
	struct expr_error error;
	struct pipeline *pipeline;
	size_t rule;

	int r = pipeline_new(&spec, &pipeline, &rule, &error);
	if (r == 0) {
		r = sources_run(sources, pipeline, &result);
		pipeline_free(pipeline);
	}
	if (r == -ENOENT) {
		fprintf(stderr, _("sipvigil events: there is no such dialect (list: "
				  "sipvigil dialects)\n"));
		return EXIT_USAGE;
	}
	if (r < 0) {
		fprintf(stderr, "sipvigil events: %s\n", strerror(-r));
		return EXIT_CANNOT;
	}
	fflush(stdout);
	if (print->printed == 0 && !print->json)
		/* TRANSLATORS: numbers of lines */
		fprintf(stderr,
			_("No SIP event in %" PRIu64 " lines, of which %" PRIu64
			  " are of a known PBX.\n"),
			result.records, result.recognised);
	return result.unread ? EXIT_CANNOT : EXIT_DONE;
}

static int
run(struct sources *sources, struct print *print, const char *config, bool raw)
{
	struct registry *registry;
	int code = EXIT_USAGE;

	if (patterns_load(config, &registry)) {
		sources->registry = registry;
		code = run_on(sources, print, raw);
		patterns_tell(registry);
	}
	registry_free(registry);
	return code;
}

static int
events(int argc, char **argv)
{
	static const struct option options[] = {
		SOURCES_LONG_OPTIONS,
		{ "config", required_argument, NULL, 'c' },
		{ "where", required_argument, NULL, 'w' },
		{ "raw", no_argument, NULL, 'r' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct sources sources = { 0 };
	struct print print = { 0 };
	struct terminal terminal;
	struct expr_error error;
	const char *why = NULL, *where = NULL, *config = NULL;
	bool raw = false;
	int c;

	terminal_init(&terminal, STDOUT_FILENO);
	print.color = terminal.color;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":c:d:w:h", options, NULL)) != -1) {
		int r = sources_option(&sources, c, optarg, &why);
		if (r == -EINVAL)
			return command_usage(&command_events, "%s: %s", optarg, why);
		if (r == 0)
			continue;
		switch (c) {
		case 'c':
			config = optarg;
			break;
		case 'w':
			where = optarg;
			break;
		case 'r':
			raw = true;
			break;
		case 'j':
			print.json = true;
			break;
		case 'h':
			command_help(&command_events);
			return EXIT_DONE;
		default:
			return command_option(&command_events, c, argv);
		}
	}
	if (sources_operands(&sources, argc - optind, argv + optind, &why) < 0)
		return command_usage(&command_events, "%s", why);
	if (where) {
		print.where = expr_new(str_of(where), &error);
		if (!print.where)
			return say_where_error(where, &error);
	}
	buffer_init(&print.buf);
	c = run(&sources, &print, config, raw);
	buffer_done(&print.buf);
	expr_free(print.where);
	return c;
}

const struct command command_events = {
	.word = "events",
	.arguments = "[SOURCE] [-d DIALECT] [-c FILE] [-w EXPR] [--raw] [--json] FILE…",
	.summary = N_("what logs say about SIP: one settled event a line"),
	.help = N_(
		"FILE is a log, plain or compressed, or - for standard input. Files of "
		"one log\n"
		"that was rotated are read in order of time; several logs are merged.\n"
		"\n"
		"  --journal[=DIR|FILE]  read this host's journal, or a saved one\n"
		"  --since T, --until T  only events from T on, up to T (\"2026-11-22 "
		"08:30\", \"-2h\")\n"
		"  --year Y, --tz ZONE   for stamps that lack them\n"
		"  --host NAME           host name for records that have none\n"
		"  --local ADDR          an address of the PBX itself (texts of "
		"capture tools)\n"
		"  -d, --dialect NAME    the PBX (see sipvigil dialects); else found "
		"by content\n"
		"  -c, --config FILE     patterns of this configuration; else those of "
		"this host's\n"
		"  -w, --where EXPR      only events that match, e.g. \"failure and "
		"leg = in\"\n"
		"  --raw                 what each record said, before the ledger "
		"joins them\n"
		"  --json                one JSON object a line\n"
		"\n"
		"Example: sipvigil events -w 'outcome = rejected' "
		"/var/log/asterisk/messages*\n"),
	.run = events,
};
