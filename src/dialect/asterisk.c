/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/asterisk.h"

#include "dialect/asterisk_line.h"

#include <ctype.h>

/** Source files that tell something, grouped by their first letter. */
struct source {
	struct sv_str file;
	unsigned levels;
	enum sv_parse (*parse)(struct asterisk_line *line);
};

#define FILE_NAME(name)                  \
	{                                \
		(name), sizeof(name) - 1 \
	}

static const struct source sources_a[] = {
	{ FILE_NAME("app_dial.c"), LEVEL_REFUSAL | LEVEL_VERBOSE, asterisk_dial_parse },
	{ FILE_NAME("acl.c"), LEVEL_REFUSAL, asterisk_acl_parse },
	{ { 0 }, 0, NULL },
};

static const struct source sources_c[] = {
	{ FILE_NAME("chan_sip.c"), LEVEL_REFUSAL | LEVEL_VERBOSE, asterisk_sip_parse },
	{ FILE_NAME("chan_iax2.c"), LEVEL_REFUSAL, asterisk_iax_parse },
	{ FILE_NAME("chan_pjsip.c"), LEVEL_REFUSAL, asterisk_pjsip_parse },
	{ { 0 }, 0, NULL },
};

static const struct source sources_p[] = {
	{ FILE_NAME("pbx.c"), LEVEL_REFUSAL | LEVEL_VERBOSE, asterisk_pbx_parse },
	{ FILE_NAME("pjproject"), LEVEL_REFUSAL, asterisk_pjproject_parse },
	{ { 0 }, 0, NULL },
};

static const struct source sources_r[] = {
	{ FILE_NAME("res_security_log.c"), LEVEL_SECURITY, asterisk_security_parse },
	{ FILE_NAME("res_pjsip/pjsip_distributor.c"), LEVEL_REFUSAL,
	  asterisk_distributor_parse },
	{ FILE_NAME("res_pjsip/pjsip_options.c"), LEVEL_REFUSAL | LEVEL_VERBOSE,
	  asterisk_pjsip_parse },
	{ FILE_NAME("res_pjsip/pjsip_configuration.c"), LEVEL_REFUSAL | LEVEL_VERBOSE,
	  asterisk_pjsip_parse },
	{ FILE_NAME("res_pjsip/pjsip_transport_events.c"), LEVEL_REFUSAL,
	  asterisk_pjsip_parse },
	{ FILE_NAME("res_pjsip.c"), LEVEL_REFUSAL, asterisk_pjsip_parse },
	{ FILE_NAME("res_pjsip_session.c"), LEVEL_REFUSAL, asterisk_session_parse },
	{ FILE_NAME("res_pjsip_sdp_rtp.c"), LEVEL_REFUSAL, asterisk_session_parse },
	{ FILE_NAME("res_pjsip_registrar.c"), LEVEL_REFUSAL | LEVEL_VERBOSE,
	  asterisk_pjsip_parse },
	{ FILE_NAME("res_pjsip_outbound_registration.c"), LEVEL_REFUSAL,
	  asterisk_register_parse },
	{ FILE_NAME("res_pjsip_outbound_authenticator_digest.c"), LEVEL_REFUSAL,
	  asterisk_authenticator_parse },
	{ FILE_NAME("res_pjsip_outbound_publish.c"), LEVEL_REFUSAL,
	  asterisk_pjsip_parse },
	{ FILE_NAME("res_pjsip_acl.c"), LEVEL_REFUSAL, asterisk_acl_parse },
	{ FILE_NAME("res_pjsip_pubsub.c"), LEVEL_REFUSAL, asterisk_pjsip_parse },
	{ FILE_NAME("res_pjsip_exten_state.c"), LEVEL_REFUSAL, asterisk_pjsip_parse },
	{ FILE_NAME("res_pjsip_refer.c"), LEVEL_REFUSAL, asterisk_pjsip_parse },
	{ FILE_NAME("res_pjsip_messaging.c"), LEVEL_REFUSAL, asterisk_pjsip_parse },
	{ FILE_NAME("res_pjsip_stir_shaken.c"), LEVEL_REFUSAL, asterisk_pjsip_parse },
	{ FILE_NAME("res_pjsip_logger.c"), LEVEL_VERBOSE, asterisk_pjsip_parse },
	{ { 0 }, 0, NULL },
};

