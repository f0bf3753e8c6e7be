/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/freeswitch.h"

#include "dialect/freeswitch_line.h"

#include <ctype.h>

/** "uuid 2026-11-22 20:25:25.824519" */
#define UUID_AND_STAMP (FREESWITCH_UUID + 1 + 26)

/** Behind "[DEBUG] ", does the line tell something? Few do. */
static bool
is_telling_debug(const char *at, const char *end)
{
	size_t left = (size_t)(end - at);

	if (left < 16)
		return false;
	if (at[0] == 's')
		return memcmp(at, "sofia.c:", 8) == 0 &&
		       memmem(at, left < 160 ? left : 160, " entering state [", 17);
	return memcmp(at, "mod_sofia.c:", 12) == 0 &&
	       (memmem(at, left < 40 ? left : 40, " Responding to INVITE", 21) ||
		memmem(at, left, " Overriding SIP cause ", 22));
}

/**
 * Most lines of a file at level DEBUG are about a call and tell nothing. They are seen
 * through here by their bytes at known places. False: look closer.
 */
static bool
is_chatter(struct freeswitch_state *st, struct sv_str text)
{
	const char *p = text.ptr, *end = text.ptr + text.len;

	if (text.len < UUID_AND_STAMP + 24 || p[8] != '-' || p[13] != '-' ||
	    p[FREESWITCH_UUID] != ' ')
		return false;
	/* "uuid Dialplan: …": half of the file */
	if (p[FREESWITCH_UUID + 1] == 'D') {
		freeswitch_doubt_undated(st, str_upto(text, FREESWITCH_UUID));
		return true;
	}
	if (p[FREESWITCH_UUID + 5] != '-')
		return false;
	/* of the same call and tick as the line before, or behind a complete one */
	if (st->prev_kind == PREV_OPEN ||
	    (st->prev_kind == PREV_SESSION &&
	     (st->prev_foreign || memcmp(p, st->prev, UUID_AND_STAMP) != 0)))
		return false;
	p = memchr(p + UUID_AND_STAMP, '[', 16);
	if (!p || p[1] != 'D' || p[6] != ']')
		return false;
	st->has_debug = true;
	if (is_telling_debug(p + 8, end))
		return false;
	freeswitch_doubt_chatter(st, text);
	return true;
}

/** Neither "EXECUTE" nor anything else in a line without date is of use, but for these:
 *  whom a call goes to. */
static enum sv_parse
parse_undated(struct freeswitch_line *line)
{
	if (line->uuid.len || str_find(line->message, SV_STR("sofia/")) != STR_NONE)
		freeswitch_doubt_undated(line->state, line->uuid);
	if (line->state->n_tainted && line->uuid.len && !line->whole) {
		const struct freeswitch_session *s = freeswitch_session_find(
			line->state, freeswitch_session_key(line->uuid));
		if (s && freeswitch_name_piece(line, s))
			return SV_PARSE_SKIP;
	}
	if (str_starts(line->message, SV_STR("EXECUTE [depth=")))
		return freeswitch_call_execute(line);
	return SV_PARSE_SKIP;
}

/** A complaint of mod_sofia. */
static bool
is_novel(const struct freeswitch_line *line)
{
	return (line->level & (FS_ALERT | FS_CRIT | FS_ERR | FS_WARNING)) &&
	       (str_starts(line->file, SV_STR("sofia")) ||
		str_starts(line->file, SV_STR("mod_sofia")));
}

static enum sv_parse
parse_dated(struct freeswitch_line *line)
{
	struct freeswitch_state *st = line->state;
	enum sv_parse result;

	st->has_dates = true;
	st->has_debug |= line->level == FS_DEBUG && line->uuid.len;
	if (!line->whole)
		freeswitch_doubt(line);
	result = freeswitch_auth_parse(line);
	if (result == SV_PARSE_SKIP)
		result = freeswitch_gateway_parse(line);
	if (result == SV_PARSE_SKIP)
		result = freeswitch_call_parse(line);
	if (result == SV_PARSE_SKIP && !line->matched)
		line->ctx->novel = is_novel(line);
	return result;
}

static enum sv_parse
parse_json(struct freeswitch_line *line)
{
	struct freeswitch_json room;

	if (!freeswitch_json_read(line, &room))
		return SV_PARSE_MALFORMED;
	if (str_starts(line->message, SV_STR("EXECUTE [depth=")))
		return freeswitch_call_execute(line);
	return parse_dated(line);
}

/** Text of FreeSWITCH that has no prefix. */
static bool
is_bare_text(struct sv_str s)
{
	return str_starts(s, SV_STR("You must define a domain called '")) ||
	       str_starts(s, SV_STR("and you must configure your device "));
}

