/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/asterisk_line.h"

#include "base/address.h"
#include "dialect/copies.h"
#include "sip/outcome.h"

#include <ctype.h>

/** Compare literal text; a blank of the pattern stands for one or more. Bytes of the
 *  message used, STR_NONE if it differs. Stops at '%' or the pattern's end. */
static size_t
literal_match(const char *pattern, struct sv_str message, size_t *ret_pattern)
{
	size_t used = 0, at = 0;

	while (pattern[at] && pattern[at] != '%') {
		if (used == message.len || message.ptr[used] != pattern[at])
			return STR_NONE;
		if (pattern[at] == ' ') {
			while (used < message.len && message.ptr[used] == ' ')
				used++;
			while (pattern[at] == ' ')
				at++;
			continue;
		}
		used++;
		at++;
	}
	*ret_pattern = at;
	return used;
}

/** Where the literal that follows a field begins: its first occurrence or its last. */
static size_t
literal_find(const char *pattern, struct sv_str message, bool last)
{
	size_t found = STR_NONE, skip;

	for (size_t i = 0; i < message.len; i++) {
		if (message.ptr[i] != pattern[0])
			continue;
		size_t used = literal_match(pattern, str_from(message, i), &skip);
		if (used == STR_NONE)
			continue;
		if (!pattern[skip] && i + used != message.len)
			continue; /* the pattern's end is the message's end */
		found = i;
		if (!last)
			break;
	}
	return found;
}

struct sv_str
asterisk_claim(struct sv_str text)
{
	return str_upto(text, SV_CLAIM_MAX_BYTES);
}

/** "[192.0.2.1]:5060", "2001:db8::1:5060": an address that always has its port. */
static bool
address_with_port(struct sv_str text, struct sv_ip *ret_ip, uint16_t *ret_port)
{
	size_t end = str_find_last(text, SV_STR(":"));
	uint64_t port;

	if (end == STR_NONE)
		return false;
	struct sv_str host = str_upto(text, end);
	struct sv_str digits = str_from(text, end + 1);
	if (!digits.len || digits.len > 5 ||
	    str_take_u64(digits, &port) != digits.len || port > UINT16_MAX)
		return false;
	if (host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']')
		host = str_make(host.ptr + 1, host.len - 2);
	if (!address_parse(host, ret_ip))
		return false;
	*ret_port = (uint16_t)port;
	return true;
}

/** Bytes before the first one of `set`. */
static size_t
span_until(struct sv_str text, const char *set)
{
	size_t i = 0;

	while (i < text.len && !(text.ptr[i] && strchr(set, text.ptr[i])))
		i++;
	return i;
}

struct sv_str
asterisk_header_user(struct sv_str header)
{
	size_t at = str_find(header, SV_STR("sip:"));

	if (at == STR_NONE)
		return (struct sv_str){ 0 };
	header = str_from(header, at + 4);
	size_t end = span_until(header, "@>;\r\n");
	if (end == header.len || header.ptr[end] != '@')
		return (struct sv_str){ 0 };
	return asterisk_claim(str_upto(header, end));
}

bool
asterisk_address(struct sv_str text, struct sv_event *ev)
{
	size_t colon = str_find_char(text, ':');
	enum sv_transport transport = SV_TRANSPORT_UNKNOWN;
	uint16_t port = 0;
	struct sv_ip ip;

	if (str_starts(text, SV_STR("sip:")) || str_starts(text, SV_STR("sips:"))) {
		/* a configured URI: sip:user@192.0.2.1:5060;transport=tcp */
		text = str_from(text, colon + 1);
		text = str_upto(text, span_until(text, ";>?"));
		size_t at = str_find_last(text, SV_STR("@"));
		if (at != STR_NONE)
			text = str_from(text, at + 1);
	} else if (colon != STR_NONE && !isdigit((unsigned char)text.ptr[0]) &&
		   transport_find(str_upto(text, colon), &transport)) {
		text = str_from(text, colon + 1);
	}
	if (!address_parse_port(text, &ip, &port) &&
	    !address_with_port(text, &ip, &port))
		return false;
	ev->peer_ip = ip;
	ev->peer_port = port;
	if (transport != SV_TRANSPORT_UNKNOWN)
		ev->transport = transport;
	return true;
}

