/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dumps of SIP messages (sofia … siptrace on). A banner tells how many bytes follow; the
 * lines stand in column 0 and hold what the other side sent, so none of them is a line
 * of FreeSWITCH. CRLF has become LF, therefore each printed line counts two bytes more
 * than it shows. A message with bare LFs seems longer than it is: as many bytes behind
 * its end as it had lines may still be of it, and are doubted.
 *
 * A dump that was cut (16000 bytes, a NUL) is shorter than told: it ends where a line
 * comes that no sender could write.
 */
#include "dialect/freeswitch_line.h"

#include "base/address.h"

/** More than a message can have. */
#define DUMP_MAX ((uint64_t)1 << 20)

/** " bytes from udp/[192.0.2.1]:5060…at hh:mm:ss.uuuuuu:" */
static bool
banner_read(struct sv_str s, uint64_t *ret_length, struct sv_ip *ret_ip)
{
	static const struct sv_str words[] = { { "recv ", 5 },
					       { "send ", 5 },
					       { "sent ", 5 } };
	size_t n = 0;
	bool known = false;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		known |= str_starts(s, words[i]);
	if (!known || s.len > 256 || s.ptr[s.len - 1] != ':')
		return false;
	s = str_from(s, 5);
	n = str_take_u64(s, ret_length);
	s = str_from(s, n);
	if (n == 0 || *ret_length > DUMP_MAX ||
	    !(str_starts(s, SV_STR(" bytes from ")) ||
	      str_starts(s, SV_STR(" bytes to "))))
		return false;
	size_t open = str_find(s, SV_STR("/[")), close = str_find_char(s, ']');
	if (open == STR_NONE || close == STR_NONE || close < open + 2 ||
	    str_find(s, SV_STR(" at ")) == STR_NONE)
		return false;
	struct sv_str ip = str_make(s.ptr + open + 2, close - open - 2);
	if (!address_parse(ip, ret_ip))
		*ret_ip = (struct sv_ip){ 0 };
	return true;
}

bool
freeswitch_dump_open(struct freeswitch_line *line)
{
	struct freeswitch_state *st = line->state;
	uint64_t length;
	struct sv_ip ip;

	if (line->text.len < 24 ||
	    (line->text.ptr[0] != 'r' && line->text.ptr[0] != 's') ||
	    !banner_read(line->text, &length, &ip))
		return false;
	if (line->whole)
		return true;
	freeswitch_doubt_look(st);
	memset(&st->region, 0, sizeof(st->region));
	st->region.kind = REGION_DUMP;
	st->region.doubtful = st->prev_kind == PREV_OPEN;
	st->region.length = length;
	st->region.ip = ip;
	return true;
}

/** Is it a line that the sender of a message could not have written into it? */
static bool
ends_cut_dump(struct freeswitch_line *line)
{
	struct freeswitch_state *st = line->state;
	struct freeswitch_line found = *line;
	const struct freeswitch_session *session;

	if (line->text.len < 40 || !freeswitch_prefix_read(&found) || !found.date.len)
		return false;
	if (st->region.doubtful)
		return true;
	session = found.uuid.len ? freeswitch_session_find(
					   st, freeswitch_session_key(found.uuid))
				 : NULL;
	return (session && session->sure) ||
	       freeswitch_doubt_fits(st->moment, found.moment);
}

static void
dump_end(struct freeswitch_line *line, bool whole)
{
	struct freeswitch_region_state *r = &line->state->region;
	uint64_t slack = whole ? r->dump_lines : FREESWITCH_RECORD_MAX;

	r->kind = REGION_NONE;
	if (!r->doubtful)
		freeswitch_doubt_open(line, &r->ip, slack);
}

bool
freeswitch_dump_feed(struct freeswitch_line *line)
{
	struct freeswitch_region_state *r = &line->state->region;
	uint64_t at;

	if (!r->started) {
		struct sv_str text = line->text;
		while (text.len && text.ptr[0] == ' ')
			text = str_from(text, 1);
		if (str_starts(text, SV_STR("--------"))) {
			r->started = true; /* the message begins behind this line */
			if (text.ptr != line->text.ptr)
				r->kind = REGION_NONE; /* old: the lines are indented */
			return true;
		}
		r->kind = REGION_NONE;
		return false;
	}
	at = r->bytes;
	if (at >= r->length) {
		/* an empty line is printed behind the message */
		bool whole = line->text.len == 0;
		dump_end(line, whole && at == r->length);
		return whole;
	}
	if (ends_cut_dump(line)) {
		dump_end(line, false);
		return false;
	}
	r->dump_lines++;
	r->bytes += line->record->text.len + 2;
	return true;
}
