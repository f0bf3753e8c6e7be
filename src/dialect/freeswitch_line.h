/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the FreeSWITCH dialect: one log line with its prefix taken apart, the state
 * of a stream, and what the files of the dialect offer each other.
 *
 *   freeswitch.c           which lines are looked at, and by whom
 *   freeswitch_prefix.c    uuid, date, level, source file
 *   freeswitch_json.c      entries as JSON objects
 *   freeswitch_doubt.c     could the other side have written this line?
 *   freeswitch_name.c      channel names with line breaks: their records skipped whole
 *   freeswitch_dump.c      siptrace dumps: skipped by their length
 *   freeswitch_match.c     templates, events
 *   freeswitch_auth.c      refused registrations and calls, mod_fail2ban
 *   freeswitch_fold.c      an event that waits for the next line
 *   freeswitch_gateway.c   our own registrations, reachability
 *   freeswitch_session.c   the table of calls
 *   freeswitch_call.c      what the lines of a call tell
 *   freeswitch_end.c       how it ended
 *
 * Everything is borrowed: a line dies with the record it was read from.
 */
#pragma once

#include "base/text.h"
#include "dialect/freeswitch_templates.h"

#include <sipvigil/dialect.h>

#define FREESWITCH_UUID ((size_t)36)
/** A record is no longer than the SIP message that it quotes. */
#define FREESWITCH_RECORD_MAX ((uint64_t)65536)
#define FREESWITCH_PREV_MAX 320
#define FREESWITCH_SESSIONS 2048 /* sets of FREESWITCH_WAYS */
#define FREESWITCH_WAYS 8
#define FREESWITCH_DIALS 32
#define FREESWITCH_CLOSING 32
#define FREESWITCH_GATEWAYS 128
#define FREESWITCH_NAME_MAX 64
#define FREESWITCH_CLAIM_MAX 40
#define FREESWITCH_EVIDENCE_MAX 240
#define FREESWITCH_CURSOR_MAX 200

/** Level words, as bits so that a row can list several. */
enum freeswitch_level {
	FS_CONSOLE = 1 << 0,
	FS_ALERT = 1 << 1,
	FS_CRIT = 1 << 2,
	FS_ERR = 1 << 3,
	FS_WARNING = 1 << 4,
	FS_NOTICE = 1 << 5,
	FS_INFO = 1 << 6,
	FS_DEBUG = 1 << 7,
};

struct freeswitch_name {
	uint8_t len;
	char text[FREESWITCH_NAME_MAX];
};

struct freeswitch_claim {
	uint8_t len;
	char text[FREESWITCH_CLAIM_MAX];
};

/** A line of its own record for an event that goes out later. */
struct freeswitch_evidence {
	sv_usec time;
	enum sv_time_source time_source;
	uint64_t line;
	uint16_t text_len, cursor_len;
	char text[FREESWITCH_EVIDENCE_MAX];
	char cursor[FREESWITCH_CURSOR_MAX];
};

/** A call leg, by its uuid, or by its channel's name where lines have no uuid. */
struct freeswitch_session {
	uint64_t key;  /* 0 = free */
	uint64_t uuid; /* hash of the uuid, 0 = not told */
	uint64_t
		name; /* hash of the channel's name, of its first line if it has many */
	uint64_t last; /* hash of the name's last line */
	uint32_t name_len, last_len, more_lines;
	uint32_t age;
	uint32_t calls; /* of this name, where lines have no uuid */
	uint16_t port, code;
	uint8_t leg;   /* enum sv_leg */
	bool sure;     /* the name was read from a line that is no forgery */
	bool mixed;    /* two calls of this name came from two addresses */
	bool answered; /* by us or by them */
	bool relayed;  /* the code is the other leg's */
	bool hung;     /* its end was told */
	bool told;     /* that we called, and so the contact is where */
	uint16_t contact_port;
	struct sv_ip ip, contact;
	struct freeswitch_name peer;
	struct freeswitch_claim user, dst;
};

/** bridge() was called for this user or number: the channel that follows is its leg. */
struct freeswitch_dial {
	uint64_t number; /* hash of what the new channel is called, 0 = free */
	uint32_t age;
	struct freeswitch_name peer;
};

