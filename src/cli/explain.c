/* SPDX-License-Identifier: Apache-2.0 */
/* sipvigil explain: for each line what it is, who wrote which field, and which rules it
 * feeds. */
#include "cli/command.h"

#include "alert/render.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/explain_fields.h"
#include "cli/patterns.h"
#include "cli/sources.h"
#include "cli/terminal.h"
#include "cli/unknown.h"
#include "conf/conf.h"
#include "ctl/coverage.h"
#include "input/reader.h"
#include "sip/outcome.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_RULES 256
/** Shapes that a summary tells of a file. */
#define MAX_SHAPES 32

struct explain {
	struct terminal terminal;
	struct buffer buf;
	bool json;
	bool summary;          /* of a file, instead of each line */
	struct shapes *shapes; /* of the summary */
	const struct conf *conf;
	struct registry *registry;
	struct expr *where[MAX_RULES];
	size_t n_rules;
	unsigned of_line; /* raw events of the current line */
	size_t shape_len; /* of the current line, 0 = it is understood */
	char shape[SHAPE_MAX_BYTES];
	uint64_t raw, settled;
};

static void
add_feeds(struct buffer *buf, const struct explain *ex, const struct sv_event *raw)
{
	bool any = false;

	buffer_addf(buf, "%-9s ", _("feeds"));
	for (size_t i = 0; i < ex->n_rules; i++) {
		if (!expr_test(ex->where[i], raw))
			continue;
		buffer_addf(buf, "%s%s", any ? ", " : "", ex->conf->rules[i].name);
		any = true;
	}
	if (!any)
		buffer_add_cstr(buf, _("no rule"));
	buffer_add_char(buf, '\n');
}

static void
take_raw(void *user, const struct sv_event *raw)
{
	struct explain *ex = user;
	struct buffer *buf = &ex->buf;
	char name[64];

	ex->raw++;
	ex->of_line++;
	if (ex->summary)
		return;
	buffer_clear(buf);
	if (ex->json) {
		render_event_json(buf, raw);
		buffer_add_char(buf, '\n');
		(void)terminal_print(buf);
		return;
	}
	snprintf(name, sizeof(name), "%.*s",
		 (int)(raw->pbx.len < 63 ? raw->pbx.len : 63),
		 raw->pbx.ptr ? raw->pbx.ptr : "");
	const struct sv_dialect *dialect = registry_find(ex->registry, raw->pbx);
	struct pattern *pattern = registry_pattern(dialect);
	buffer_addf(buf, "%-9s %s, %s %s", _("dialect"), name, _("template"),
		    registry_template(dialect, raw->hint.template_id));
	explain_fields_origin(buf, pattern, raw->hint.template_id);
	buffer_add_char(buf, '\n');
	buffer_addf(buf, "%-9s ", _("event"));
	render_event_line(buf, raw, ex->terminal.color);
	buffer_add_char(buf, '\n');
	explain_fields_when(buf, raw);
	explain_fields_what(buf, raw);
	explain_fields_who(buf, raw);
	explain_fields_claims(buf, &raw->claim);
	if (pattern)
		explain_fields_groups(buf, pattern, raw->records[0].text);
	explain_fields_cause(buf, raw);
	add_feeds(buf, ex, raw);
	(void)terminal_print(buf);
}

static void
take_settled(void *user, const struct sv_event *event)
{
	struct explain *ex = user;

	(void)event;
	ex->settled++;
}

/** The line as a kind of lines, and what can be done about it. */
static void
add_unknown(struct buffer *buf, const struct explain *ex)
{
	if (!ex->shape_len)
		return;
	buffer_addf(buf, "%-9s ", _("shape"));
	buffer_add_clean(buf, str_make(ex->shape, ex->shape_len), SHAPE_MAX_BYTES);
	buffer_addf(buf, "\n%-9s %s\n", _("next"),
		    _("a pattern of your own reads it: sipvigil-patterns(5)"));
}

static void
say_nothing(struct explain *ex, enum sv_parse parse, const struct stream *stream)
{
	struct stream_stats stats;
	const char *word = NULL;

	if (ex->json || ex->of_line)
		return;
	stream_stats_get(stream, &stats);
	switch (parse) {
	case SV_PARSE_FOREIGN:
		word = N_("not a line of a known PBX (see sipvigil dialects)");
		break;
	case SV_PARSE_SKIP:
		word = ex->shape_len
			       ? N_("a line of this PBX, but its message is none that "
				    "is "
				    "known")
			       : N_("known PBX, but the line says nothing about SIP "
				    "failures");
		break;
	case SV_PARSE_EVENT:
		word = N_("part of an entry that goes on in other lines");
		break;
	case SV_PARSE_MALFORMED:
		word = N_("looks like a known line but cannot be trusted: nothing is "
			  "counted");
		break;
	}
	buffer_clear(&ex->buf);
	if (parse != SV_PARSE_FOREIGN && stats.dialect)
		buffer_addf(&ex->buf, "%-9s %s\n", _("dialect"), stats.dialect);
	buffer_addf(&ex->buf, "%-9s %s\n", _("event"), word ? _(word) : "");
	add_unknown(&ex->buf, ex);
	(void)terminal_print(&ex->buf);
}

