/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the Asterisk dialect: one log entry with its prefix taken apart, the state
 * of a stream, and what the files of the dialect offer each other.
 *
 *   asterisk.c           which lines are looked at, and by whom
 *   asterisk_prefix.c    date, level, thread, call mark, source file
 *   asterisk_json.c      the same of a [json] file
 *   asterisk_hold.c      text of the other side that spans lines: dumps, line breaks
 *   asterisk_match.c     message templates, events
 *   asterisk_leg.c       the table of legs that are being dialled
 *   asterisk_sip.c, asterisk_pjsip.c, asterisk_call.c, asterisk_dialplan.c,
 *   asterisk_register.c, asterisk_security.c, asterisk_other.c
 *                        what the source files say
 *   asterisk_web.c       what web pages around Asterisk say in files of their own
 *
 * Everything is borrowed: a line dies with the record it was read from.
 */
#pragma once

#include "base/text.h"
#include "dialect/asterisk_templates.h"

#include <sipvigil/dialect.h>

/** The logger cuts an entry here; the next one goes on in the same physical line. */
#define ASTERISK_ENTRY_MAX ((size_t)8191)
/** A pjproject message, packet and all, is no longer than this. */
#define ASTERISK_PACKET_MAX ((size_t)4200)
#define ASTERISK_HOLD_LINES 256
#define ASTERISK_THREADS 256
#define ASTERISK_DOWN 64
#define ASTERISK_LEGS 256
#define ASTERISK_CLOSING 16
#define ASTERISK_DIALS 256
#define ASTERISK_REGISTRATIONS 64
#define ASTERISK_NAME_MAX 64
#define ASTERISK_EVIDENCE_MAX 240
#define ASTERISK_CURSOR_MAX 200

/** Level words, as bits so that a row can list several. */
enum asterisk_level {
	LEVEL_NOTICE = 1 << 0,
	LEVEL_WARNING = 1 << 1,
	LEVEL_ERROR = 1 << 2,
	LEVEL_VERBOSE = 1 << 3,
	LEVEL_SECURITY = 1 << 4,
	LEVEL_OTHER = 1 << 5,
};
#define LEVEL_REFUSAL (LEVEL_NOTICE | LEVEL_WARNING | LEVEL_ERROR)

/** What the lines to come are, when they are not entries of their own. */
enum asterisk_region {
	REGION_NONE,
	REGION_PACKET, /* held: pjproject's dump of a broken packet */
	REGION_CALL,   /* held: behind a rejected call whose number may break lines */
	REGION_RECORD, /* held: an entry whose end has not come */
	REGION_EMPTY,  /* behind an empty message of chan_sip: a banner may follow */
	REGION_READ,   /* skipped: chan_sip, packet received */
	REGION_SENT,   /* skipped: chan_sip, packet sent */
	REGION_COUNT,  /* skipped: PJSIP, so many bytes */
};

struct asterisk_held {
	uint32_t offset, len; /* in bytes[] */
	uint32_t at;          /* bytes of the file since the region's first line */
	uint64_t line;
};

struct asterisk_region_state {
	enum asterisk_region kind;
	uint32_t thread; /* that wrote the first line */
	uint32_t used;   /* bytes since the entry's start, line ends counted */
	uint32_t first;  /* bytes of the entry\'s first line */
	bool based;      /* a line came: base is its place in the file */
	uint64_t base;
	uint32_t limit;  /* where the region ends at the latest */
	uint32_t packet; /* REGION_PACKET: its length if told; REGION_READ: header lines
			  */
	uint32_t cut;    /* REGION_PACKET: where pjproject cuts an entry, roughly */
	uint32_t body;   /* REGION_READ: body lines; REGION_SENT: body bytes to come */
	uint32_t body_end; /* REGION_SENT: where the body ends */
	bool in_body;      /* REGION_READ, REGION_SENT: behind the empty line */
	bool closed;       /* REGION_READ: the end banner was the last line */
	uint32_t n_lines;  /* held */
	uint32_t fill;     /* bytes held */
	struct asterisk_held lines[ASTERISK_HOLD_LINES];
	char bytes[ASTERISK_ENTRY_MAX + 512];
};

/** A text kept for later, with its length. */
struct asterisk_name {
	uint8_t len;
	char text[ASTERISK_NAME_MAX];
};

enum asterisk_leg_state {
	LEG_FREE,
	LEG_PLANNED, /* stands in Dial(), no channel yet */
	LEG_CALLED,
	LEG_FAILED, /* its outcome is known, the dialling is not over */
};

