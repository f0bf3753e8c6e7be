/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/kamailio.h"

#include "dialect/kamailio_line.h"

static enum sv_parse
parse_json(struct kamailio_line *line)
{
	char room[KAMAILIO_JSON_ROOM];

	if (!kamailio_json_read(line, room)) {
		kamailio_stderr_broken(line->state);
		return SV_PARSE_MALFORMED;
	}
	line->state->json = true;
	return kamailio_read(line);
}

static enum sv_parse
parse(struct sv_parse_context *ctx, const struct sv_record *record)
{
	struct kamailio_line line;
	enum sv_parse result;
	bool is_stderr, in_reach;

	kamailio_line_init(&line, ctx, record, false);
	if (kamailio_json_probe(line.text, false))
		return parse_json(&line);
	if (!kamailio_begin(&line, &is_stderr)) {
		(void)kamailio_stderr_doubt(line.state, line.text);
		return SV_PARSE_FOREIGN;
	}
	in_reach = kamailio_stderr_doubt(line.state, line.text);
	if (kamailio_stderr_rest(&line, in_reach, is_stderr))
		return SV_PARSE_MALFORMED;
	line.doubtful = in_reach || line.text.len > KAMAILIO_WHOLE_MAX ||
			(record->flags & SV_RECORD_TRUNCATED);
	kamailio_heads(&line);
	result = kamailio_read(&line);
	if (is_stderr || in_reach)
		kamailio_stderr_done(&line);
	return result;
}

static void
flush(struct sv_parse_context *ctx)
{
	struct kamailio_state *st = ctx->state;

	st->open = 0;
}

/** A level and behind it a place in a source file, a script's mark or the default log
 *  prefix. */
static bool
probe(struct sv_str text)
{
	struct kamailio_line line = { .text = str_upto(text, 512) };
	bool is_stderr;

	if (kamailio_json_probe(text, false))
		return true;
	if (!kamailio_begin(&line, &is_stderr))
		return false;
	kamailio_heads(&line);
	return line.n_heads && (line.heads[0].module.len || line.heads[0].has_call_id ||
				str_find(line.body, SV_STR("<script>: ")) != STR_NONE);
}

static const char *const idents[] = { "kamailio", "/usr/sbin/kamailio",
				      "/usr/local/sbin/kamailio",
				      "/usr/local/kamailio/sbin/kamailio", NULL };
static const char *const units[] = { "kamailio.service", NULL };
static const char *const files[] = { "/var/log/kamailio.log*",
				     "/var/log/kamailio/*.log*", NULL };

const struct sv_dialect kamailio_dialect = {
	.name = "kamailio",
	.doc = "Kamailio 5: acc, pike, parser, usual xlog lines, uac, dispatcher; "
	       "syslog, journal, standard error, UDP and JSON log engines",
	.idents = idents,
	.units = units,
	.files = files,
	.evidence = "recordings",
	.documented = "lines of tls, uac, registrar and of dispatcher routes",
	.template_name = kamailio_template_name,
	.state_size = sizeof(struct kamailio_state),
	.probe = probe,
	.parse = parse,
	.flush = flush,
};
