/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/cisco.h"

#include "base/date.h"
#include "dialect/cisco_line.h"

#include <ctype.h>

/** Names, priority, sequence number, date: so many pieces may stand in front. */
#define WORDS_MAX 6
/** Nothing that IOS or CallManager writes in front of a message is longer. */
#define FRONT_MAX ((size_t)160)

/* clang-format off */
static const struct cisco_row rows[] = {
	{ "VOIPAAA", "VOIP_CALL_HISTORY", cisco_gateway_history },
	{ "VOICE_IEC", "GW", cisco_gateway_iec },
	{ "SIP", "DIALPEER_STATUS", cisco_gateway_dial_peer },
	{ "SIP", "MAXCONNCAC", cisco_gateway_connections },
	{ "UC_LOGIN", "AuthenticationFailed", cisco_manager_login },
	{ "UC_CALLMANAGER", "SuspiciousIPAddress", cisco_manager_suspicious },
	{ "UC_CALLMANAGER", "EndPointUnregistered", cisco_manager_unregistered },
	{ "UC_CALLMANAGER", "DeviceUnregistered", cisco_manager_unregistered },
	{ "UC_CALLMANAGER", "EndPointRegistered", cisco_manager_registered },
	{ "UC_CALLMANAGER", "DeviceRegistered", cisco_manager_registered },
	{ "UC_CALLMANAGER", "EndPointTransientConnection", cisco_manager_transient },
	{ "UC_CALLMANAGER", "DeviceTransientConnection", cisco_manager_transient },
	{ "UC_CALLMANAGER", "SIPTrunkOOS", cisco_manager_trunk_down },
	{ "UC_CALLMANAGER", "SIPTrunkPartiallyISV", cisco_manager_trunk_part },
	{ "UC_CALLMANAGER", "SIPTrunkISV", cisco_manager_trunk_up },
};

/* An internal error and the history of its call have the call's GUID in common. */
static const struct appliance_template templates[CISCO_TEMPLATES] = {
	[CISCO_NONE] = { "", SV_TELL_ATTEMPT, false, SV_CHANNEL_OTHER },
	[CISCO_TOLL_FRAUD] = { "toll-fraud", SV_TELL_ATTEMPT, true, SV_CHANNEL_MAIN },
	[CISCO_INTERNAL_ERROR] = { "internal-error", SV_TELL_DETAIL, true, SV_CHANNEL_MAIN },
	[CISCO_CALL_HISTORY] = { "call-history", SV_TELL_ATTEMPT, true, SV_CHANNEL_VERBOSE },
	[CISCO_DIAL_PEER] = { "dial-peer", SV_TELL_ATTEMPT, true, SV_CHANNEL_MAIN },
	[CISCO_CONNECTIONS] = { "connections", SV_TELL_ATTEMPT, true, SV_CHANNEL_MAIN },
	[CISCO_LOGIN] = { "login", SV_TELL_ATTEMPT, true, SV_CHANNEL_SECURITY },
	[CISCO_SUSPICIOUS] = { "suspicious-address", SV_TELL_ATTEMPT, true, SV_CHANNEL_SECURITY },
	[CISCO_UNREGISTERED] = { "unregistered", SV_TELL_ATTEMPT, true, SV_CHANNEL_MAIN },
	[CISCO_REGISTERED] = { "registered", SV_TELL_ATTEMPT, true, SV_CHANNEL_MAIN },
	[CISCO_TRANSIENT] = { "transient-connection", SV_TELL_ATTEMPT, true, SV_CHANNEL_MAIN },
	[CISCO_TRUNK_DOWN] = { "trunk-down", SV_TELL_ATTEMPT, true, SV_CHANNEL_MAIN },
	[CISCO_TRUNK_PART] = { "trunk-partly-down", SV_TELL_ATTEMPT, true, SV_CHANNEL_MAIN },
	[CISCO_TRUNK_UP] = { "trunk-up", SV_TELL_ATTEMPT, true, SV_CHANNEL_MAIN },
};
/* clang-format on */

enum kind {
	KIND_FOREIGN,
	KIND_MESSAGE, /* %FACILITY-SEVERITY-MNEMONIC: */
	KIND_DEBUG,   /* a stamp, then "//call/guid/…" or the like */
};

static const struct appliance_template *
template_of(uint32_t id)
{
	return appliance_template_of(templates, CISCO_TEMPLATES, id);
}

static const char *
template_name(uint32_t id)
{
	return appliance_template_name(template_of(id));
}

void
cisco_begin(const struct cisco_line *line, enum cisco_template id, struct sv_event *ev)
{
	appliance_begin(&line->at, template_of(id), id, ev);
}

/* ---- what stands in front ---- */

/** "PM.685" behind "11:57:27": CallManager's clock. The stamp once more, as others write
 *  it. */
