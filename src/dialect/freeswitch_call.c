/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls. "New Channel" names a leg, "receiving invite" tells where it came from, and its
 * end is "Hangup" with a cause that FreeSWITCH made of the code: one cause of many
 * codes. At level DEBUG the codes themselves are told as well, that of an outgoing leg
 * before its end, that of an incoming one behind it; then the end waits for it.
 */
#include "dialect/freeswitch_line.h"

#include "base/address.h"

/* ---- what the lines tell ---- */

/** "sofia/internal/1002@pbx": what stands behind the profile. */
static struct sv_str
name_target(struct sv_str name)
{
	size_t slash;

	if (!str_starts(name, SV_STR("sofia/")))
		return (struct sv_str){ 0 };
	name = str_from(name, 6);
	slash = str_find_char(name, '/');
	if (slash == STR_NONE)
		return (struct sv_str){ 0 };
	return str_from(name, slash + 1);
}

static void
set_target(struct freeswitch_session *s, struct sv_str target)
{
	size_t at = str_find_last(target, SV_STR("@"));
	struct sv_str user = at == STR_NONE ? target : str_upto(target, at);

	/* who calls, or whom we call and where: until the leg is told it may be either */
	freeswitch_claim_set(&s->user, user);
	if (at != STR_NONE)
		(void)address_parse_port(str_from(target, at + 1), &s->contact,
					 &s->contact_port);
}

static void
tell_out(struct freeswitch_session *s)
{
	if (s->leg == SV_LEG_IN)
		return; /* what was told first was not in a caller's reach */
	if (s->leg != SV_LEG_OUT) {
		s->dst = s->user;
		s->user = (struct freeswitch_claim){ 0 };
	}
	s->leg = SV_LEG_OUT;
	s->told = true;
}

/** The leg of a dialled user or gateway, when this is what was dialled just now. */
static void
take_dialled(struct freeswitch_state *st, struct freeswitch_session *s,
	     struct sv_str target)
{
	size_t at = str_find_last(target, SV_STR("@"));
	struct sv_str user = at == STR_NONE ? target : str_upto(target, at);
	const struct freeswitch_dial *dial = freeswitch_dial_take(st, user);

	if (!dial)
		return;
	s->peer = dial->peer;
	tell_out(s);
}

enum sv_parse
freeswitch_call_new(struct freeswitch_line *line)
{
	struct freeswitch_state *st = line->state;
	struct sv_str m = str_from(line->message, strlen("New Channel ")), uuid, name;
	size_t tail = FREESWITCH_UUID + 3;
	struct freeswitch_session *s;

	bool ends = m.len > tail && m.ptr[m.len - 1] == ']' &&
		    memcmp(m.ptr + m.len - tail, " [", 2) == 0;
	uuid = ends ? str_make(m.ptr + m.len - tail + 2, FREESWITCH_UUID)
		    : (struct sv_str){ 0 };
	if (line->uuid.len) {
		uint64_t own = freeswitch_session_key(line->uuid);
		if (freeswitch_session_find(st, own))
			return SV_PARSE_SKIP; /* a channel is new once */
		if (line->unproved && !str_eq(uuid, line->uuid)) {
			/* it is there, but what it is called cannot be told */
			(void)freeswitch_session_new(st, own);
			return SV_PARSE_SKIP;
		}
	}
	if ((line->whole && !ends) || (line->unproved && !line->uuid.len))
		return SV_PARSE_SKIP;
	if (line->uuid.len && !str_eq(uuid, line->uuid)) {
		if (!line->whole)
			freeswitch_name_open(line);
		return SV_PARSE_SKIP;
	}
	if (!ends || !freeswitch_is_uuid(uuid)) {
		struct sv_ip none = { 0 };
		freeswitch_doubt_open(line, &none, FREESWITCH_RECORD_MAX);
		st->prev_spoiled = true; /* what follows is text of the name */
		return SV_PARSE_SKIP;
	}
	name = str_upto(m, m.len - tail);
	uint64_t key = freeswitch_session_key(line->uuid.len ? line->uuid : name);
	s = freeswitch_session_find(st, key);
	uint32_t calls = s ? s->calls : 0;
	bool sure = s && s->sure;
	if (!s || calls == 0)
		s = freeswitch_session_new(st, key);
	s->calls = calls + 1;
	s->uuid = freeswitch_session_key(uuid);
	s->name = str_hash(name, 0);
	s->name_len = (uint32_t)name.len;
	s->sure = line->whole || sure || (line->uuid.len && !line->unproved);
	st->new_name = s->sure || line->unproved ? 0 : key;
	set_target(s, name_target(name));
	take_dialled(st, s, name_target(name));
	return SV_PARSE_SKIP;
}