struct asterisk_leg {
	enum asterisk_leg_state state;
	bool pjsip;
	uint64_t call; /* mark or thread, with the host */
	uint32_t dial;
	uint32_t age;  /* of the table's clock */
	uint16_t next; /* place of the next one in its bucket, from 1; 0 = none */
	uint16_t code, q850, port;
	enum sv_outcome outcome;
	struct sv_ip ip;
	struct asterisk_name peer, phrase;
};

/** An event that waits for the dialplan to tell its cause. */
struct asterisk_closing {
	bool used;
	uint32_t thread;
	uint32_t patience; /* records until it goes out as it is */
	bool of_anything;  /* nothing says that it is about a call */
	struct asterisk_leg leg;
	struct sv_hints hint;
	sv_usec time;
	enum sv_time_source time_source;
	uint64_t line;
	uint16_t text_len, cursor_len;
	char text[ASTERISK_EVIDENCE_MAX];
	char cursor[ASTERISK_CURSOR_MAX];
};

/** An outbound registration of chan_sip: its timer goes on after a refusal. */
struct asterisk_registration {
	uint64_t key; /* hash of its name or of its registrar's address, 0 = free */
	uint32_t age;
	bool answered;   /* a refusal was told since the last attempt */
	uint8_t outcome; /* of the last attempt */
};

struct asterisk_state {
	uint16_t level_at; /* where the level word stands, 0 = not learned */
	bool entry;        /* this is a log of Asterisk's own */
	bool plain_web;    /* FreePBX of old: what was typed may hold line breaks */
	bool dated;        /* entries of this stream begin with a date in brackets */
	bool stamped;      /* such a date was read */
	bool prefixed;     /* verbose lines have a prefix: the stream is no console */
	uint8_t console;   /* verbose lines without one that were seen */
	bool seen_mark;    /* call marks are switched on */
	bool no_marks;     /* calls have none: switched off */
	bool plain_reject; /* alwaysauthreject=no: unknown accounts are told so */
	uint32_t clock;    /* counts entries of tables, for their age */
	uint32_t threads[ASTERISK_THREADS]; /* ids that wrote entries lately, by id */
	uint32_t n_closing;
	struct {
		bool seen; /* this log has such lines */
		bool used;
		uint32_t thread;
		struct sv_ip ip;
	} acl;                        /* the last address that acl.c refused */
	struct asterisk_closing lost; /* a request of ours without any answer */
	struct asterisk_closing
		answer; /* an answer that may be a call's, without mark */
	/* the first leg of each group of calls; places count from 1, 0 = none */
	uint16_t leg_buckets[ASTERISK_LEGS];
	uint64_t leg_used[ASTERISK_LEGS / 64];
	struct asterisk_leg legs[ASTERISK_LEGS];
	struct {
		uint64_t call;
		uint32_t dials;
	} dials[ASTERISK_DIALS];
	struct asterisk_closing closing[ASTERISK_CLOSING];
	struct asterisk_registration registrations[ASTERISK_REGISTRATIONS];
	struct {
		uint64_t session;
		bool is_register;
	} sessions[64];
	/* Peers that were lost or found lately: a contact and its endpoint are told
	 * apart, in any order. */
	struct {
		uint64_t peer;
		uint32_t template_id;
		enum sv_outcome outcome;
		sv_usec time;
	} down[ASTERISK_DOWN];
	struct asterisk_region_state region;
};

struct asterisk_line {
	struct sv_parse_context *ctx;
	struct asterisk_state *state;
	const struct sv_record *record;
	struct sv_str text; /* all of it */
	struct sv_str date; /* empty if the entry carries none */
	struct sv_str file; /* source file, empty on a console's verbose lines */
	struct sv_str message;
	enum asterisk_level level;
	uint32_t thread, call_mark;
	bool has_mark;
	bool matched;   /* one of the known messages */
	bool whole;     /* line breaks inside belong to the message */
	bool truncated; /* the logger cut it */
	bool doubtful;  /* may have been written by the other side */
	bool replayed;  /* held before: it is not the stream's current record */
};

/* asterisk.c */
/** A line that needs no further look: most of them. False when in doubt. */
bool asterisk_tells_nothing(const struct asterisk_state *state, struct sv_str text);

/** A line that is an entry of its own: no region is open. */
enum sv_parse asterisk_parse_line(struct asterisk_line *line);
/** Its source file tells something at its level. */
bool asterisk_is_source(const struct asterisk_line *line);
/** The line's prefix is read: hand the message to its source file's reader. */
enum sv_parse asterisk_dispatch(struct asterisk_line *line);

/* asterisk_prefix.c */