static const struct source sources_other[] = {
	{ FILE_NAME("manager.c"), LEVEL_REFUSAL | LEVEL_VERBOSE,
	  asterisk_manager_parse },
	{ FILE_NAME("tcptls.c"), LEVEL_REFUSAL, asterisk_other_parse },
	{ FILE_NAME("logger"), LEVEL_REFUSAL, asterisk_other_parse },
	{ FILE_NAME("logger.c"), LEVEL_REFUSAL, asterisk_other_parse },
	{ FILE_NAME("security_events.c"), LEVEL_REFUSAL, asterisk_other_parse },
	{ { 0 }, 0, NULL },
};

static const struct source *
source_find(const struct asterisk_line *line)
{
	const struct source *row;

	switch (line->file.ptr[0]) {
	case 'a':
		row = sources_a;
		break;
	case 'c':
		row = sources_c;
		break;
	case 'p':
		row = sources_p;
		break;
	case 'r':
		row = sources_r;
		break;
	default:
		row = sources_other;
		break;
	}
	for (; row->parse; row++)
		if ((row->levels & line->level) && str_eq(row->file, line->file))
			return row;
	return NULL;
}

static bool
is_of_sip(struct sv_str file)
{
	return str_starts(file, SV_STR("res_pjsip")) ||
	       str_starts(file, SV_STR("chan_sip")) ||
	       str_starts(file, SV_STR("chan_pjsip"));
}

bool
asterisk_is_source(const struct asterisk_line *line)
{
	return line->level != LEVEL_OTHER && line->file.len &&
	       (source_find(line) || str_starts(line->file, SV_STR("Ext. ")));
}

enum sv_parse
asterisk_dispatch(struct asterisk_line *line)
{
	const struct source *source;

	if (line->state->n_closing || line->state->lost.used ||
	    line->state->answer.used)
		asterisk_call_tick(line);
	if (line->level == LEVEL_OTHER)
		return SV_PARSE_SKIP;
	if (!line->file.len)
		return asterisk_verbose_parse(line);
	if (str_starts(line->file, SV_STR("Ext. ")))
		return asterisk_other_parse(line);
	source = source_find(line);
	enum sv_parse result = source ? source->parse(line) : SV_PARSE_SKIP;
	if (result == SV_PARSE_SKIP && !line->matched && (line->level & LEVEL_REFUSAL))
		line->ctx->novel = source || is_of_sip(line->file);
	return result;
}

/** The rest of a physical line behind an entry that the logger cut: the next entry.
 *  Old versions cut the message, not the whole entry. */
static enum sv_parse
parse_rest(struct asterisk_line *cut, size_t message_at)
{
	struct asterisk_line rest = { .ctx = cut->ctx,
				      .state = cut->state,
				      .record = cut->record,
				      .replayed = cut->replayed };

	rest.text = str_from(cut->text, ASTERISK_ENTRY_MAX);
	if (rest.text.len && rest.text.ptr[0] != '[')
		rest.text = str_from(cut->text, ASTERISK_ENTRY_MAX + message_at);
	if (!rest.text.len)
		return SV_PARSE_SKIP;
	return asterisk_parse_line(&rest);
}