/** " receiving invite from 192.0.2.1:5060 version: … call-id: …", IPv6 bare. */
static enum sv_parse
receiving(struct freeswitch_line *line, struct freeswitch_session *s,
	  struct sv_str rest)
{
	size_t end = str_find(rest, SV_STR(" version: ")), colon;
	struct sv_ip ip;
	uint64_t port;

	if (end == STR_NONE || line->doubtful)
		return SV_PARSE_SKIP;
	rest = str_upto(rest, end);
	colon = str_find_last(rest, SV_STR(":"));
	if (colon == STR_NONE || !address_parse(str_upto(rest, colon), &ip) ||
	    str_take_u64(str_from(rest, colon + 1), &port) == 0 || port > UINT16_MAX)
		return SV_PARSE_SKIP;
	line->state->caller_ip = ip;
	line->state->caller = s->user;
	if (s->ip.family && !address_equal(&s->ip, &ip)) {
		s->mixed |= s->calls > 1; /* else the first line told it */
		return SV_PARSE_SKIP;
	}
	s->leg = SV_LEG_IN;
	s->ip = ip;
	s->port = (uint16_t)port;
	return SV_PARSE_SKIP;
}

/** " entering state [terminated][486]" */
static enum sv_parse
entering(struct freeswitch_line *line, struct freeswitch_session *s, struct sv_str rest)
{
	struct sv_str state;
	uint64_t code;

	if (line->doubtful || !freeswitch_take(&rest, "[", "][", &state) ||
	    str_take_u64(rest, &code) == 0 || code > 999)
		return SV_PARSE_SKIP;
	if (str_eq(state, SV_STR("calling")))
		tell_out(s);
	if (str_eq(state, SV_STR("terminated")) && code >= 300)
		s->code = (uint16_t)code;
	return SV_PARSE_SKIP;
}

static enum sv_parse
answered(struct freeswitch_line *line, struct freeswitch_session *s, struct sv_str rest)
{
	struct sv_event ev;

	(void)rest;
	if (line->doubtful || s->answered)
		return SV_PARSE_SKIP;
	s->answered = true;
	if (s->leg == SV_LEG_UNKNOWN)
		return SV_PARSE_SKIP;
	freeswitch_end_fill(line, s, FREESWITCH_ANSWERED, &ev);
	ev.outcome = SV_OK;
	ev.code = 200;
	return freeswitch_emit(line, &ev);
}

/** " Overriding SIP cause 603 with 401 from the other leg" */
static enum sv_parse
overriding(struct freeswitch_line *line, struct freeswitch_session *s,
	   struct sv_str rest)
{
	(void)rest;
	s->relayed |= !line->doubtful;
	return SV_PARSE_SKIP;
}

static enum sv_parse
sending(struct freeswitch_line *line, struct freeswitch_session *s, struct sv_str rest)
{
	(void)rest;
	if (!line->doubtful)
		tell_out(s);
	return SV_PARSE_SKIP;
}

/** A leg that nobody told about: by how far it came. */
static void
guess_leg(struct freeswitch_session *s, struct sv_str state)
{
	if (s->leg != SV_LEG_UNKNOWN)
		return;
	if (str_eq(state, SV_STR("CS_CONSUME_MEDIA"))) {
		tell_out(s);
		s->told = false; /* no proof that the address in its name is where */
	} else if (str_eq(state, SV_STR("CS_NEW")) ||
		   str_eq(state, SV_STR("CS_EXECUTE"))) {
		s->leg = SV_LEG_IN;
	}
}