/** Take the prefix apart. False: the text is no entry of Asterisk. */
bool asterisk_prefix_read(struct asterisk_line *line);
/** Behind "pbx*CLI> ", the prompt of a console that somebody copied, if it is there. */
struct sv_str asterisk_prompt_skip(struct sv_str s);
/** "2025-01-01 10:00:00] NOTICE[…": a paste began behind its first character. Then the
 *  date's end, else 0. */
size_t asterisk_bracket_lost(struct sv_str s);
enum asterisk_level asterisk_level_of(struct sv_str word);
/** The message without what only some layouts have around it: blanks, colours, the
 *  "-- " and "== " of verbose lines. */
struct sv_str asterisk_message_clean(struct sv_str s, const struct asterisk_line *line);

/** What a terminal leaves in front of an entry: "\r", "ESC[K", "host*CLI> ". */
struct sv_str asterisk_skip_terminal(struct sv_str s);

/* asterisk_web.c */

/** Lines about logins to web pages. FOREIGN: none of these, or not in such a file. */
enum sv_parse asterisk_web_parse(struct asterisk_line *line);
bool asterisk_web_probe(struct sv_str text);

/* asterisk_json.c */

/** One object of a [json] file. */
enum sv_parse asterisk_json_parse(struct asterisk_line *line);
bool asterisk_json_probe(struct sv_str text);

/* asterisk_hold.c */

/** A region is open: this line belongs to it, or ends it. */
enum sv_parse asterisk_hold_feed(struct asterisk_line *line);
/** Nothing more will come: settle what is held. */
void asterisk_hold_flush(struct sv_parse_context *ctx);
void asterisk_hold_open(struct asterisk_line *line, enum asterisk_region kind,
			size_t limit);
/** The entry begun in `line` goes on in the next line. */
enum sv_parse asterisk_hold_record(struct asterisk_line *line, size_t limit);
/** chan_sip and PJSIP debug banners. True: a region was opened. */
bool asterisk_hold_banner(struct asterisk_line *line);

/* asterisk_match.c */

/**
 * Does the message have this shape? What the fields hold is written into the event.
 *
 *   %p peer  %a address with or without port  %b always with port, IPv6 without
 *   brackets  %c SIP code  %q Q.850 cause  %m method
 *   %t transport  %d number  %s anything   claims: %u user  %x number dialled
 *   %i Call-ID  %h phrase      %r the rest, whatever it is (last)
 *
 * A field ends where the text behind it occurs first, a capital letter: last. A blank
 * stands for one or more blanks. An address that cannot be read leaves the event
 * without one.
 */
bool asterisk_match(const char *pattern, struct sv_str message, struct sv_event *event);

struct asterisk_row {
	const char *pattern;
	uint16_t template_id;
	uint16_t code;
	unsigned levels;
	enum sv_leg leg;
	enum sv_method method;
	enum sv_outcome outcome; /* NONE: by the code that the line tells */
	enum sv_service service;
	/** Adds to the event and emits it, or does something else; NULL: emit. */
	enum sv_parse (*finish)(struct asterisk_line *line, struct sv_event *event);
};

/** The first row that fits. Rows end with a NULL pattern. */
enum sv_parse asterisk_rows(struct asterisk_line *line,
			    const struct asterisk_row *rows);

/** An event with the line's hints and nothing else. */
void asterisk_begin(const struct asterisk_line *line, uint32_t template_id,
		    struct sv_event *event);
/** Reads the line's date and hands the event on. */
enum sv_parse asterisk_emit(struct asterisk_line *line, struct sv_event *event);
/** As asterisk_emit(), of a time that was kept. */
void asterisk_time(struct asterisk_line *line, struct sv_event *event);
/** "1.2.3.4:5060", "[::1]:5060", "TCP:[1.2.3.4]:5060", …; false: nothing set. */
bool asterisk_address(struct sv_str text, struct sv_event *event);
/** The user part of the first SIP URI in a From or To header, empty if it has none. */
struct sv_str asterisk_header_user(struct sv_str header);
/** What ties records together as sv_hints.session: never 0. */
uint64_t asterisk_session(struct sv_str id);
/** "trunk" of "SIP/trunk-0000001f"; empty if the text is no channel name. */
struct sv_str asterisk_channel_peer(struct sv_str channel, bool *ret_pjsip);
/** "trunk" of "SIP/trunk/555", "SIP/555@trunk", "PJSIP/555@trunk",
 *  "PJSIP/trunk/sip:555@host". Empty: another technology. */