static void
from_half_days(struct appliance_line *line, struct sv_str half)
{
	struct sv_str date = line->date;
	const char *p = date.ptr + date.len;
	size_t n = date.len,
	       more = half.len > 2 && half.ptr[2] == '.' ? half.len - 2 : 0;
	uint64_t hour = 0;

	if (n < 8 || n + more >= sizeof(line->date_room) ||
	    str_take_u64(str_make(p - 8, 2), &hour) != 2 || hour > 12)
		return;
	hour = hour % 12 + (half.ptr[0] == 'P' ? 12 : 0);
	memcpy(line->date_room, date.ptr, n);
	line->date_room[n - 8] = (char)('0' + hour / 10);
	line->date_room[n - 7] = (char)('0' + hour % 10);
	if (more)
		memcpy(line->date_room + n, half.ptr + 2, more);
	line->date = str_make(line->date_room, n + more);
}

/** Behind the date: half of the day, a zone of up to five letters, then a colon. */
static bool
take_date_end(struct appliance_line *line, struct sv_str *s)
{
	const char *begin = line->date.ptr;
	struct sv_str half = { 0 };
	size_t n;

	appliance_skip_blanks(s);
	if (str_starts(*s, SV_STR("AM")) || str_starts(*s, SV_STR("PM"))) {
		for (n = 2; n < s->len &&
			    (isdigit((unsigned char)s->ptr[n]) || s->ptr[n] == '.');
		     n++)
			;
		half = str_upto(*s, n);
		*s = str_from(*s, n);
		appliance_skip_blanks(s);
	}
	for (n = 0; n < s->len && isupper((unsigned char)s->ptr[n]); n++)
		;
	if (n > 5)
		return false;
	bool utc = str_eq(str_upto(*s, n), SV_STR("UTC")) ||
		   str_eq(str_upto(*s, n), SV_STR("GMT"));
	*s = str_from(*s, n);
	if (half.len)
		from_half_days(line, half);
	else if (utc && begin)
		line->date = str_make(begin, (size_t)(s->ptr - begin));
	appliance_skip_blanks(s);
	return appliance_skip(s, ":");
}

/** Sequence number, host or uptime with its colon; or a host's name alone, which a syslog
 *  daemon put there as the first word, or CallManager in front of its date. */
static bool
take_word(struct appliance_line *line, struct sv_str *s, bool *ret_colon)
{
	bool letters = false;
	size_t n = 0;

	while (n < s->len && n < 64 &&
	       (isalnum((unsigned char)s->ptr[n]) ||
		(s->ptr[n] && strchr("._-:", s->ptr[n])))) {
		letters |= isalpha((unsigned char)s->ptr[n]) != 0;
		n++;
	}
	if (n < 2 || n >= s->len || s->ptr[n] != ' ')
		return false;
	bool colon = s->ptr[n - 1] == ':';
	/* "1w0d:" is no host */
	if ((letters || !colon) && !(colon && isdigit((unsigned char)s->ptr[0])))
		line->host = str_upto(*s, n - colon);
	*s = str_from(*s, n);
	*ret_colon = colon;
	return true;
}

/** "local7 3 : " in CallManager's own file. */
static bool
skip_priority(struct sv_str *s)
{
	struct sv_str rest = *s;

	if (!appliance_skip(&rest, "local") || rest.len < 6 ||
	    !isdigit((unsigned char)rest.ptr[0]) || rest.ptr[1] != ' ' ||
	    !isdigit((unsigned char)rest.ptr[2]))
		return false;
	rest = str_from(rest, 3);
	if (!appliance_skip(&rest, " : "))
		return false;
	*s = rest;
	return true;
}

static bool
take_date(struct appliance_line *line, struct sv_str *s, bool *ret_bad)
{
	struct sv_str rest = *s;
	bool unset = appliance_skip(&rest, "*");
	struct date date;
	size_t n;

	(void)appliance_skip(&rest, ".");
	n = date_take(rest, &date);
	if (n == 0)
		return false;
	line->date = str_upto(rest, n);
	*s = str_from(rest, n);
	*ret_bad = !take_date_end(line, s);
	if (unset)
		line->date.len = 0; /* its clock was never set */
	return true;
}