/** " [CS_EXECUTE] [USER_BUSY]" */
static enum sv_parse
hangup(struct freeswitch_line *line, struct freeswitch_session *s, struct sv_str rest)
{
	struct freeswitch_state *st = line->state;
	struct sv_str state, cause;
	struct sv_event ev;

	if (!str_starts(rest, SV_STR("[")) ||
	    !freeswitch_take(&rest, "[", "] [", &state) ||
	    !freeswitch_take(&rest, "", "]", &cause) || s->hung)
		return SV_PARSE_SKIP;
	if (!line->doubtful)
		s->hung = s->calls <= 1;
	guess_leg(s, state);
	if (s->answered)
		return SV_PARSE_SKIP;
	if (s->leg == SV_LEG_IN && str_eq(state, SV_STR("CS_NEW"))) {
		if (!str_eq(cause, SV_STR("CALL_REJECTED")))
			return SV_PARSE_SKIP;
		/* refused before the dialplan: the password, or an ACL */
		freeswitch_end_fill(line, s, FREESWITCH_HANGUP, &ev);
		ev.outcome = SV_REJECTED;
		ev.code = 403;
		ev.q850 = 21;
		return freeswitch_emit(line, &ev);
	}
	if (s->leg != SV_LEG_IN || !st->has_debug || s->code)
		return freeswitch_end_now(line, s, cause);
	return freeswitch_end_later(line, s, cause);
}

static enum sv_parse
closed(struct freeswitch_line *line, struct freeswitch_session *s, struct sv_str rest)
{
	(void)rest;
	if (line->doubtful)
		return SV_PARSE_SKIP;
	bool told = freeswitch_end_release(line, s);
	if (s->calls > 1) {
		s->calls--;
		s->hung = false;
	} else {
		s->calls = 0;
	}
	return told ? SV_PARSE_EVENT : SV_PARSE_SKIP;
}

static enum sv_parse
abandoned(struct freeswitch_line *line, struct freeswitch_session *s,
	  struct sv_str rest)
{
	struct sv_event ev;

	(void)rest;
	freeswitch_end_fill(line, s, FREESWITCH_ABANDONED, &ev);
	ev.outcome = SV_ABANDONED;
	ev.leg = SV_LEG_IN;
	ev.code = 407;
	s->hung = true;
	return freeswitch_emit(line, &ev);
}

/** What stands around the channel's name. */
static const struct row {
	struct sv_str file, head, tail;
	enum sv_parse (*take)(struct freeswitch_line *line,
			      struct freeswitch_session *session, struct sv_str rest);
} rows[] = {
#define TEXT(s)                    \
	{                          \
		(s), sizeof(s) - 1 \
	}
	{ TEXT("sofia.c"), TEXT(""), TEXT(" receiving invite from "), receiving },
	{ TEXT("sofia_glue.c"), TEXT(""), TEXT(" sending invite "), sending },
	{ TEXT("sofia.c"), TEXT("Channel "), TEXT(" entering state "), entering },
	{ TEXT("mod_sofia.c"), TEXT(""), TEXT(" Overriding SIP cause "), overriding },
	{ TEXT(""), TEXT("Channel ["), TEXT("] has been answered"), answered },
	{ TEXT(""), TEXT("Hangup "), TEXT(" ["), hangup },
	{ TEXT("switch_core_session.c"), TEXT("Close Channel "), TEXT(" ["), closed },
	{ TEXT("switch_core_state_machine.c"), TEXT(""), TEXT(" Abandoned"),
	  abandoned },
};

enum sv_parse
freeswitch_call_message(struct freeswitch_line *line,
			struct freeswitch_session *session, struct sv_str head,
			struct sv_str tail)
{
	if (head.len > FREESWITCH_UUID && freeswitch_is_uuid(head))
		head = str_from(head, FREESWITCH_UUID + 1); /* "UUID NAME Abandoned" */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!str_eq(head, rows[i].head) || !str_starts(tail, rows[i].tail) ||
		    (rows[i].file.len && !str_eq(line->file, rows[i].file)))
			continue;
		size_t used = rows[i].tail.len;
		if (rows[i].tail.ptr[used - 1] == '[')
			used--; /* the bracket belongs to what follows */
		return rows[i].take(line, session, str_from(tail, used));
	}
	return SV_PARSE_SKIP;
}