enum sv_parse
asterisk_parse_line(struct asterisk_line *line)
{
	struct sv_str all = line->text;
	enum sv_parse first, second;

	if (all.len > 2 && all.ptr[0] == '{' && !line->state->dated &&
	    asterisk_json_probe(all)) {
		line->state->entry = true;
		return asterisk_json_parse(line);
	}
	line->truncated = all.len >= ASTERISK_ENTRY_MAX;
	if (line->truncated)
		line->text = str_upto(all, ASTERISK_ENTRY_MAX);
	if (!asterisk_prefix_read(line)) {
		if (str_starts(all, SV_STR("[")) &&
		    str_find(str_upto(all, 64), SV_STR("] Asterisk ")) != STR_NONE) {
			line->state->entry = true;
			return SV_PARSE_SKIP; /* the first line of a file */
		}
		return asterisk_web_parse(line);
	}
	line->state->entry = true;
	if (!line->doubtful)
		line->state->threads[line->thread % ASTERISK_THREADS] = line->thread;
	first = asterisk_dispatch(line);
	if (all.len <= ASTERISK_ENTRY_MAX || line->whole)
		return first;
	size_t message_at =
		line->message.ptr ? (size_t)(line->message.ptr - all.ptr) : 0;
	line->text = all;
	second = parse_rest(line, message_at);
	return second == SV_PARSE_EVENT ? second : first;
}

/** Inside of pbx.c's "Executing [exten@context:n] App(…": is it a Dial? */
static bool
executing_dials(const char *at, const char *end)
{
	const char *close = memchr(at, ']', (size_t)(end - at));

	return close && end - close > 7 && memcmp(close + 2, "Dial(", 5) == 0;
}

/** Behind "app_dial.c:", just " SIP/trunk-0000001f is ringing"? */
static bool
is_progress(const char *at, const char *end)
{
	static const char words[] = " is ringing";
	const char *tail = end - (sizeof(words) - 1);

	/* no other message begins so */
	if (tail - at < 4 || at[0] != ' ' ||
	    !(memcmp(at + 1, "SIP", 3) == 0 || memcmp(at + 1, "PJS", 3) == 0))
		return false;
	return memcmp(tail, words, sizeof(words) - 1) == 0 &&
	       !memchr(at + 1, ' ', (size_t)(tail - at - 1));
}

/**
 * Most lines are verbose ones that tell nothing. They are seen through here by their
 * bytes at known places: no date, no tables. False: look closer.
 */
static bool
is_chatter(const struct asterisk_state *st, struct sv_str text)
{
	const char *p = text.ptr, *end = text.ptr + text.len;

	if (*p == '[') {
		p += st->level_at;
		if (st->level_at == 0 || p[-2] != ']' || p[-1] != ' ')
			return false;
	} else if (st->dated) {
		return false;
	}
	if (memcmp(p, "VERBOSE[", 8) != 0)
		return false;
	p += 8;
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	if (end - p < 32 || *p != ']')
		return false;
	p++;
	if (p[0] == '[' && p[1] == 'C')
		p += 12;
	if (*p == ':')
		p++;
	if (*p != ' ')
		return false;
	switch (*++p) {
	case 'a':
		return memcmp(p, "app_dial.c:", 11) != 0 || is_progress(p + 11, end);
	case 'c':
		return memcmp(p, "chan_sip.c:", 11) != 0;
	case 'r':
		return memcmp(p, "res_pjsip", 9) != 0;
	case 'p':
		if (memcmp(p, "pbx.c:", 6) != 0)
			return true;
		if (end - p > 18 && memcmp(p + 6, " Executing [", 12) == 0)
			return !executing_dials(p + 18, end);
		p = memchr(p, '[', (size_t)(end - p));
		return !p || p[-2] != 'g' || !executing_dials(p, end);
	default:
		/* logger, manager, Ext.: at other levels only; colours are not letters
		 */
		return *p >= 'A';
	}
}

bool
asterisk_tells_nothing(const struct asterisk_state *st, struct sv_str text)
{
	return st->region.kind == REGION_NONE && st->n_closing == 0 &&
	       text.len > (size_t)st->level_at + 40 && text.len < ASTERISK_ENTRY_MAX &&
	       is_chatter(st, text);
}

