/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages in syslog records of boxes:
 *
 *   [S=1718478] [SID=b9027c:24:1] (N 6891753) ---- Incoming SIP Message from
 *     192.0.2.7:5061 to SIPInterface #2 (T) TLS … ---- #012SIP/2.0 200 OK #012FROM: …
 *   1190: Jul 26 09:39:54.058: //-1/xxxxxxxxxxxx/SIP/Msg/ccsipDisplayMsg:#012Sent: #012…
 *
 * AudioCodes may send the banner in one record and the message in the next one of the same
 * session. Cisco's classic form has no address at all. A sender can write the like of both
 * into fields that other records show, so nothing of this is certain.
 */
#include "dialect/sipmsg_state.h"

#include "dialect/audiocodes.h"
#include "dialect/sipmsg_cursor.h"

/** Several numbered records may stand in front of the banner. */
#define BANNER_REACH ((size_t)4096)
/** Nothing that stands in front of "[S=" is longer. */
#define PART_FRONT ((size_t)96)
#define CISCO_REACH ((size_t)200)

/** Bytes of a line end as it is or as a syslog daemon writes it. */
static size_t
line_end(struct sv_str s)
{
	static const struct sv_str ends[] = {
		{ "\r\n", 2 }, { "\n", 1 }, { "#015#012", 8 }, { "#012", 4 }
	};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (str_starts(s, ends[i]))
			return ends[i].len;
	return 0;
}

static size_t
skip_blanks(struct sv_str s, size_t at)
{
	while (at < s.len && s.ptr[at] == ' ')
		at++;
	return at;
}

/* ---- AudioCodes ---- */

/** Offset of the first banner, STR_NONE if there is none. */
static size_t
audiocodes_banner(struct sv_str text)
{
	struct sv_str s = str_upto(text, BANNER_REACH);
	size_t in = str_find(s, SV_STR("---- Incoming SIP Message from "));
	size_t out = str_find(s, SV_STR("---- Outgoing SIP Message to "));

	return in < out ? in : out;
}

/** The banner, and where what is behind it begins. */
static bool
audiocodes_read(struct sv_str text, struct sipmsg_banner *ret, size_t *ret_behind)
{
	size_t at = audiocodes_banner(text);

	if (at == STR_NONE ||
	    !sipmsg_banner_read(NULL, str_upto(str_from(text, at), 400), ret) ||
	    ret->tool != sipmsg_tool_find("audiocodes"))
		return false;
	size_t end = str_find(str_from(text, at + 5), SV_STR(" ----"));
	if (end == STR_NONE)
		return false;
	*ret_behind = skip_blanks(text, at + 5 + end + 5);
	return true;
}

static bool
is_message(struct sv_str text)
{
	bool escaped;
	size_t end = sipmsg_record_line(text, &escaped);

	/* each line ends in a blank there */
	return message_is_start(str_trim(str_upto(text, end)));
}

static bool
find_audiocodes(struct sv_str text, struct sipmsg_found *f)
{
	size_t at;

	if (!audiocodes_read(text, &f->banner, &at))
		return false;
	size_t n = line_end(str_from(text, at));
	f->message_at = at + n;
	f->doubtful = true;
	return n && is_message(str_from(text, f->message_at));
}

/** What ties a banner and the message in the next record together. */
static uint64_t
part_key(struct sv_str text, unsigned ahead)
{
	struct sv_str session;
	uint64_t number;

	if (!audiocodes_sequence(text, &number, &session) || !session.len)
		return 0;
	uint64_t key = str_hash(session, number + ahead);
	return key ? key : 1;
}

enum part { PART_NONE, PART_BANNER, PART_MESSAGE };

/** Most lines are not theirs, and most of theirs are neither a banner nor a message. */
static bool
may_be_part(struct sv_str text)
{
	struct sv_str s = str_upto(text, PART_FRONT);
	size_t at;

	while ((at = str_find_char(s, '[')) != STR_NONE) {
		s = str_from(s, at + 1);
		if (s.len > 1 && s.ptr[0] == 'S' && s.ptr[1] == '=')
			return str_find(text, SV_STR("---- ")) != STR_NONE ||
			       sipmsg_record_version(text);
	}
	return false;
}