/** Where lines have no uuid: the call whose name stands between this row's marks. */
static struct freeswitch_session *
session_by_name(struct freeswitch_line *line, const struct row *row, size_t *ret_at,
		size_t *ret_len)
{
	struct sv_str m = line->message;

	if (!str_starts(m, row->head))
		return NULL;
	for (size_t from = row->head.len;;) {
		size_t at = str_find(str_from(m, from), row->tail);
		if (at == STR_NONE)
			return NULL;
		struct sv_str name =
			str_make(m.ptr + row->head.len, from + at - row->head.len);
		struct freeswitch_session *s = freeswitch_session_find(
			line->state, freeswitch_session_key(name));
		if (s && s->name == str_hash(name, 0)) {
			*ret_at = row->head.len;
			*ret_len = name.len;
			return s;
		}
		from += at + 1;
	}
}

static enum sv_parse
parse_without_uuid(struct freeswitch_line *line)
{
	size_t at, len;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].file.len && !str_eq(line->file, rows[i].file))
			continue;
		struct freeswitch_session *s =
			session_by_name(line, &rows[i], &at, &len);
		if (s)
			return freeswitch_call_message(
				line, s, str_upto(line->message, at),
				str_from(line->message, at + len));
	}
	return SV_PARSE_SKIP;
}

/** "Responding to INVITE with: 486": it has no name. */
static enum sv_parse
responding(struct freeswitch_line *line, struct sv_str rest)
{
	struct freeswitch_session *s = freeswitch_session_find(
		line->state, freeswitch_session_key(line->uuid));
	uint64_t code;

	if (!s || line->doubtful || str_take_u64(rest, &code) == 0 || code < 300 ||
	    code > 999)
		return SV_PARSE_SKIP;
	s->code = (uint16_t)code;
	return freeswitch_end_release(line, s) ? SV_PARSE_EVENT : SV_PARSE_SKIP;
}

/** "Processing Name <1000>->7486 in context default" */
static enum sv_parse
processing(struct freeswitch_line *line, struct freeswitch_session *s)
{
	size_t at = str_find_last(line->message, SV_STR(">->")),
	       end = str_find_last(line->message, SV_STR(" in context "));

	if (at != STR_NONE && end != STR_NONE && at + 3 <= end)
		freeswitch_claim_set(
			&s->dst, str_make(line->message.ptr + at + 3, end - at - 3));
	return SV_PARSE_SKIP;
}

enum sv_parse
freeswitch_call_parse(struct freeswitch_line *line)
{
	struct freeswitch_state *st = line->state;
	struct sv_str m = line->message;
	struct freeswitch_session *s;

	if (str_starts(m, SV_STR("New Channel sofia/")))
		return freeswitch_call_new(line);
	if (!line->uuid.len)
		return parse_without_uuid(line);
	s = freeswitch_session_find(st, freeswitch_session_key(line->uuid));
	if (!s)
		return SV_PARSE_SKIP;
	if (st->n_tainted && !line->whole && freeswitch_name_piece(line, s))
		return SV_PARSE_SKIP;
	if (str_starts(m, SV_STR("Responding to INVITE with: "))) {
		st->has_debug = true;
		return responding(line, str_from(m, 27));
	}
	if (str_starts(m, SV_STR("Processing ")))
		return processing(line, s);
	/* the name is known: what stands around it needs no guess */
	size_t at = str_find(m, SV_STR("sofia/"));
	if (at == STR_NONE || s->name_len > m.len - at ||
	    str_hash(str_make(m.ptr + at, s->name_len), 0) != s->name)
		return SV_PARSE_SKIP;
	return freeswitch_call_message(line, s, str_upto(m, at),
				       str_from(m, at + s->name_len));
}

enum sv_parse
freeswitch_call_execute(struct freeswitch_line *line)
{
	struct sv_str m = str_trim(line->message);
	size_t at = str_find(m, SV_STR(" bridge("));

	if (at != STR_NONE && str_ends(m, SV_STR(")"))) {
		struct sv_str data = str_from(m, at + 8);
		freeswitch_dial_add(line->state, str_upto(data, data.len - 1));
	}
	return SV_PARSE_SKIP;
}