static enum sv_parse
parse(struct sv_parse_context *ctx, const struct sv_record *record)
{
	struct asterisk_state *st = ctx->state;

	if (asterisk_tells_nothing(st, record->text)) {
		st->entry = true;
		return SV_PARSE_SKIP;
	}
	struct asterisk_line line = {
		.ctx = ctx, .state = st, .record = record, .text = record->text
	};
	if (line.text.len && line.text.ptr[line.text.len - 1] == '\r')
		line.text.len--;
	if (record->flags & SV_RECORD_DISCONTINUOUS)
		asterisk_hold_flush(ctx);
	if (st->region.kind != REGION_NONE)
		return asterisk_hold_feed(&line);
	return asterisk_parse_line(&line);
}

static void
flush(struct sv_parse_context *ctx)
{
	asterisk_hold_flush(ctx);
	asterisk_call_flush(ctx);
}

/** "[date] LEVEL[1", "LEVEL[1]…: file", a [json] object, a file's first line. */
static bool
probe(struct sv_str text)
{
	static const char *const levels[] = { "NOTICE",  "WARNING",  "ERROR",
					      "VERBOSE", "SECURITY", "DEBUG" };
	struct sv_str s =
		str_upto(asterisk_prompt_skip(asterisk_skip_terminal(text)), 96);

	if (asterisk_json_probe(text) || asterisk_web_probe(text))
		return true;
	if (s.len && s.ptr[0] == '[') {
		size_t close = str_find(s, SV_STR("] "));
		if (close == STR_NONE)
			return false;
		s = str_from(s, close + 2);
		if (str_starts(s, SV_STR("Asterisk ")))
			return true;
	} else {
		size_t lost = asterisk_bracket_lost(s);
		s = str_from(s, lost ? lost + 2 : 0);
	}
	if (s.len > 2 && s.ptr[0] == '\033') {
		size_t m = str_find_char(s, 'm');
		s = str_from(s, m == STR_NONE ? s.len : m + 1);
	}
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		struct sv_str level = str_of(levels[i]);
		if (str_starts(s, level) && s.len > level.len + 1 &&
		    (s.ptr[level.len] == '[' || s.ptr[level.len] == '\033'))
			return s.ptr[level.len] == '\033' ||
			       isdigit((unsigned char)s.ptr[level.len + 1]);
	}
	return false;
}

static const char *const idents[] = { "asterisk", "safe_asterisk", "freepbx_security",
				      NULL };
static const char *const units[] = { "asterisk.service", "freepbx.service", NULL };
/* MikoPBX: security_log, error, verbose; FreePBX: fail2ban, freepbx_security.log */
static const char *const files[] = {
	"/var/log/asterisk/full*",
	"/var/log/asterisk/messages*",
	"/var/log/asterisk/security*",
	"/var/log/asterisk/fail2ban*",
	"/var/log/asterisk/error*",
	"/var/log/asterisk/verbose*",
	"/var/log/asterisk/freepbx_security.log*",
	"/var/log/issabel/audit.log*",
	"/var/log/elastix/audit.log*",
	"/storage/usbdisk1/mikopbx/log/asterisk/messages*",
	"/storage/usbdisk1/mikopbx/log/asterisk/security_log*",
	"/storage/usbdisk1/mikopbx/log/asterisk/error*",
	"/storage/usbdisk1/mikopbx/log/asterisk/verbose*",
	NULL,
};

static const char *
template_name(uint32_t template_id)
{
	const char *name = asterisk_template_info(template_id)->name;

	return name[0] ? name : "?";
}

const struct sv_dialect asterisk_dialect = {
	.name = "asterisk",
	.doc = "Asterisk 11 to 22, chan_sip and PJSIP: default, [plain] and [json] "
	       "files, console, syslog, journal; the same in FreePBX, Issabel, Wazo, "
	       "VitalPBX and MikoPBX, with logins to web pages of the first two",
	.idents = idents,
	.units = units,
	.files = files,
	.evidence = "recordings",
	.documented = "logins to web pages; file places of the distributions",
	.template_name = template_name,
	.state_size = sizeof(struct asterisk_state),
	.probe = probe,
	.parse = parse,
	.flush = flush,
};