/** The end of a call that waits for the code that was sent. */
struct freeswitch_closing {
	bool used;
	uint64_t key; /* the session's */
	uint32_t age;
	uint16_t q850;
	uint8_t outcome; /* by its cause, enum sv_outcome */
	bool doubtful;
	struct freeswitch_evidence evidence;
};

struct freeswitch_gateway {
	uint64_t name; /* hash, 0 = free */
	uint32_t age;
	bool trying; /* "Registering" came */
	bool failed; /* … and a refusal since */
	bool down;   /* the last attempt that is over was refused */
	bool unreachable;
};

/** An event of one line that may go on in the next, which then begins with a blank. */
struct freeswitch_folded {
	bool used;
	bool complete; /* its address was read */
	uint8_t mark;  /* enum freeswitch_mark: what stands before the address */
	bool doubtful; /* the address in `trusted` is not */
	uint32_t template_id;
	uint8_t outcome, leg, method;
	uint16_t code, port;
	struct sv_ip ip, trusted;
	struct freeswitch_claim user, dst, phrase;
	uint64_t session, text_hash;
	struct freeswitch_evidence evidence;
};

/** What the lines to come are, when they are not records of their own. */
enum freeswitch_region {
	REGION_NONE,
	REGION_NAME,  /* a new channel's name goes on up to its uuid */
	REGION_PIECE, /* a name that is known to have so many lines */
	REGION_DUMP,  /* a SIP message */
};

struct freeswitch_region_state {
	enum freeswitch_region kind;
	uint64_t bytes; /* since its first line */
	/* REGION_NAME, REGION_PIECE */
	uint64_t key;
	char uuid[FREESWITCH_UUID];
	uint32_t lines; /* read so far, or still to come */
	unsigned level;
	uint16_t head_len; /* of first[]: what stands before the name */
	uint16_t first_len, date_at, date_len;
	char first[256];
	/* REGION_DUMP */
	bool started, doubtful;
	uint64_t length;
	uint32_t dump_lines;
	struct sv_ip ip;
};

enum freeswitch_prev {
	PREV_CLOSED,  /* it was complete: nothing of it follows */
	PREV_SESSION, /* a call's line in prev[], not looked at yet */
	PREV_OPEN,    /* what follows may still be text of it */
};

struct freeswitch_state {
	bool has_uuids;     /* lines of calls begin with their uuid */
	bool no_uuids;      /* they do not */
	bool has_debug;     /* and codes sent are told */
	bool has_dates;     /* it is no file of mod_fail2ban */
	bool torn;          /* records of the transport are single lines */
	uint8_t coloured;   /* lines that began with a colour */
	uint32_t clock;     /* counts entries of tables, for their age */
	uint32_t n_tainted; /* names with line breaks were seen */

	/* the line before */
	enum freeswitch_prev prev_kind;
	bool prev_spoiled; /* a line came that does not fit the clock */
	bool prev_foreign; /* the line before had no date: its last words are theirs */
	bool prev_own_closes;
	uint64_t prev_session;
	uint64_t prev_moment;
	uint64_t prev_missed; /* a stamp that may only have been late */
	uint64_t prev_bytes, prev_limit, suspect_bytes;
	struct sv_ip prev_ip;
	uint32_t prev_len;
	char prev[FREESWITCH_PREV_MAX];
	char prev_uuid[FREESWITCH_UUID];
	uint64_t moment;   /* of the last line that is no forgery */
	uint64_t steady;   /* … that kept the clock's phase */
	uint32_t unsteady; /* lines since that did not */
	uint64_t new_name; /* a channel whose name the next line proves */

	/* who called last: its refusal names the number dialled alone */
	struct sv_ip caller_ip;
	struct freeswitch_claim caller;

	struct freeswitch_region_state region;
	struct freeswitch_folded folded;
	struct freeswitch_dial dials[FREESWITCH_DIALS];
	struct freeswitch_closing closing[FREESWITCH_CLOSING];
	struct freeswitch_gateway gateways[FREESWITCH_GATEWAYS];
	struct freeswitch_session sessions[FREESWITCH_SESSIONS];
};