static bool
take_number(struct sv_str text, uint64_t max, uint64_t *ret_value)
{
	return text.len && str_take_u64(text, ret_value) == text.len &&
	       *ret_value <= max;
}

/** False: what stands there cannot be this field. */
static bool
take_field(char kind, struct sv_str text, struct sv_event *ev)
{
	uint64_t number;

	switch (tolower((unsigned char)kind)) {
	case 'p':
		ev->peer = asterisk_claim(text);
		return true;
	case 'a':
		asterisk_address(text, ev);
		return true;
	case 'b':
		if (address_with_port(text, &ev->peer_ip, &ev->peer_port))
			return true;
		asterisk_address(text, ev);
		return true;
	case 'c':
		if (!take_number(text, 999, &number))
			return false;
		ev->code = (uint16_t)number;
		return true;
	case 'q':
		if (!take_number(text, 127, &number))
			return false;
		ev->q850 = (uint16_t)number;
		return true;
	case 'm':
		ev->method = method_of(text);
		return true;
	case 't':
		return transport_find(text, &ev->transport);
	case 'd':
		if (text.len > 1 && text.ptr[0] == '-')
			text = str_from(text, 1);
		return take_number(text, UINT64_MAX, &number);
	case 'u':
		ev->claim.user = asterisk_claim(text);
		return true;
	case 'x':
		ev->claim.dst = asterisk_claim(text);
		return true;
	case 'i':
		ev->claim.call_id = asterisk_claim(text);
		return true;
	case 'h':
		ev->claim.phrase = asterisk_claim(text);
		return true;
	default: /* 's', 'r' */
		return true;
	}
}

bool
asterisk_match(const char *pattern, struct sv_str message, struct sv_event *ev)
{
	for (;;) {
		size_t at, used = literal_match(pattern, message, &at);
		if (used == STR_NONE)
			return false;
		pattern += at;
		message = str_from(message, used);
		if (!*pattern)
			return message.len == 0;
		char kind = pattern[1];
		pattern += 2;
		if (kind == 'r')
			return true;
		size_t end = *pattern ? literal_find(pattern, message,
						     isupper((unsigned char)kind) != 0)
				      : message.len;
		if (end == STR_NONE || !take_field(kind, str_upto(message, end), ev))
			return false;
		message = str_from(message, end);
	}
}

enum sv_parse
asterisk_rows(struct asterisk_line *line, const struct asterisk_row *row)
{
	char first = line->message.len ? line->message.ptr[0] : '\0';
	struct sv_event ev;
	size_t at;

	for (; row->pattern; row++) {
		/* the literal text in front, its first byte even, settles most */
		if (!(row->levels & line->level) ||
		    (row->pattern[0] != first && row->pattern[0] != '%') ||
		    literal_match(row->pattern, line->message, &at) == STR_NONE)
			continue;
		asterisk_begin(line, row->template_id, &ev);
		ev.leg = row->leg;
		ev.method = row->method;
		ev.code = row->code;
		ev.service = row->service;
		ev.outcome = row->outcome;
		if (!asterisk_match(row->pattern, line->message, &ev))
			continue;
		line->matched = true;
		if (ev.outcome == SV_OUTCOME_NONE)
			ev.outcome = outcome_of_code(ev.code);
		if (ev.outcome == SV_CHALLENGED && row->outcome != SV_CHALLENGED)
			ev.outcome = SV_REJECTED; /* a 401 that ended it */
		if (ev.outcome == SV_OUTCOME_NONE)
			return SV_PARSE_SKIP; /* no final answer */
		return row->finish ? row->finish(line, &ev) : asterisk_emit(line, &ev);
	}
	return SV_PARSE_SKIP;
}

void
asterisk_begin(const struct asterisk_line *line, uint32_t template_id,
	       struct sv_event *ev)
{
	const struct asterisk_template_info *info = asterisk_template_info(template_id);

	memset(ev, 0, sizeof(*ev));
	ev->count = 1;
	ev->attribution =
		line->doubtful ? SV_ATTRIBUTION_FORGEABLE : SV_ATTRIBUTION_CERTAIN;
	ev->hint.template_id = template_id;
	ev->hint.thread = line->thread;
	ev->hint.call_mark = line->call_mark;
	ev->hint.has_call_mark = line->has_mark;
	ev->hint.tell = info->tell;
	ev->hint.alone = info->alone;
	ev->hint.channel = line->level == LEVEL_SECURITY  ? SV_CHANNEL_SECURITY
			   : line->level == LEVEL_VERBOSE ? SV_CHANNEL_VERBOSE
							  : SV_CHANNEL_MAIN;
}

