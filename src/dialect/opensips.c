/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/kamailio.h"
#include "dialect/kamailio_line.h"

#include <ctype.h>

/** "core:receive_msg: text" of a module, "ACC: …", "PIKE - …" or a script's text. Nothing
 *  of the other side can stand before it. */
static void
find_head(struct kamailio_line *line)
{
	struct kamailio_head *head = &line->heads[0];
	struct sv_str s = line->body;
	size_t n = 0, colon;

	*head = (struct kamailio_head){ .message = s };
	line->n_heads = 1;
	while (n < s.len && (islower((unsigned char)s.ptr[n]) ||
			     isdigit((unsigned char)s.ptr[n]) || s.ptr[n] == '_'))
		n++;
	if (n == 0 || n == s.len || s.ptr[n] != ':')
		return;
	colon = n++;
	while (n < s.len && (isalnum((unsigned char)s.ptr[n]) || s.ptr[n] == '_'))
		n++;
	if (n == colon + 1 || !str_starts(str_from(s, n), SV_STR(": ")))
		return;
	head->module = str_upto(s, colon);
	head->function = str_make(s.ptr + colon + 1, n - colon - 1);
	head->message = str_from(s, n + 2);
}

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
	struct kamailio_state *st = ctx->state;
	struct kamailio_line line;
	enum sv_parse result;
	bool is_stderr, in_reach;

	kamailio_line_init(&line, ctx, record, true);
	if (kamailio_json_probe(line.text, true))
		return parse_json(&line);
	if (!kamailio_begin(&line, &is_stderr)) {
		/* scripts of old versions write without a level */
		bool told = record->ident.len || record->unit.len;
		if (!told) {
			(void)kamailio_stderr_doubt(st, line.text);
			return SV_PARSE_FOREIGN;
		}
		line.body = str_trim(line.text);
	}
	in_reach = kamailio_stderr_doubt(st, line.text);
	if (kamailio_stderr_rest(&line, in_reach, is_stderr))
		return SV_PARSE_MALFORMED;
	line.doubtful = in_reach || line.text.len > KAMAILIO_WHOLE_MAX ||
			(record->flags & SV_RECORD_TRUNCATED);
	find_head(&line);
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

static bool
probe(struct sv_str text)
{
	struct kamailio_line line = { .text = str_upto(text, 512), .opensips = true };
	bool is_stderr;

	if (kamailio_json_probe(text, true))
		return true;
	if (!kamailio_begin(&line, &is_stderr) || !line.body.len ||
	    line.body.ptr[0] == ' ')
		return false;
	find_head(&line);
	return line.heads[0].module.len || str_starts(line.body, SV_STR("ACC: ")) ||
	       str_starts(line.body, SV_STR("PIKE - ")) ||
	       kamailio_script_probe(line.body);
}

static const char *const idents[] = { "opensips", "/usr/sbin/opensips",
				      "/usr/local/sbin/opensips", NULL };
static const char *const units[] = { "opensips.service", NULL };
static const char *const files[] = { "/var/log/opensips.log*",
				     "/var/log/opensips/*.log*", NULL };

const struct sv_dialect opensips_dialect = {
	.name = "opensips",
	.doc = "OpenSIPS 3: acc, pike, parser, usual xlog lines, uac_registrant, "
	       "load_balancer; syslog, journal, standard error, JSON",
	.idents = idents,
	.units = units,
	.files = files,
	.evidence = "recordings",
	.documented = "lines of uac_registrant, load_balancer, registrar; the CEE form",
	.template_name = kamailio_template_name,
	.state_size = sizeof(struct kamailio_state),
	.probe = probe,
	.parse = parse,
	.flush = flush,
};
