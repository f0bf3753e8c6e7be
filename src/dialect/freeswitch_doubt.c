/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Could the other side have written this line?
 *
 * A caller can put line breaks into what FreeSWITCH prints about his call: the user of
 * his From header is decoded into the channel's name, and mod_logfile makes line breaks
 * out of "\n" in any text of a call. What follows such a break stands at the beginning
 * of a line and may look like any line at all. But it is written together with the rest
 * of its record, so it stands directly behind a line of that call. Hence a line is
 * doubted only if the one before is a call's line that may not be complete, and then
 * these prove it genuine:
 *
 *  - the uuid of another call, which no caller can know;
 *  - its stamp: FreeSWITCH takes it from a clock that moves every 20 ms, to the
 *    microsecond, so the next genuine stamp is the same or whole steps later. A forger
 *    has one guess in a hundred or more, and only the first line behind the break, or
 *    the second if the first was close, gets one.
 *
 * And a line that blames the address which the call came from is no lie about others.
 */
#include "dialect/freeswitch_line.h"

#include <stdlib.h>

#define TICK_USEC 20000
#define TICK_SLACK_USEC 60
/** … where a caller's guess would do harm and other proofs are plenty. */
#define TICK_NARROW_USEC 20
/** The clock never ran backwards by more. */
#define BACKWARD_USEC 1000
/** No load makes the clock that late: a stamp that is so far off was made up. */
#define TICK_GROSS_USEC 2000
/** For so many bytes behind one, where lines have no uuid, stamps prove nothing. */
#define SUSPECT_BYTES (4 * FREESWITCH_RECORD_MAX)
/** Stamps that far apart are no neighbours. */
#define TICKS_USEC ((uint64_t)3600 * 1000000)
/** Lines with a colour after which a stream is a console that has them. */
#define COLOURED_SURE 8

static bool
fits(uint64_t before, uint64_t moment, uint64_t slack_usec)
{
	if (before == 0 || moment == 0 || moment + slack_usec < before ||
	    moment > before + TICKS_USEC)
		return false;
	return (moment + slack_usec - before) % TICK_USEC <= 2 * slack_usec;
}

bool
freeswitch_doubt_fits(uint64_t before, uint64_t moment)
{
	return fits(before, moment, TICK_SLACK_USEC);
}

/** A genuine stamp. A tick that came late is followed by one on time: the steady phase
 *  is kept until three others in a row disagree with it. */
static void
learn_clock(struct freeswitch_state *st, uint64_t moment)
{
	if (moment == 0 || moment == st->moment)
		return;
	st->moment = moment;
	if (fits(st->steady, moment, TICK_SLACK_USEC) || ++st->unsteady >= 3) {
		st->steady = moment;
		st->unsteady = 0;
	}
}

/** By the stamp before, or by the steady ones before that. */
static bool
fits_clock(const struct freeswitch_state *st, uint64_t moment, uint64_t slack_usec)
{
	return fits(st->prev_moment, moment, slack_usec) ||
	       (moment + slack_usec >= st->prev_moment &&
		fits(st->steady, moment, slack_usec));
}

/** Files of FreeSWITCH that print of a call nothing but its channel's name. */
static bool
is_plain_file(struct sv_str file)
{
	return str_eq(file, SV_STR("switch_core_state_machine.c")) ||
	       str_eq(file, SV_STR("switch_core_session.c"));
}

/** Messages of other files of which the same is true. */
static bool
is_plain_message(struct sv_str m)
{
	static const char *const plain[] = {
		"New Channel sofia/",  "Hangup sofia/", "Channel sofia/",
		"Channel is already ", "Responding ",   "Parsing ",
		"Originate Resulted "
	};

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (str_starts(m, str_of(plain[i])))
			return true;
	return false;
}

/** "receiving invite": only its Call-ID is foreign, in which breaks come without uuid. */
static bool
is_invite(struct sv_str m)
{
	return str_find(m, SV_STR(" receiving invite from ")) != STR_NONE;
}