/** What facilities and names of messages have, but for the hyphen. */
/* clang-format off */
static const bool name_bytes[256] = {
	['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['_'] = true,
};
/* clang-format on */

/** "%VOICE_IEC-3-GW: ": facilities may have a hyphen. */
static bool
take_mnemonic(struct cisco_line *line, struct sv_str s)
{
	size_t colon = str_find_char(str_upto(s, 80), ':'), dash = 0, before = 0;

	if (colon == STR_NONE || s.ptr[0] != '%')
		return false;
	for (size_t i = 1; i < colon; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		if (c == '-') {
			before = dash;
			dash = i;
		} else if (!name_bytes[c]) {
			return false;
		}
	}
	if (before < 2 || dash != before + 2 || dash + 1 == colon ||
	    s.ptr[dash - 1] < '0' || s.ptr[dash - 1] > '7')
		return false;
	line->facility = str_make(s.ptr + 1, before - 1);
	line->severity = s.ptr[dash - 1];
	line->mnemonic = str_make(s.ptr + dash + 1, colon - dash - 1);
	line->at.body = str_from(s, colon + 1);
	return true;
}

/** Everything in front of the message is the box's own: nothing else may stand there. */
static enum kind
read_front(struct cisco_line *line)
{
	struct sv_str s = line->at.text;
	bool dated = false, bad = false, colon = true;

	appliance_skip_blanks(&s);
	for (unsigned words = 0; s.len && words <= WORDS_MAX; words++) {
		/* a name without a colon stands in front of a date or another name */
		bool early = colon || words == 1;
		if (s.ptr[0] == '%' && colon)
			return take_mnemonic(line, s) ? KIND_MESSAGE : KIND_FOREIGN;
		if (dated)
			return str_starts(s, SV_STR("//")) ? KIND_DEBUG : KIND_FOREIGN;
		if (take_date(&line->at, &s, &bad)) {
			if (bad)
				return KIND_FOREIGN;
			dated = colon = true;
		} else if (!early || !take_word(&line->at, &s, &colon)) {
			return KIND_FOREIGN;
		}
		appliance_skip_blanks(&s);
		if (!dated && words <= 1)
			colon |= skip_priority(&s);
	}
	return KIND_FOREIGN;
}

/** Cheap: most lines of a mixed file have neither mark near their begin. */
static bool
has_mark(struct sv_str text)
{
	struct sv_str front = str_upto(text, FRONT_MAX);

	return str_find_char(front, '%') != STR_NONE ||
	       str_find(front, SV_STR("//")) != STR_NONE;
}

/* ---- records ---- */

static void
pass(struct cisco_state *st, size_t bytes)
{
	st->reach -= st->reach < bytes ? st->reach : (uint32_t)bytes;
}

/** A dump of a message: its lines may follow as records of their own, and then a caller
 *  can write what looks like one. */
static enum sv_parse
debug_begin(struct cisco_state *st, struct sv_str text)
{
	bool whole = str_find_char(text, '\n') != STR_NONE ||
		     str_find(text, SV_STR("#012")) != STR_NONE;

	st->in_debug = true;
	if (!whole && str_find(text, SV_STR("ccsip")) != STR_NONE)
		st->reach = CISCO_REACH;
	return SV_PARSE_SKIP;
}

static enum sv_parse
dispatch(struct cisco_line *line)
{
	appliance_skip_blanks(&line->at.body);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!str_eq(line->mnemonic, str_of(rows[i].mnemonic)))
			continue;
		/* old versions: CCM_CALLMANAGER-CALLMANAGER */
		if (str_eq(line->facility, str_of(rows[i].facility)) ||
		    (str_ends(line->facility, SV_STR("CALLMANAGER")) &&
		     str_ends(str_of(rows[i].facility), SV_STR("CALLMANAGER"))))
			return rows[i].read(line);
	}
	return SV_PARSE_SKIP;
}

/** The tag of these boxes is a sequence number. Another one may be a box's name, or that
 *  of a program that logs what somebody else wrote. */
static bool
is_of_program(struct sv_str ident)
{
	for (size_t i = 0; i < ident.len; i++)
		if (!isdigit((unsigned char)ident.ptr[i]))
			return true;
	return false;
}

static enum sv_parse
parse(struct sv_parse_context *ctx, const struct sv_record *record)
{
	struct cisco_state *st = ctx->state;
	struct cisco_line line = { 0 };
	enum kind kind = KIND_FOREIGN;

	appliance_open(&line.at, ctx, record);
	if (has_mark(line.at.text))
		kind = read_front(&line);
	switch (kind) {
	case KIND_FOREIGN:
		pass(st, line.at.text.len);
		return st->in_debug ? SV_PARSE_SKIP : SV_PARSE_FOREIGN;
	case KIND_DEBUG:
		return debug_begin(st, line.at.text);
	case KIND_MESSAGE:
		break;
	}
	st->in_debug = false;
	line.at.doubtful |= st->reach > 0 || is_of_program(record->ident);
	pass(st, line.at.text.len);
	return dispatch(&line);
}

enum sv_parse
cisco_emit(struct cisco_line *line, struct sv_event *ev)
{
	return appliance_emit(&line->at, ev);
}

static void
flush(struct sv_parse_context *ctx)
{
	struct cisco_state *st = ctx->state;

	if (!ctx->paused)
		st->in_debug = false;
}

static bool
probe(struct sv_str text)
{
	struct cisco_line line = { .at = { .text = text } };

	return str_find_char(str_upto(text, FRONT_MAX), '%') != STR_NONE &&
	       read_front(&line) == KIND_MESSAGE;
}

static const char *const none[] = { NULL };

const struct sv_dialect cisco_dialect = {
	.name = "cisco",
	.doc = "Cisco IOS and IOS XE (CUBE, CME) and Unified Communications Manager by "
	       "syslog: toll fraud, internal errors, call history, dial peers, trunks, "
	       "endpoints, logins",
	.idents = none,
	.units = none,
	.files = none,
	.evidence = "documents",
	.template_name = template_name,
	.state_size = sizeof(struct cisco_state),
	.probe = probe,
	.parse = parse,
	.flush = flush,
};