struct sv_str asterisk_dialled_peer(struct sv_str dialled, bool *ret_pjsip);
/** "… (1:0/0/1)" at the end of a dialling = dialled : busy / congestion / no channel. */
struct asterisk_tally {
	uint64_t dialled, busy, congestion, nochan;
};
bool asterisk_tally_read(struct sv_str message, struct asterisk_tally *ret_tally);
void asterisk_name_set(struct asterisk_name *name, struct sv_str text);
struct sv_str asterisk_name_get(const struct asterisk_name *name);
struct sv_str asterisk_claim(struct sv_str text);

/* readers, one a group of source files */

enum sv_parse asterisk_sip_parse(struct asterisk_line *line);
enum sv_parse asterisk_sip_extension(struct asterisk_line *line);
enum sv_parse asterisk_distributor_parse(struct asterisk_line *line);
enum sv_parse asterisk_session_parse(struct asterisk_line *line);
enum sv_parse asterisk_pjsip_parse(struct asterisk_line *line);
enum sv_parse asterisk_pjproject_parse(struct asterisk_line *line);
enum sv_parse asterisk_register_parse(struct asterisk_line *line);
enum sv_parse asterisk_authenticator_parse(struct asterisk_line *line);
enum sv_parse asterisk_dial_parse(struct asterisk_line *line);
enum sv_parse asterisk_pbx_parse(struct asterisk_line *line);
enum sv_parse asterisk_security_parse(struct asterisk_line *line);
enum sv_parse asterisk_acl_parse(struct asterisk_line *line);
enum sv_parse asterisk_manager_parse(struct asterisk_line *line);
enum sv_parse asterisk_iax_parse(struct asterisk_line *line);
enum sv_parse asterisk_other_parse(struct asterisk_line *line);
enum sv_parse asterisk_verbose_parse(struct asterisk_line *line);
/** Lines of chan_sip about its own registrations; SV_PARSE_SKIP: it is none. */
enum sv_parse asterisk_sip_register_parse(struct asterisk_line *line);
/** Verbose lines of chan_sip and PJSIP. */
extern const struct asterisk_row asterisk_sip_verbose_rows[];
extern const struct asterisk_row asterisk_pjsip_verbose_rows[];

/* asterisk_register.c */

/** The registrar with this address refused one just now. */
void asterisk_register_answered(struct asterisk_line *line, const struct sv_ip *ip);
/** A registrar has answered from this address before. */
bool asterisk_register_known(struct asterisk_line *line, const struct sv_ip *ip);

/* asterisk_leg.c */

/** The call's legs in the order of their places; `after` NULL: the first one. A leg that
 *  was freed since still knows what came behind it. */
struct asterisk_leg *asterisk_leg_next(struct asterisk_state *state, uint64_t call,
				       const struct asterisk_leg *after);
/** A free place, or that of the oldest leg. */
struct asterisk_leg *asterisk_leg_new(struct asterisk_state *state, uint64_t call);
void asterisk_leg_free(struct asterisk_state *state, struct asterisk_leg *leg);
/** What ties the lines of a call together: its mark, without marks the thread. */
uint64_t asterisk_call_key(const struct asterisk_line *line);
/** All legs of a call. */
void asterisk_leg_drop(struct asterisk_state *state, uint64_t call);
/** The first place from `at` on that is used, or free. ASTERISK_LEGS: none. */
size_t asterisk_leg_place(const struct asterisk_state *state, size_t at, bool used);

/* asterisk_call.c */

/** An answer to a request of a call that is being dialled. True: it was kept for the
 *  call's end and is no event of its own. */
bool asterisk_call_answer(struct asterisk_line *line, const struct sv_event *event);
/** chan_sip has called somebody and has no answer yet. */
bool asterisk_call_waits(const struct asterisk_state *state);
/** A request of ours was never answered; which call it was is seen later. */
enum sv_parse asterisk_call_lost(struct asterisk_line *line, struct sv_event *event);
/** Dial() begins with these peers. */
void asterisk_call_plan(struct asterisk_line *line, struct sv_str data);
/** Legs of this line's call that wait for their cause: how many, and the last one. */
struct asterisk_leg *asterisk_call_closing(struct asterisk_line *line, int *ret_legs);
/** … go out. */
void asterisk_call_release(struct asterisk_line *line);
/** The call is over. */
void asterisk_call_end(struct asterisk_line *line);
/** Everything that waits for a cause goes out; `all` also what waits for its end. */
void asterisk_call_flush(struct sv_parse_context *ctx);
/** What a Q.850 cause stands for when there is no SIP code (asterisk_dialplan.c). */
enum sv_outcome asterisk_outcome_of_cause(uint16_t cause);
/** Called for every entry while something waits. */
void asterisk_call_tick(struct asterisk_line *line);