static int
explain_reader(struct explain *ex, struct reader *reader, struct stream *stream)
{
	struct sv_record record;
	int r = reader_next(reader, &record);

	while (r > 0) {
		ex->of_line = 0;
		if (!ex->json) {
			buffer_clear(&ex->buf);
			buffer_add_cstr(&ex->buf, terminal_bold(&ex->terminal));
			buffer_add_clean(&ex->buf, record.text, 2000);
			buffer_add_cstr(&ex->buf, terminal_plain(&ex->terminal));
			buffer_add_char(&ex->buf, '\n');
			if (!terminal_print(&ex->buf))
				return 0;
		}
		enum sv_parse parse = stream_feed(stream, &record);
		/* while its text is there */
		ex->shape_len = stream_is_unknown(stream)
					? shape_make(stream_text(stream), ex->shape)
					: 0;
		r = reader_next(reader, &record);
		if (r <= 0) /* what waits for one more line goes out below its own */
			stream_flush(stream);
		say_nothing(ex, parse, stream);
		if (!ex->json)
			fputc('\n', stdout);
	}
	stream_flush(stream);
	return r;
}

static int
sum_up(struct explain *ex, struct reader *reader, struct stream *stream)
{
	struct sv_record record;
	int r;

	while ((r = reader_next(reader, &record)) > 0) {
		(void)stream_feed(stream, &record);
		if (ex->shapes && stream_is_unknown(stream))
			shapes_add(ex->shapes, stream_text(stream));
	}
	stream_flush(stream);
	return r;
}

static void
print_summary(struct explain *ex, const char *name, const struct stream *stream)
{
	struct stream_stats stats;
	struct buffer *buf = &ex->buf;
	json_t *source;

	stream_stats_get(stream, &stats);
	struct view_source view = {
		.name = name,
		.dialect = stats.dialect,
		.records = stats.records,
		.told = stats.told,
		.skipped = stats.skipped,
		.malformed = stats.malformed,
		.foreign = stats.foreign,
		.others = stats.others,
		.unknown = stats.foreign - stats.others + stats.malformed + stats.novel,
		.shapes = ex->shapes,
	};
	buffer_clear(buf);
	coverage_object(buf, &view);
	source = json_loadb(buf->ptr, buf->len, 0, NULL);
	if (ex->json || !source) {
		buffer_add_char(buf, '\n');
	} else {
		buffer_clear(buf);
		unknown_add(buf, &ex->terminal, source);
		if (view.unknown)
			unknown_add_next(buf);
	}
	json_decref(source);
	(void)terminal_print(buf);
}

static int
run_on(struct explain *ex, struct pipeline *pipeline, const char *path,
       const char *dialect)
{
	struct reader_spec spec = { .path = path };
	struct stream_spec stream_spec = {
		.source = path, .dialect = dialect, .registry = ex->registry, .id = 1
	};
	struct reader_info info;
	struct stream *stream;
	struct reader *reader;

	int r = reader_open(&spec, &reader);
	if (r < 0) {
		fprintf(stderr, _("sipvigil: cannot read %s: %s\n"), path,
			strerror(-r));
		return EXIT_CANNOT;
	}
	reader_info_get(reader, &info);
	stream_spec.source = info.name;
	stream_spec.stamps.reference = info.modified;
	r = pipeline_stream(pipeline, &stream_spec, &stream);
	if (r == 0) {
		r = ex->summary ? sum_up(ex, reader, stream)
				: explain_reader(ex, reader, stream);
		if (ex->summary)
			print_summary(ex, info.name, stream);
		pipeline_flush(pipeline, 0);
		stream_free(stream);
	}
	reader_close(reader);
	if (r == -ENOENT)
		return command_usage(&command_explain, _("unknown dialect %s"),
				     dialect);
	return r < 0 ? EXIT_CANNOT : EXIT_DONE;
}