/** The channel's name in a plain message, by what stands around it. */
static struct sv_str
plain_name(struct sv_str m)
{
	size_t at = str_find(m, SV_STR("sofia/")), end = STR_NONE;
	static const char *const behind[] = {
		") State ",   ") Running State ", ") Callstate ",
		") Ended",    ") Locked",         " [CS_",
		" Standard ", " entering state ", " hanging up, cause: "
	};

	if (at == STR_NONE)
		return (struct sv_str){ 0 };
	m = str_from(m, at);
	for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]) && end == STR_NONE;
	     i++)
		end = str_find_last(m, str_of(behind[i]));
	if (end == STR_NONE)
		return (struct sv_str){ 0 };
	return str_upto(m, end);
}

/** Does the message hold nothing that breaks could be in? */
static bool
is_complete(struct freeswitch_state *st, const struct freeswitch_line *line)
{
	struct sv_str name;
	const struct freeswitch_session *session;

	if (!is_plain_file(line->file) && !is_plain_message(line->message))
		return false;
	if (line->uuid.len) {
		session =
			freeswitch_session_find(st, freeswitch_session_key(line->uuid));
		return session && session->sure && session->more_lines == 0;
	}
	name = plain_name(line->message);
	session = name.len ? freeswitch_session_find(st, freeswitch_session_key(name))
			   : NULL;
	return session && session->sure;
}

/** Who the call of a line is: for "nobody would forge his own address". */
static const struct freeswitch_session *
session_of(struct freeswitch_state *st, const struct freeswitch_line *line)
{
	if (line->uuid.len)
		return freeswitch_session_find(st, freeswitch_session_key(line->uuid));
	size_t at = str_find(line->message, SV_STR(" receiving invite from "));
	if (at == STR_NONE)
		return NULL;
	return freeswitch_session_find(
		st, freeswitch_session_key(str_upto(line->message, at)));
}

/** Settles what kind of line the one before was. */
static void
judge_prev(struct freeswitch_state *st, const struct freeswitch_line *prev)
{
	const struct freeswitch_session *session = session_of(st, prev);

	st->prev_moment = prev->moment ? prev->moment : st->moment;
	st->prev_session = session ? session->key : 0;
	st->prev_ip = session && session->ip.family ? session->ip : (struct sv_ip){ 0 };
	st->prev_own_closes = session && session->sure && !st->prev_foreign &&
			      is_invite(prev->message);
	st->prev_kind =
		!st->prev_foreign && is_complete(st, prev) ? PREV_CLOSED : PREV_OPEN;
	st->prev_spoiled = false;
	st->prev_missed = 0;
	st->prev_bytes = 0;
	st->prev_limit = FREESWITCH_RECORD_MAX;
	learn_clock(st, prev->moment);
}

void
freeswitch_doubt_look(struct freeswitch_state *st)
{
	struct freeswitch_line prev = { .state = st };

	if (st->prev_kind != PREV_SESSION)
		return;
	prev.text = str_make(st->prev, st->prev_len < FREESWITCH_PREV_MAX
					       ? st->prev_len
					       : FREESWITCH_PREV_MAX);
	if (!freeswitch_prefix_read(&prev)) {
		st->prev_kind = PREV_OPEN;
		return;
	}
	if (st->prev_foreign) {
		prev.uuid = str_make(st->prev_uuid, FREESWITCH_UUID);
		if (!freeswitch_is_uuid(prev.uuid))
			prev.uuid = (struct sv_str){ 0 };
	}
	if (st->prev_len > FREESWITCH_PREV_MAX)
		st->prev_foreign = true;
	judge_prev(st, &prev);
	st->prev_foreign = false;
}

/** "detaching session UUID" of a call that is known. (Where lines have no uuid, anybody
 *  may have announced that call.) */
