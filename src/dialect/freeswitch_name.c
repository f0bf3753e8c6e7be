/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Channel names with line breaks. The line that tells of a new channel ends in its
 * uuid, which no caller can know: whatever stands before that is the name, however many
 * lines it has. Every later record of that call prints the same name again; where its
 * first line ends a line of the log, the known number of lines follows, and behind the
 * last one what FreeSWITCH wrote.
 */
#include "dialect/freeswitch_line.h"

static bool
is_start_of_name(const struct freeswitch_session *session, struct sv_str message)
{
	return session->more_lines && session->name_len <= message.len &&
	       str_hash(str_from(message, message.len - session->name_len), 0) ==
		       session->name;
}

static void
region_open(struct freeswitch_line *line, enum freeswitch_region kind, uint64_t key,
	    size_t head_len)
{
	struct freeswitch_region_state *r = &line->state->region;
	struct sv_str first = str_upto(line->text, sizeof(r->first));

	memset(r, 0, sizeof(*r));
	r->kind = kind;
	r->key = key;
	r->level = line->level;
	memcpy(r->uuid, line->uuid.ptr, FREESWITCH_UUID);
	/* the head is short, the prefix before it too: more is not needed */
	memcpy(r->first, first.ptr, first.len);
	r->first_len = (uint16_t)first.len;
	r->head_len = (uint16_t)(head_len < sizeof(r->first) ? head_len : 0);
}

void
freeswitch_name_open(struct freeswitch_line *line)
{
	struct freeswitch_state *st = line->state;
	uint64_t key = freeswitch_session_key(line->uuid);
	struct freeswitch_session *session = freeswitch_session_new(st, key);
	struct sv_str name = str_from(line->message, strlen("New Channel "));

	session->uuid = key;
	session->name = str_hash(name, 0);
	session->name_len = (uint32_t)name.len;
	session->leg = SV_LEG_IN;
	region_open(line, REGION_NAME, key, 0);
}

bool
freeswitch_name_piece(struct freeswitch_line *line,
		      const struct freeswitch_session *session)
{
	if (!is_start_of_name(session, line->message))
		return false;
	region_open(line, REGION_PIECE, session->key,
		    line->message.len - session->name_len);
	line->state->region.lines = session->more_lines;
	return true;
}

static struct sv_str
without_uuid(const struct freeswitch_region_state *r, struct sv_str text)
{
	struct sv_str uuid = str_make(r->uuid, FREESWITCH_UUID);

	if (str_starts(text, uuid) && text.len > FREESWITCH_UUID &&
	    text.ptr[FREESWITCH_UUID] == ' ')
		return str_from(text, FREESWITCH_UUID + 1);
	return text;
}

static enum sv_parse
name_line(struct freeswitch_line *line)
{
	struct freeswitch_state *st = line->state;
	struct freeswitch_region_state *r = &st->region;
	struct freeswitch_session *session;
	size_t tail = FREESWITCH_UUID + 3; /* " [uuid]" */
	struct sv_str text = line->text;

	r->lines++;
	if (text.len < tail || text.ptr[text.len - 1] != ']' ||
	    memcmp(text.ptr + text.len - tail, " [", 2) != 0 ||
	    memcmp(text.ptr + text.len - tail + 2, r->uuid, FREESWITCH_UUID) != 0)
		return SV_PARSE_SKIP;
	session = freeswitch_session_find(st, r->key);
	if (session) {
		text = without_uuid(r, str_upto(text, text.len - tail));
		session->more_lines = r->lines;
		session->last = str_hash(text, 0);
		session->last_len = (uint32_t)text.len;
		session->sure = true;
		st->n_tainted++;
	}
	r->kind = REGION_NONE;
	freeswitch_doubt_close(st);
	return SV_PARSE_SKIP;
}

/** The last line of a name, and what FreeSWITCH wrote behind it. */
static enum sv_parse
last_piece(struct freeswitch_line *line)
{
	struct freeswitch_state *st = line->state;
	struct freeswitch_region_state *r = &st->region;
	struct freeswitch_session *session = freeswitch_session_find(st, r->key);
	struct sv_str text = without_uuid(r, line->text), head;
	struct freeswitch_line first = *line;

	r->kind = REGION_NONE;
	freeswitch_doubt_close(st);
	if (!session || session->last_len > text.len ||
	    str_hash(str_upto(text, session->last_len), 0) != session->last)
		return SV_PARSE_SKIP;
	first.text = str_make(r->first, r->first_len);
	if (!freeswitch_prefix_read(&first))
		return SV_PARSE_SKIP;
	head = str_upto(first.message, r->head_len);
	text = str_from(text, session->last_len);
	first.text = line->text;
	/* the Call-ID that ends this one is the caller's too */
	if (str_starts(text, SV_STR(" receiving invite from "))) {
		enum sv_parse result =
			freeswitch_call_message(&first, session, head, text);
		freeswitch_doubt_open(&first, &session->ip, FREESWITCH_RECORD_MAX);
		return result;
	}
	return freeswitch_call_message(&first, session, head, text);
}

/** A record is written in one piece: nothing of another call stands inside of it. */
static bool
is_of_another_call(const struct freeswitch_line *line)
{
	const struct freeswitch_region_state *r = &line->state->region;
	const struct freeswitch_session *session;

	if (!freeswitch_is_uuid(line->text) ||
	    memcmp(line->text.ptr, r->uuid, FREESWITCH_UUID) == 0)
		return false;
	session = freeswitch_session_find(
		line->state,
		freeswitch_session_key(str_upto(line->text, FREESWITCH_UUID)));
	return session && session->sure;
}

bool
freeswitch_name_feed(struct freeswitch_line *line, enum sv_parse *ret_result)
{
	struct freeswitch_region_state *r = &line->state->region;

	*ret_result = SV_PARSE_SKIP;
	r->bytes += line->text.len + 1;
	if (r->bytes > 2 * FREESWITCH_RECORD_MAX || is_of_another_call(line)) {
		/* no record is that long: this is not what it seemed to be */
		r->kind = REGION_NONE;
		return false;
	}
	if (r->kind == REGION_NAME)
		*ret_result = name_line(line);
	else if (--r->lines == 0)
		*ret_result = last_piece(line);
	return true;
}