struct freeswitch_line {
	struct sv_parse_context *ctx;
	struct freeswitch_state *state;
	const struct sv_record *record;
	struct sv_str text; /* without colours */
	struct sv_str uuid; /* empty if it has none */
	struct sv_str date; /* empty if it has none */
	struct sv_str file; /* source file */
	struct sv_str message;
	enum freeswitch_level level;
	uint64_t moment; /* the date as a number, for comparing; 0 = none */
	bool coloured;
	bool matched;         /* one of the known messages */
	bool whole;           /* line breaks inside belong to the message */
	bool unproved;        /* its place is in reach of the other side … */
	bool doubtful;        /* … which may have written it about somebody else */
	struct sv_ip trusted; /* but nobody would forge his own address */
};

/* freeswitch_prefix.c */

/** Take the prefix apart. False: neither date nor uuid stands in front. */
bool freeswitch_prefix_read(struct freeswitch_line *line);
/** "c84c53cc-d809-40fe-8ade-e7327f5a724f" at the start. */
bool freeswitch_is_uuid(struct sv_str text);
/** "2026-11-22 20:25:24.884521" at the start as a number of µs that grows with time, 0:
 *  it is no such stamp. Not a time: for comparing alone. */
uint64_t freeswitch_moment(struct sv_str s);
struct sv_str freeswitch_skip_colour(struct sv_str s);

/* freeswitch_json.c */

#define FREESWITCH_JSON_STAMP 32
/** What a JSON entry is undone into; lives as long as its line. */
struct freeswitch_json {
	char text[16384], stamp[FREESWITCH_JSON_STAMP];
};
bool freeswitch_json_probe(struct sv_str text);
/** Fill the line from an object. False: malformed, or too long. */
bool freeswitch_json_read(struct freeswitch_line *line, struct freeswitch_json *room);

/* freeswitch_doubt.c */

/** Sets line->doubtful and remembers the line as the one before the next. */
void freeswitch_doubt(struct freeswitch_line *line);
/** A call's line that tells nothing more: remembered, looked at when it matters. */
void freeswitch_doubt_chatter(struct freeswitch_state *state, struct sv_str text);
/** A call's line without date: its last words are the caller's. */
void freeswitch_doubt_undated(struct freeswitch_state *state, struct sv_str uuid);
/** What follows is in doubt for so many bytes. */
void freeswitch_doubt_open(struct freeswitch_line *line, const struct sv_ip *ip,
			   uint64_t limit);
/** Settles whether the line before was complete. */
void freeswitch_doubt_look(struct freeswitch_state *state);
/** Nothing of an earlier line follows any more. */
void freeswitch_doubt_close(struct freeswitch_state *state);
/** Could `moment` be the next stamp of the clock that gave `before`? */
bool freeswitch_doubt_fits(uint64_t before, uint64_t moment);

/* freeswitch_name.c */

/** A new channel whose name does not end in this line. */
void freeswitch_name_open(struct freeswitch_line *line);
/** A line of a call whose name has line breaks. True: it goes on in the next lines. */
bool freeswitch_name_piece(struct freeswitch_line *line,
			   const struct freeswitch_session *session);
/** A line while such a region is open. False: the region is over, and this is another
 *  line. */
bool freeswitch_name_feed(struct freeswitch_line *line, enum sv_parse *ret_result);

/* freeswitch_dump.c */

/** "recv 448 bytes from udp/[192.0.2.1]:5060 at 16:17:45.699150:". True: a region was
 *  opened. */
bool freeswitch_dump_open(struct freeswitch_line *line);
/** A line while a dump is open. False: the dump is over and this is another line. */
bool freeswitch_dump_feed(struct freeswitch_line *line);

/* freeswitch_match.c */

/** An event with the line's hints and nothing else. */
void freeswitch_begin(const struct freeswitch_line *line, uint32_t template_id,
		      struct sv_event *event);
enum sv_parse freeswitch_emit(struct freeswitch_line *line, struct sv_event *event);
/** The text between two marks, both of which must be there: `before` at the start,
 *  `after` at its first occurrence, which is taken off too. */
bool freeswitch_take(struct sv_str *text, const char *before, const char *after,
		     struct sv_str *ret_between);