static bool
names_known_call(struct freeswitch_state *st, const struct freeswitch_line *line)
{
	struct sv_str m = line->message;
	const struct freeswitch_session *session;

	if (!st->has_uuids || m.len < FREESWITCH_UUID + 8 ||
	    (!str_starts(m, SV_STR("detaching session ")) &&
	     !str_starts(m, SV_STR("Re-attaching to session "))))
		return false;
	struct sv_str uuid = str_from(m, m.len - FREESWITCH_UUID);
	if (!freeswitch_is_uuid(uuid))
		return false;
	session = freeswitch_session_find(st, freeswitch_session_key(uuid));
	return session && session->sure;
}

/** Is this line proved genuine, although the one before may not be complete? */
static bool
is_proved(struct freeswitch_state *st, const struct freeswitch_line *line)
{
	if (st->coloured >= COLOURED_SURE && !line->coloured)
		return false;
	bool own = false;
	if (line->uuid.len) {
		uint64_t key = freeswitch_session_key(line->uuid);
		const struct freeswitch_session *session =
			freeswitch_session_find(st, key);
		own = key == st->prev_session;
		if (session && session->sure && (!own || st->prev_own_closes))
			return true;
	} else if (names_known_call(st, line)) {
		return true;
	}
	if (st->prev_spoiled || (st->suspect_bytes && !st->has_uuids))
		return false;
	return fits_clock(st, line->moment,
			  own || !st->has_uuids ? TICK_SLACK_USEC : TICK_NARROW_USEC);
}

void
freeswitch_doubt_close(struct freeswitch_state *st)
{
	st->prev_kind = PREV_CLOSED;
	st->prev_spoiled = false;
	st->prev_missed = 0;
	st->prev_foreign = false;
}

/** Keep what is needed to look at this line when the next one comes. */
static void
keep_as_prev(struct freeswitch_state *st, struct sv_str text)
{
	st->prev_len = text.len > UINT32_MAX ? UINT32_MAX : (uint32_t)text.len;
	memcpy(st->prev, text.ptr,
	       text.len < FREESWITCH_PREV_MAX ? text.len : FREESWITCH_PREV_MAX);
	st->prev_kind = PREV_SESSION;
	st->prev_foreign = false;
}

/** Where lines of calls have no uuid, they are told by what they say, or by what their
 *  source file does: names, numbers and variables of a call stand in its lines. */
static bool
may_be_of_a_call(const struct freeswitch_line *line)
{
	static const char *const files[] = { "switch_ivr",  "switch_core_media",
					     "switch_chan", "switch_cpp",
					     "sofia_glue",  "sofia_media",
					     "sofia_pres",  "mod_d",
					     "mod_lua",     "mod_v8",
					     "mod_httapi",  "mod_conference",
					     "mod_voice",   "mod_callcenter",
					     "mod_fifo",    "mod_hash" };

	if (str_find(line->message, SV_STR("sofia/")) != STR_NONE ||
	    str_ends(line->message, SV_STR("SDP:")))
		return true;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (str_starts(line->file, str_of(files[i])))
			return true;
	return false;
}

/**
 * Is what was open over, by its size? A record of a call has no size that is told, only
 * a greatest one, and another may have begun meanwhile. So when one that is in doubt had
 * its time, the next stamp decides, once, and else the one after as many bytes again.
 */
static bool
is_over(struct freeswitch_state *st, const struct freeswitch_line *line)
{
	uint64_t size = line->text.len + 1;

	st->suspect_bytes -= st->suspect_bytes < size ? st->suspect_bytes : size;
	if (st->prev_bytes <= st->prev_limit) {
		st->prev_bytes += size;
		return false;
	}
	st->prev_bytes = 0;
	return st->prev_limit < FREESWITCH_RECORD_MAX ||
	       ((st->has_uuids || !st->suspect_bytes) &&
		fits_clock(st, line->moment, TICK_NARROW_USEC));
}

/** Do lines of calls begin with their uuid? A new channel tells, once and for all until
 *  the writer pauses. */