static enum part
part_of(struct sv_str text, struct sipmsg_found *f)
{
	size_t front = 0;

	if (!may_be_part(text))
		return PART_NONE;
	front = audiocodes_front(text);
	if (front == 0)
		return PART_NONE;
	f->message_at = front;
	if (is_message(str_from(text, front)))
		return PART_MESSAGE;
	if (!audiocodes_read(text, &f->banner, &f->message_at))
		return PART_NONE;
	/* nothing but the time may stand behind it */
	size_t at = f->message_at;
	at = skip_blanks(text, at + line_end(str_from(text, at)));
	return at >= text.len || str_starts(str_from(text, at), SV_STR("[Time:"))
		       ? PART_BANNER
		       : PART_NONE;
}

bool
sipmsg_boxes_part(struct sv_str text)
{
	struct sipmsg_found f;

	if (!may_be_part(text))
		return false;
	memset(&f, 0, sizeof(f));
	return part_of(text, &f) != PART_NONE;
}

static void
keep_part(struct sipmsg_state *st, uint64_t key, const struct sipmsg_banner *banner)
{
	size_t place = 0;

	for (size_t i = 1; i < SIPMSG_PARTS; i++)
		if (st->parts[i].age < st->parts[place].age)
			place = i;
	st->parts[place].key = key;
	st->parts[place].age = ++st->clock;
	st->parts[place].banner = *banner;
	st->parts[place].banner.start = (struct sv_str){ 0 };
}

enum sv_parse
sipmsg_boxes_feed(struct sipmsg_line *line, struct sv_str text, struct sipmsg_found *f)
{
	struct sipmsg_state *st = line->state;
	enum part part;
	uint64_t key;

	memset(f, 0, sizeof(*f));
	part = part_of(text, f);
	if (part == PART_NONE)
		return SV_PARSE_FOREIGN;
	key = part_key(text, part == PART_BANNER);
	if (part == PART_BANNER) {
		if (key)
			keep_part(st, key, &f->banner);
		return SV_PARSE_SKIP;
	}
	for (size_t i = 0; key && i < SIPMSG_PARTS; i++) {
		if (st->parts[i].key != key)
			continue;
		f->banner = st->parts[i].banner;
		st->parts[i].key = 0;
		st->parts[i].age = 0;
		f->escaped = str_find(text, SV_STR("#012")) != STR_NONE;
		f->doubtful = true;
		return SV_PARSE_EVENT;
	}
	return SV_PARSE_SKIP;
}

/* ---- Cisco ---- */

/** "…/SIP/Msg/ccsipDisplayMsg:", "Received:" with or without both addresses, a message. */
static bool
find_cisco(struct sv_str text, struct sipmsg_found *f)
{
	size_t at = str_find(str_upto(text, CISCO_REACH), SV_STR("ccsipDisplayMsg:"));
	struct sipmsg_cursor c = { .banner = &f->banner };
	bool escaped;

	if (at == STR_NONE || str_find(str_upto(text, at), SV_STR("//")) == STR_NONE)
		return false;
	at = skip_blanks(text, at + 16);
	at += line_end(str_from(text, at));
	struct sv_str rest = str_from(text, at);
	size_t end = sipmsg_record_line(rest, &escaped);
	if (end == STR_NONE)
		return false;
	f->banner.tool = sipmsg_tool_find("cisco debug");
	c.text = str_trim(str_upto(rest, end));
	if (!sipmsg_pbx_cisco_way(&c))
		return false;
	at += end;
	for (size_t n; (n = line_end(str_from(text, at))); at += n)
		;
	f->message_at = at;
	f->doubtful = true;
	return is_message(str_from(text, at));
}

bool
sipmsg_boxes_find(struct sv_str text, struct sipmsg_found *f)
{
	return find_audiocodes(text, f) || find_cisco(text, f);
}