struct sv_str freeswitch_claim(struct sv_str text);
uint64_t freeswitch_text_hash(struct sv_str message);
/** What ties the lines about one address's request together; never 0. */
uint64_t freeswitch_tie(const struct sv_ip *ip);
void freeswitch_time(struct freeswitch_line *line, struct sv_event *event);
void freeswitch_evidence_set(struct freeswitch_line *line,
			     struct freeswitch_evidence *evidence);
/** Makes it the event's record; the text is borrowed from `evidence`. */
void freeswitch_evidence_use(const struct freeswitch_evidence *evidence,
			     struct sv_event *event);
void freeswitch_name_set(struct freeswitch_name *name, struct sv_str text);
struct sv_str freeswitch_name_get(const struct freeswitch_name *name);
void freeswitch_claim_set(struct freeswitch_claim *claim, struct sv_str text);
struct sv_str freeswitch_claim_get(const struct freeswitch_claim *claim);

/* freeswitch_auth.c */

enum sv_parse freeswitch_auth_parse(struct freeswitch_line *line);
enum sv_parse freeswitch_fusionpbx_parse(struct freeswitch_line *line);
bool freeswitch_fail2ban_probe(struct sv_str text);
enum sv_parse freeswitch_fail2ban_parse(struct freeswitch_line *line);

/* freeswitch_fold.c */

/** Marks in front of an address that ends its line. */
enum freeswitch_mark { MARK_FROM_IP, MARK_FROM, MARK_IP };
/** `rest` is what follows the user's opening bracket. The event goes out with the next
 *  line, or at once where a record is whole. */
enum sv_parse freeswitch_fold_begin(struct freeswitch_line *line,
				    struct sv_event *event, enum freeswitch_mark mark,
				    struct sv_str rest);
/** True: the line is the rest of the one that waits. */
bool freeswitch_fold_feed(struct freeswitch_line *line);
void freeswitch_fold_flush(struct sv_parse_context *ctx);

/* freeswitch_gateway.c */

/** SV_PARSE_SKIP: the line is about none. */
enum sv_parse freeswitch_gateway_parse(struct freeswitch_line *line);

/* freeswitch_session.c */

struct freeswitch_session *freeswitch_session_find(struct freeswitch_state *state,
						   uint64_t key);
/** A new one in place of the oldest of its set. */
struct freeswitch_session *freeswitch_session_new(struct freeswitch_state *state,
						  uint64_t key);
uint64_t freeswitch_session_key(struct sv_str s);
void freeswitch_dial_add(struct freeswitch_state *state, struct sv_str data);
/** The dialled peer that this new channel belongs to, NULL if none. */
const struct freeswitch_dial *freeswitch_dial_take(struct freeswitch_state *state,
						   struct sv_str number);

/* freeswitch_call.c */

/** "New Channel NAME [uuid]". */
enum sv_parse freeswitch_call_new(struct freeswitch_line *line);
enum sv_parse freeswitch_call_parse(struct freeswitch_line *line);
/** A line of a session with what stands before and behind the channel's name. */
enum sv_parse freeswitch_call_message(struct freeswitch_line *line,
				      struct freeswitch_session *session,
				      struct sv_str head, struct sv_str tail);
/** "EXECUTE [depth=0] CHANNEL bridge(…)". */
enum sv_parse freeswitch_call_execute(struct freeswitch_line *line);

/* freeswitch_end.c */

/** Who it was, as far as the session's lines told. */
void freeswitch_end_fill(struct freeswitch_line *line,
			 const struct freeswitch_session *session, uint32_t template_id,
			 struct sv_event *event);
enum sv_parse freeswitch_end_now(struct freeswitch_line *line,
				 const struct freeswitch_session *session,
				 struct sv_str cause);
/** The code that is sent will be told. */
enum sv_parse freeswitch_end_later(struct freeswitch_line *line,
				   const struct freeswitch_session *session,
				   struct sv_str cause);
/** The code is known, or will not come. False: nothing waited. */
bool freeswitch_end_release(struct freeswitch_line *line,
			    const struct freeswitch_session *session);
void freeswitch_end_flush(struct sv_parse_context *ctx);
