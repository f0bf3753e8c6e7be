/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/freeswitch_line.h"

#include "base/address.h"

void
freeswitch_begin(const struct freeswitch_line *line, uint32_t template_id,
		 struct sv_event *ev)
{
	const struct freeswitch_template_info *info =
		freeswitch_template_info(template_id);

	memset(ev, 0, sizeof(*ev));
	ev->count = 1;
	ev->attribution =
		line->doubtful ? SV_ATTRIBUTION_FORGEABLE : SV_ATTRIBUTION_CERTAIN;
	ev->hint.template_id = template_id;
	ev->hint.tell = info->tell;
	ev->hint.channel = info->channel;
	ev->hint.alone = info->alone;
	/* reasons and verdicts without an address of their own belong together */
	ev->hint.thread = 1;
}

/** Old versions wrote "08-03 07:56:53.026292": months have names where there is no year. */
static struct sv_str
with_month_name(struct sv_str date, char out[40])
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	uint64_t month;

	if (date.len < 14 || date.len > 30 || date.ptr[2] != '-' ||
	    str_take_u64(str_upto(date, 2), &month) != 2 || month < 1 || month > 12)
		return date;
	memcpy(out, names + (month - 1) * 3, 3);
	out[3] = ' ';
	memcpy(out + 4, date.ptr + 3, date.len - 3);
	return str_make(out, date.len + 1);
}

void
freeswitch_time(struct freeswitch_line *line, struct sv_event *ev)
{
	const struct sv_record *r = line->record;
	char text[40];
	size_t used;

	ev->time = 0;
	ev->time_source = SV_TIME_NONE;
	if (line->date.len)
		line->ctx->stamp(line->ctx->user, with_month_name(line->date, text),
				 &used, &ev->time, &ev->time_source);
	if (r->time && r->time_source > ev->time_source) {
		ev->time = r->time;
		ev->time_source = r->time_source;
	}
}

enum sv_parse
freeswitch_emit(struct freeswitch_line *line, struct sv_event *ev)
{
	if (ev->attribution == SV_ATTRIBUTION_FORGEABLE && line->trusted.family &&
	    address_equal(&ev->peer_ip, &line->trusted))
		ev->attribution = SV_ATTRIBUTION_CERTAIN;
	if (ev->attribution == SV_ATTRIBUTION_FORGEABLE && !ev->peer_ip.family &&
	    !ev->peer.len)
		return SV_PARSE_MALFORMED; /* in doubt, and about nobody */
	if (ev->n_records == 0) {
		if (!ev->time)
			freeswitch_time(line, ev);
		if (!ev->hint.text_hash)
			ev->hint.text_hash = freeswitch_text_hash(line->message);
	}
	line->ctx->emit(line->ctx->user, ev);
	return SV_PARSE_EVENT;
}

struct sv_str
freeswitch_claim(struct sv_str text)
{
	return str_upto(text, SV_CLAIM_MAX_BYTES);
}

bool
freeswitch_take(struct sv_str *text, const char *before, const char *after,
		struct sv_str *ret_between)
{
	struct sv_str head = str_of(before), tail = str_of(after), rest;
	size_t at;

	if (!str_starts(*text, head))
		return false;
	rest = str_from(*text, head.len);
	at = tail.len ? str_find(rest, tail) : rest.len;
	if (at == STR_NONE)
		return false;
	*ret_between = str_upto(rest, at);
	*text = str_from(rest, at + tail.len);
	return true;
}

uint64_t
freeswitch_text_hash(struct sv_str message)
{
	/* the first line alone: files have the others as lines of their own */
	size_t end = str_find_char(message, '\n');

	if (end != STR_NONE)
		message = str_upto(message, end);
	end = str_find(message, SV_STR("#012"));
	if (end != STR_NONE)
		message = str_upto(message, end);
	return str_hash(message, 1);
}

uint64_t
freeswitch_tie(const struct sv_ip *ip)
{
	uint64_t hash = address_hash(ip);

	return hash ? hash : 1;
}

static uint16_t
copy(char *to, size_t cap, struct sv_str from)
{
	size_t len = from.len < cap ? from.len : cap;

	memcpy(to, from.ptr ? from.ptr : "", len);
	return (uint16_t)len;
}

void
freeswitch_evidence_set(struct freeswitch_line *line, struct freeswitch_evidence *e)
{
	struct sv_event ev;

	freeswitch_time(line, &ev);
	e->time = ev.time;
	e->time_source = ev.time_source;
	e->line = line->record->line;
	e->text_len = copy(e->text, sizeof(e->text), line->text);
	e->cursor_len = copy(e->cursor, sizeof(e->cursor), line->record->cursor);
}

void
freeswitch_evidence_use(const struct freeswitch_evidence *e, struct sv_event *ev)
{
	ev->time = e->time;
	ev->time_source = e->time_source;
	ev->records[0].line = e->line;
	ev->records[0].text = str_make(e->text, e->text_len);
	ev->records[0].cursor = str_make(e->cursor, e->cursor_len);
	ev->n_records = 1;
}

void
freeswitch_name_set(struct freeswitch_name *name, struct sv_str text)
{
	name->len = (uint8_t)copy(name->text, sizeof(name->text), text);
}

struct sv_str
freeswitch_name_get(const struct freeswitch_name *name)
{
	return str_make(name->text, name->len);
}

void
freeswitch_claim_set(struct freeswitch_claim *claim, struct sv_str text)
{
	claim->len = (uint8_t)copy(claim->text, sizeof(claim->text), text);
}

struct sv_str
freeswitch_claim_get(const struct freeswitch_claim *claim)
{
	return str_make(claim->text, claim->len);
}