void
asterisk_time(struct asterisk_line *line, struct sv_event *ev)
{
	const struct sv_record *r = line->record;
	size_t used;

	ev->time = 0;
	ev->time_source = SV_TIME_NONE;
	if (line->date.len && line->ctx->stamp(line->ctx->user, line->date, &used,
					       &ev->time, &ev->time_source))
		line->state->stamped = true;
	if (r->time && (line->replayed || !ev->time) &&
	    r->time_source > ev->time_source) {
		ev->time = r->time;
		ev->time_source = r->time_source;
	}
}

enum sv_parse
asterisk_emit(struct asterisk_line *line, struct sv_event *ev)
{
	asterisk_time(line, ev);
	if (line->date.len && line->state->stamped && ev->time_source < SV_TIME_STAMP)
		return SV_PARSE_MALFORMED; /* what stands in brackets is no date */
	ev->hint.text_hash = copies_hash(line->message);
	ev->records[0].text = line->text;
	if (line->replayed) {
		ev->records[0].line = line->record->line;
		ev->n_records = 1;
	}
	line->ctx->emit(line->ctx->user, ev);
	return SV_PARSE_EVENT;
}

void
asterisk_name_set(struct asterisk_name *name, struct sv_str text)
{
	name->len = (uint8_t)(text.len < sizeof(name->text) ? text.len
							    : sizeof(name->text));
	memcpy(name->text, text.ptr ? text.ptr : "", name->len);
}

struct sv_str
asterisk_name_get(const struct asterisk_name *name)
{
	return str_make(name->text, name->len);
}

uint64_t
asterisk_session(struct sv_str id)
{
	/* one of the lines that tell a Call-ID cuts it here */
	uint64_t hash = str_hash(str_upto(id, 511), 0);

	return hash ? hash : 1;
}

struct sv_str
asterisk_channel_peer(struct sv_str channel, bool *ret_pjsip)
{
	size_t dash = str_find_last(channel, SV_STR("-"));
	uint64_t number;

	*ret_pjsip = str_starts(channel, SV_STR("PJSIP/"));
	if (!*ret_pjsip && !str_starts(channel, SV_STR("SIP/")))
		return (struct sv_str){ 0 };
	size_t start = *ret_pjsip ? 6 : 4;
	if (dash == STR_NONE || dash <= start || channel.len - dash != 9 ||
	    str_take_hex(str_from(channel, dash + 1), &number) != 8)
		return (struct sv_str){ 0 };
	return str_make(channel.ptr + start, dash - start);
}

struct sv_str
asterisk_dialled_peer(struct sv_str dialled, bool *ret_pjsip)
{
	*ret_pjsip = str_starts(dialled, SV_STR("PJSIP/"));
	if (!*ret_pjsip && !str_starts(dialled, SV_STR("SIP/")))
		return (struct sv_str){ 0 };
	dialled = str_from(dialled, *ret_pjsip ? 6 : 4);
	size_t end = 0;
	while (end < dialled.len && !strchr("/&,\"", dialled.ptr[end]))
		end++;
	dialled = str_upto(dialled, end);
	size_t at = str_find_last(dialled, SV_STR("@"));
	if (at != STR_NONE)
		dialled = str_from(dialled, at + 1);
	return dialled;
}

bool
asterisk_tally_read(struct sv_str s, struct asterisk_tally *t)
{
	uint64_t *const parts[] = { &t->dialled, &t->busy, &t->congestion, &t->nochan };
	static const char between[] = ":// ";
	size_t open = str_find_char(s, '(');

	if (open == STR_NONE || !str_ends(s, SV_STR(")")))
		return false;
	s = str_from(s, open + 1);
	for (int i = 0; i < 4; i++) {
		size_t n = str_take_u64(s, parts[i]);
		s = str_from(s, n);
		if (n == 0 || s.len == 0 ||
		    (i < 3 ? s.ptr[0] != between[i] : s.ptr[0] != ')'))
			return false;
		s = str_from(s, 1);
	}
	return s.len == 0;
}