static void
learn_uuids(struct freeswitch_state *st, const struct freeswitch_line *line)
{
	if (line->uuid.len) {
		st->has_uuids |= !st->no_uuids;
	} else if (str_starts(line->message, SV_STR("New Channel sofia/"))) {
		st->has_uuids = false;
		st->no_uuids = true;
	}
}

void
freeswitch_doubt(struct freeswitch_line *line)
{
	struct freeswitch_state *st = line->state;
	struct freeswitch_session *session =
		line->uuid.len ? freeswitch_session_find(
					 st, freeswitch_session_key(line->uuid))
			       : NULL;

	freeswitch_doubt_look(st);
	if (st->no_uuids && line->uuid.len) {
		line->unproved = line->doubtful = true; /* no line has one */
		return;
	}
	if (st->prev_kind == PREV_OPEN && !is_over(st, line) && !is_proved(st, line)) {
		/* a call's own line tells of that call alone, whoever wrote it */
		line->unproved = true;
		line->doubtful = !session;
		if (st->has_uuids)
			line->trusted = st->prev_ip;
		st->new_name = 0;
		bool gross = !fits_clock(st, line->moment, TICK_GROSS_USEC);
		/* one late tick is forgiven */
		st->prev_spoiled |=
			gross || (st->prev_missed && st->prev_missed != line->moment);
		st->prev_missed = line->moment;
		if (gross)
			st->suspect_bytes = SUSPECT_BYTES;
		return;
	}
	if (session)
		session->sure = true; /* its uuid stands where only FreeSWITCH writes */
	if (st->new_name) {
		struct freeswitch_session *made =
			freeswitch_session_find(st, st->new_name);
		if (made && freeswitch_doubt_fits(st->moment, line->moment))
			made->sure = true;
		st->new_name = 0;
	}
	if (line->moment && !line->uuid.len &&
	    line->moment + BACKWARD_USEC < st->moment)
		line->doubtful = true; /* or the clock was set: the next one fits */
	learn_clock(st, line->moment);
	if (line->coloured && st->coloured < COLOURED_SURE)
		st->coloured++;
	learn_uuids(st, line);
	if (line->uuid.len || (!st->has_uuids && may_be_of_a_call(line)))
		keep_as_prev(st, line->text);
	else
		freeswitch_doubt_close(st);
}

void
freeswitch_doubt_chatter(struct freeswitch_state *st, struct sv_str text)
{
	keep_as_prev(st, text);
}

void
freeswitch_doubt_undated(struct freeswitch_state *st, struct sv_str uuid)
{
	if (st->prev_kind == PREV_OPEN)
		return; /* it cannot close what is open, and adds nothing */
	if (st->prev_kind == PREV_SESSION) {
		if (uuid.len)
			memcpy(st->prev_uuid, uuid.ptr, FREESWITCH_UUID);
		else
			memset(st->prev_uuid, 0, FREESWITCH_UUID);
		st->prev_foreign = true;
		return;
	}
	st->prev_moment = st->moment;
	st->prev_session = uuid.len ? freeswitch_session_key(uuid) : 0;
	st->prev_ip = (struct sv_ip){ 0 };
	st->prev_own_closes = false;
	st->prev_spoiled = false;
	st->prev_missed = 0;
	st->prev_bytes = 0;
	st->prev_limit = FREESWITCH_RECORD_MAX;
	st->prev_kind = PREV_OPEN;
}

void
freeswitch_doubt_open(struct freeswitch_line *line, const struct sv_ip *ip,
		      uint64_t limit)
{
	struct freeswitch_state *st = line->state;

	freeswitch_doubt_look(st);
	st->prev_kind = PREV_OPEN;
	st->prev_moment = st->moment;
	st->prev_session = 0;
	st->prev_ip = *ip;
	st->prev_own_closes = false;
	st->prev_spoiled = false;
	st->prev_missed = 0;
	st->prev_bytes = 0;
	st->prev_limit = limit;
}