static int
run(struct explain *ex, const char *path, const char *dialect)
{
	struct pipeline_spec spec = {
		.patient = true, .raw = take_raw, .event = take_settled, .user = ex
	};
	struct expr_error error;
	struct pipeline *pipeline;
	size_t rule;

	ex->n_rules = ex->conf->n_rules < MAX_RULES ? ex->conf->n_rules : MAX_RULES;
	for (size_t i = 0; i < ex->n_rules; i++)
		ex->where[i] = expr_new(str_of(ex->conf->rules[i].where), &error);
	int code = EXIT_CANNOT;
	if (pipeline_new(&spec, &pipeline, &rule, &error) == 0) {
		code = run_on(ex, pipeline, path, dialect);
		pipeline_free(pipeline);
	}
	for (size_t i = 0; i < ex->n_rules; i++)
		expr_free(ex->where[i]);
	if (code == EXIT_DONE && !ex->json && !ex->summary && ex->raw > 1)
		/* TRANSLATORS: numbers */
		printf(_("%llu telling lines, %llu attempts: lines about one attempt "
			 "count once.\n"),
		       (unsigned long long)ex->raw, (unsigned long long)ex->settled);
	return code;
}

static int
run_summary(struct explain *ex, const char *path, const char *dialect)
{
	ex->shapes = shapes_new(MAX_SHAPES);
	int code = run(ex, path, dialect);
	shapes_free(ex->shapes);
	return code;
}

/* The operand is a line itself, unless it names standard input. */
static int
run_line(struct explain *ex, const char *line, const char *dialect)
{
	FILE *file = tmpfile();
	char path[64];

	if (!file) {
		fprintf(stderr, "sipvigil explain: %s\n", strerror(errno));
		return EXIT_CANNOT;
	}
	fprintf(file, "%s\n", line);
	fflush(file);
	snprintf(path, sizeof(path), "/dev/fd/%d", fileno(file));
	int code = run(ex, path, dialect);
	fclose(file);
	return code;
}

/** With the rules and patterns of a configuration. */
static int
run_with(struct explain *ex, const struct conf_options *options, const char *operand,
	 const char *dialect)
{
	struct diag diag;
	int code = EXIT_USAGE;

	diag_init(&diag);
	struct conf *conf = conf_load(options, &diag);
	diag_print(&diag, &ex->buf, false);
	fwrite(ex->buf.ptr ? ex->buf.ptr : "", 1, ex->buf.len, stderr);
	diag_done(&diag);
	ex->conf = conf;
	ex->registry = conf ? patterns_of(conf) : NULL;
	if (ex->registry) {
		code = ex->summary                 ? run_summary(ex, operand, dialect)
		       : strcmp(operand, "-") != 0 ? run_line(ex, operand, dialect)
						   : run(ex, "-", dialect);
		patterns_tell(ex->registry);
	} else if (conf) {
		code = EXIT_CANNOT;
	}
	registry_free(ex->registry);
	conf_free(conf);
	return code;
}

static int
explain(int argc, char **argv)
{
	static const struct option options[] = {
		{ "dialect", required_argument, NULL, 'd' },
		{ "config", required_argument, NULL, 'c' },
		{ "rules-dir", required_argument, NULL, 'R' },
		{ "json", no_argument, NULL, 'j' },
		{ "summary", no_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct conf_options conf = { .no_inputs = true };
	struct explain ex = { 0 };
	const char *dialect = NULL;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":d:c:h", options, NULL)) != -1) {
		switch (c) {
		case 'd':
			dialect = optarg;
			break;
		case 'c':
			conf.path = optarg;
			break;
		case 'R':
			conf.rules_dir = optarg;
			break;
		case 'j':
			ex.json = true;
			break;
		case 's':
			ex.summary = true;
			break;
		case 'h':
			command_help(&command_explain);
			return EXIT_DONE;
		default:
			return command_option(&command_explain, c, argv);
		}
	}
	if (argc - optind > 1)
		return command_usage(
			&command_explain,
			_("one line in quotes, or lines on standard input"));
	terminal_init(&ex.terminal, STDOUT_FILENO);
	buffer_init(&ex.buf);
	c = run_with(&ex, &conf, optind < argc ? argv[optind] : "-", dialect);
	buffer_done(&ex.buf);
	return c;
}

const struct command command_explain = {
	.word = "explain",
	.arguments = "[-d DIALECT] [-c FILE] [--json] [LINE | --summary FILE]",
	.summary =
		N_("what a log line means, who wrote which part, which rules it feeds"),
	.help = N_("LINE is one log line in quotes; without it, or with -, lines are "
		   "read from\n"
		   "standard input.\n"
		   "\n"
		   "  -d, --dialect NAME  the PBX; else found by content\n"
		   "  -c, --config FILE   rules and patterns of this configuration\n"
		   "  --rules-dir DIR     default rules from this folder\n"
		   "  --json              the raw events as JSON\n"
		   "  --summary           of FILE, or standard input: how many lines "
		   "told an event,\n"
		   "                      were ignored, are unknown, and what the "
		   "unknown look like\n"
		   "\n"
		   "Example: tail -1 /var/log/asterisk/messages | sipvigil explain\n"),
	.run = explain,
};