static enum sv_parse
parse_line(struct freeswitch_line *line)
{
	struct freeswitch_state *st = line->state;
	enum sv_parse result;

	if ((st->region.kind == REGION_NAME || st->region.kind == REGION_PIECE) &&
	    freeswitch_name_feed(line, &result))
		return result;
	if (st->region.kind == REGION_DUMP && freeswitch_dump_feed(line))
		return SV_PARSE_SKIP;
	if (freeswitch_dump_open(line))
		return SV_PARSE_SKIP;
	if (freeswitch_prefix_read(line))
		return line->date.len ? parse_dated(line) : parse_undated(line);
	if (!st->has_dates && freeswitch_fail2ban_probe(line->text))
		return freeswitch_fail2ban_parse(line);
	if (st->prev_kind == PREV_OPEN)
		st->prev_bytes += line->text.len + 1;
	if (!st->has_uuids && str_find(line->text, SV_STR("sofia/")) != STR_NONE) {
		line->message = line->text;
		return parse_undated(line);
	}
	if (is_bare_text(line->text)) {
		/* its first line came as a record of its own: so do all lines */
		st->torn |= (line->record->flags & SV_RECORD_WHOLE) != 0;
		return SV_PARSE_SKIP;
	}
	return st->has_dates && !line->whole ? SV_PARSE_SKIP : SV_PARSE_FOREIGN;
}

/** A journal entry or datagram, or a line that a syslog daemon wrote of one: line breaks
 *  cannot get out of it. */
static bool
is_whole(const struct freeswitch_state *st, const struct sv_record *record)
{
	if (st->torn)
		return false;
	return (record->flags & SV_RECORD_WHOLE) ||
	       (record->ident.len &&
		(record->host.len || !(record->flags & SV_RECORD_OUTPUT)));
}

static enum sv_parse
parse(struct sv_parse_context *ctx, const struct sv_record *record)
{
	struct freeswitch_state *st = ctx->state;
	struct freeswitch_line line = {
		.ctx = ctx, .state = st, .record = record, .text = record->text
	};

	if (st->folded.used && !freeswitch_fold_feed(&line))
		freeswitch_fold_flush(ctx);
	else if (st->folded.used)
		return SV_PARSE_EVENT;
	if (st->region.kind == REGION_NONE && !st->n_tainted &&
	    !(record->flags & SV_RECORD_WHOLE) && !record->ident.len &&
	    is_chatter(st, record->text))
		return SV_PARSE_SKIP;
	if (freeswitch_json_probe(line.text))
		return parse_json(&line);
	line.whole = is_whole(st, record);
	if (line.whole && record->text.len && record->text.ptr[0] == '\033') {
		st->torn = true; /* a console's output, line by line */
		line.whole = false;
	}
	while (line.text.len && (line.text.ptr[line.text.len - 1] == '\n' ||
				 line.text.ptr[line.text.len - 1] == '\r'))
		line.text.len--;
	if (str_eq(record->ident, SV_STR("FusionPBX")))
		return freeswitch_fusionpbx_parse(&line);
	return parse_line(&line);
}

/** Nothing that is open goes on; calls do. */
static void
flush(struct sv_parse_context *ctx)
{
	struct freeswitch_state *st = ctx->state;

	freeswitch_fold_flush(ctx);
	freeswitch_end_flush(ctx);
	freeswitch_doubt_look(st);
	freeswitch_doubt_close(st);
	st->no_uuids = false; /* it may have been switched on meanwhile */
	st->region.kind = REGION_NONE;
}

/** "[uuid ]date [percent ][LEVEL] file.c:123 ", a line of mod_fail2ban. */
static bool
probe(struct sv_str text)
{
	struct freeswitch_line line = { .text = text };

	if (text.len < 24)
		return false;
	if (freeswitch_fail2ban_probe(text) || freeswitch_json_probe(text))
		return true;
	return freeswitch_prefix_read(&line) && line.date.len &&
	       str_ends(line.file, SV_STR(".c"));
}

static const char *const idents[] = { "freeswitch", "FusionPBX", NULL };
static const char *const units[] = { "freeswitch.service", NULL };
/* Where packages for /opt put it. */
#define FILES_OF_OPT "/opt/freeswitch/var/log/freeswitch/freeswitch.log*"
static const char *const files[] = { "/var/log/freeswitch/freeswitch.log*",
				     "/var/log/freeswitch/fail2ban.log*",
				     "/var/log/freeswitch/sipvigil.log*",
				     "/usr/local/freeswitch/log/freeswitch.log*",
				     "/usr/local/freeswitch/log/fail2ban.log*",
				     FILES_OF_OPT,
				     NULL };

static const char *
template_name(uint32_t template_id)
{
	const char *name = freeswitch_template_info(template_id)->name;

	return name[0] ? name : "?";
}

const struct sv_dialect freeswitch_dialect = {
	.name = "freeswitch",
	.doc = "FreeSWITCH 1.6 to 1.10, mod_sofia: files with and without uuid, "
	       "console, "
	       "syslog, journal, JSON, mod_fail2ban",
	.idents = idents,
	.units = units,
	.files = files,
	.evidence = "recordings",
	.template_name = template_name,
	.state_size = sizeof(struct freeswitch_state),
	.probe = probe,
	.parse = parse,
	.flush = flush,
};
