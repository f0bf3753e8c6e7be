/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the dialect of raw SIP messages.
 *
 *   sipmsg.c           the dialect: which lines are whose
 *   sipmsg_banner.c    the banners of all tools, one table row each
 *   sipmsg_capture.c, sipmsg_pbx.c, sipmsg_cursor.c
 *                      … and how they are read
 *   sipmsg_vendor.c    … of Ribbon, Avaya, Yate and sipXecs
 *   sipmsg_frame.c     from a banner to the end of its message, line by line
 *   sipmsg_text.c      how tools print a message, and back
 *   sipmsg_flow.c      messages of TCP that a tool shows segment by segment
 *   sipmsg_shark.c     tshark -V and -T json
 *   sipmsg_record.c    a message within one record
 *   sipmsg_boxes.c     … of AudioCodes and Cisco, or within two
 *   sipmsg_brief.c     tools that show the start line and nothing else
 *   sipmsg_match.c     requests and responses: what became of an attempt
 *   sipmsg_local.c     which end is the PBX
 *   sipmsg_emit.c      the event
 *
 * All state is plain data of fixed size. What is too much takes the place of the oldest.
 */
#pragma once

#include "base/text.h"
#include "sip/message.h"

#include <sipvigil/dialect.h>

/** Most of a message that is kept while it is being put together; what is beyond does
 *  not count, its end is found all the same. */
#define SIPMSG_TEXT_MAX ((size_t)16384)
/** Transactions that are remembered: sets of eight, the oldest of a set goes. */
#define SIPMSG_SETS 512
#define SIPMSG_WAYS 8
#define SIPMSG_DIALOGS 8192
#define SIPMSG_BLURS 64
#define SIPMSG_ENDS 64
#define SIPMSG_LOCALS 16
#define SIPMSG_FLOWS 8
#define SIPMSG_PARTS 16
#define SIPMSG_FLOW_MAX ((size_t)8192)
#define SIPMSG_CLAIM_MAX 64
#define SIPMSG_LINE_MAX 96
/** A body that imitates records is read again from the first of them if its length was
 * a lie, at most so often. */
#define SIPMSG_REWINDS 8
/** A request of ours without any answer has failed after this (RFC 3261 timer B, F). */
#define SIPMSG_SILENCE (32 * SV_USEC_PER_SEC)
/** … and when the text ends, if it had none for this long. */
#define SIPMSG_SILENCE_AT_END (5 * SV_USEC_PER_SEC)
/** A challenge without a new request after this was not answered. */
#define SIPMSG_UNANSWERED (20 * SV_USEC_PER_SEC)

/** How the text behind a banner shows a message. */
enum sipmsg_style {
	STYLE_NONE,
	STYLE_RAW,        /* as it is; Content-Length tells where it ends */
	STYLE_DOTS,       /* the same, CR and what is not printable as dots */
	STYLE_PACKET,     /* tcpdump -A: behind the packet's headers, without CR */
	STYLE_COUNTED,    /* so many bytes as the banner told */
	STYLE_COUNTED_LF, /* the same, each line is one byte longer than it shows */
	STYLE_TAB,        /* each line behind a TAB */
	STYLE_WRAPPED,    /* line ends gone, broken into columns */
	STYLE_BARS,       /* sipdump: between its marks */
	STYLE_BRIEF,      /* the banner holds the start line, there is no more */
	STYLE_WAIT,       /* the banner goes on in the next line */
};

/** Who is at which end, as the banner says. */
enum sipmsg_way { WAY_UNKNOWN, WAY_RECEIVED, WAY_SENT };

struct sipmsg_end {
	struct sv_ip ip; /* family 0: not told */
	uint16_t port;
};

/** What a banner says of the message behind it. */
struct sipmsg_banner {
	enum sipmsg_style style;
	uint8_t tool; /* row of the table */
	enum sipmsg_way way;
	struct sipmsg_end from, to;
	enum sv_transport transport;
	bool segments;  /* TCP as it came: parts of messages, or several */
	uint32_t bytes; /* of the message or the segment, 0 = not told */
	sv_usec time;
	enum sv_time_source time_source;
	struct sv_str start; /* STYLE_BRIEF, STYLE_PACKET: start line, else empty */
};

/** A message and all that was around it. */
struct sipmsg_message {
	struct message sip;
	uint8_t tool;
	enum sipmsg_way way;
	struct sipmsg_end from, to;
	enum sv_transport transport;
	sv_usec time;
	enum sv_time_source time_source;
	uint64_t line;
	bool brief; /* no headers: Call-ID and CSeq are not known */
	bool doubtful;
};

struct sipmsg_kept {
	uint8_t len;
	char text[SIPMSG_CLAIM_MAX];
};

enum sipmsg_stage {
	TX_FREE,
	TX_OPEN,
	TX_RINGING,    /* a provisional response came */
	TX_CHALLENGED, /* waits for the request that answers the challenge */
	TX_DECIDED,    /* waits until it is known which end is the PBX */
	TX_DONE,       /* told, texts cleared; copies of its messages are nothing */
};

struct sipmsg_tx {
	uint64_t key;    /* Call-ID, CSeq, branch, both addresses */
	uint64_t dialog; /* Call-ID, method, both addresses */
	uint64_t session;
	enum sipmsg_stage stage;
	uint8_t method;  /* enum sv_method */
	uint8_t outcome; /* enum sv_outcome: if nothing else comes */
	uint8_t time_source;
	uint8_t way; /* of the request */
	uint8_t transport;
	uint8_t tool;
	bool authorization, proxy_authorization; /* credentials were given */
	bool first; /* the first request of its dialog: credentials unasked */
	bool canceled, doubtful;
	uint16_t code, q850;
	uint32_t cseq, copies, age;
	struct sipmsg_end from, to; /* who asked, who was asked */
	sv_usec begun, time;
	uint64_t line;
	struct sipmsg_kept user, dst, ua, call_id, phrase;
	uint8_t start_len;
	char start[SIPMSG_LINE_MAX];
};

struct sipmsg_frame {
	enum sipmsg_style style; /* STYLE_NONE: no message is being read */
	uint8_t tool;
	enum sipmsg_way way;
	enum sv_transport transport;
	enum sv_time_source time_source;
	bool segments, told, headed, started, doubtful;
	bool marked; /* a banner stood where the body should be */
	struct sipmsg_end from, to;
	sv_usec time;
	uint64_t line;
	uint32_t want;      /* bytes of the message, with `headed` */
	uint32_t low, high; /* bytes so far, at least and at most */
	uint32_t mark;      /* offset in text */
	uint64_t mark_line;
	uint32_t indent; /* blanks in front of each line */
	uint32_t lines;  /* behind the banner */
	uint32_t fill;
	uint16_t start_len;
	char start[256]; /* STYLE_PACKET: the start line if the banner had it */
	char text[SIPMSG_TEXT_MAX];
};

struct sipmsg_flow {
	uint64_t key; /* both ends, in this direction; 0 = free */
	uint32_t age, fill;
	uint32_t skip; /* bytes of a body to come that are not kept */
	char text[SIPMSG_FLOW_MAX];
};

struct sipmsg_state {
	uint32_t clock; /* counts, for the age of entries */
	sv_usec now;    /* time of the last message */
	sv_usec newest; /* … and the latest that any had */
	sv_usec due;   /* the earliest moment at which something will not be answered */
	sv_usec dated; /* of an Asterisk entry: for banners that have no time */
	enum sv_time_source dated_source;
	bool mixed; /* there is text in the stream that a sender could have written as
		     * if it were a record: nothing is certain from here on */
	uint32_t loose; /* bytes to come that may still be of the last message */
	struct sipmsg_frame frame;
	struct {
		bool open;
		struct sipmsg_banner banner;
	} wait; /* STYLE_WAIT: a banner of several lines */
	struct {
		bool json, in_frame, in_sip, in_head;
		uint8_t tool;
		struct sipmsg_end from, to;
		enum sv_transport transport;
		sv_usec time;
		enum sv_time_source time_source;
		uint32_t fill;
		uint64_t line;
		char text[SIPMSG_TEXT_MAX];
	} shark;
	struct {
		uint64_t key; /* box, session and number of the next record; 0 = free */
		uint32_t age;
		struct sipmsg_banner banner;
	} parts[SIPMSG_PARTS];         /* banners that came in a record of their own */
	char scratch[SIPMSG_TEXT_MAX]; /* one message, line ends put right */
	bool replaying;
	/* in replay: the line that is read again, and that of the frame's mark */
	uint32_t replay_at, replay_mark;
	char replay[SIPMSG_TEXT_MAX];
	struct sipmsg_flow flows[SIPMSG_FLOWS];
	struct sipmsg_tx tx[SIPMSG_SETS][SIPMSG_WAYS];
	struct {
		uint64_t key;
		uint64_t challenged; /* key of the request */
	} dialogs[SIPMSG_DIALOGS];
	struct {
		struct sv_ip ip;
		uint64_t others; /* a bit for each party it talked with, by hash */
		uint32_t age;
	} ends[SIPMSG_ENDS];
	uint32_t n_undecided;           /* TX_DECIDED entries */
	uint64_t blurred[SIPMSG_BLURS]; /* who sent what could not be read, by hash */
};

/** What a line is read with. */
struct sipmsg_line {
	struct sv_parse_context *ctx;
	struct sipmsg_state *state;
	const struct sv_record *record;
	uint64_t number; /* of the line in its file */
	bool told;       /* a message was read */
};

/* sipmsg_banner.c */

/** Is this line a banner, or its first part (STYLE_WAIT)? Reads no date unless `ctx`. */
bool sipmsg_banner_read(struct sv_parse_context *ctx, struct sv_str line,
			struct sipmsg_banner *ret_banner);
/** The line goes on with an open banner. 0 no, 1 goes on, 2 complete. */
int sipmsg_banner_more(struct sipmsg_line *line, struct sv_str text);
const char *sipmsg_tool_name(uint32_t tool);
/** What a sender writes into a body can look like a record of this tool. */
bool sipmsg_tool_doubtful(uint32_t tool);
uint8_t sipmsg_tool_find(const char *name);
/** "a:p -> b:q", IPv6 with or without brackets. Bytes used, 0: it is none. */
size_t sipmsg_arrow_read(struct sv_str text, struct sipmsg_banner *banner);
/** "1.2.3.4:5060", "[::1]:5060", "::1:5060" (the last number is the port). */
bool sipmsg_end_read(struct sv_str text, struct sipmsg_end *ret_end);

/* sipmsg_frame.c */

void sipmsg_frame_open(struct sipmsg_line *line, const struct sipmsg_banner *banner);
/** A line while a message is being read, or between messages. */
enum sv_parse sipmsg_frame_feed(struct sipmsg_line *line, struct sv_str text);
/** Nothing more will come: read what there is. */
void sipmsg_frame_end(struct sipmsg_line *line);

/* sipmsg_text.c */

/** The text of a message as a frame holds it, made readable in state->scratch. */
struct sv_str sipmsg_text_plain(struct sipmsg_state *state, struct sv_str text);
/** Escape sequences of a terminal taken out, in place of `out`. */
size_t sipmsg_text_uncolour(struct sv_str text, char *out, size_t size);

/* sipmsg_flow.c */

/** A piece of TCP: messages that are complete with it are read. */
void sipmsg_flow_feed(struct sipmsg_line *line, struct sipmsg_message *around,
		      struct sv_str text);

/* sipmsg_shark.c */

/** FOREIGN: not of tshark -V or -T json. */
enum sv_parse sipmsg_shark_feed(struct sipmsg_line *line, struct sv_str text);
void sipmsg_shark_end(struct sipmsg_line *line);
bool sipmsg_shark_probe(struct sv_str text);

/* sipmsg_record.c */

/** How a record shows the line ends of a message in it. */
enum sipmsg_escape {
	ESCAPE_OCTAL,     /* "#015#012", or as they are */
	ESCAPE_BACKSLASH, /* "\r\n" */
};
/** A message in a record, and what was in front of it. */
struct sipmsg_found {
	struct sipmsg_banner banner;
	size_t message_at;
	bool escaped; /* line ends are escaped */
	enum sipmsg_escape escape;
	bool doubtful; /* a sender may have written all of it */
};
/** Where the first line ends, STR_NONE if there is one line alone. */
size_t sipmsg_record_line(struct sv_str text, bool *ret_escaped);
/** It has the words "SIP/2.0", as each message does. */
bool sipmsg_record_version(struct sv_str text);

/** FOREIGN: no record with a message in it. */
enum sv_parse sipmsg_record_read(struct sipmsg_line *line, struct sv_str text);

/* sipmsg_boxes.c */

bool sipmsg_boxes_find(struct sv_str text, struct sipmsg_found *f);
/** A banner without its message, or a message without its banner. */
bool sipmsg_boxes_part(struct sv_str text);
/** … once more: EVENT if it completes a message, which is in `f` then; FOREIGN: none. */
enum sv_parse sipmsg_boxes_feed(struct sipmsg_line *line, struct sv_str text,
				struct sipmsg_found *f);

/* sipmsg_vendor.c */

/** A message within one record of Ribbon, Avaya Session Manager or sipXecs: where it
 *  begins, 0: it is none. */
size_t sipmsg_vendor_record(struct sv_str text, struct sipmsg_banner *b,
			    enum sipmsg_escape *ret_escape);

/* sipmsg_match.c */

/** A message with what was around it. */
void sipmsg_match(struct sipmsg_line *line, const struct sipmsg_message *message);
/** The same for text: false if it is no message. */
bool sipmsg_match_text(struct sipmsg_line *line, struct sipmsg_message *around,
		       struct sv_str text);
/** Something came from one end to the other that could not be read. */
void sipmsg_match_blur(struct sipmsg_line *line, const struct sipmsg_message *message);
/** Time goes on: what will not be answered any more is told. */
void sipmsg_match_clock(struct sipmsg_line *line, const struct sipmsg_message *message);
/** The places where transactions with this key may be: SIPMSG_WAYS of them. */
struct sipmsg_tx *sipmsg_match_set(struct sipmsg_state *state, uint64_t key);
/** A new one; who is at its ends is for the caller to fill in. */
struct sipmsg_tx *sipmsg_match_begin(struct sipmsg_line *line,
				     const struct sipmsg_message *message,
				     uint64_t key);
/** Its final response. */
void sipmsg_match_decide(struct sipmsg_line *line, struct sipmsg_tx *tx,
			 const struct sipmsg_message *message);
/** The text is at its end. */
void sipmsg_match_flush(struct sipmsg_line *line);
/** It may be known now which end is the PBX: tell what waited for that; `last`: also
 *  what will not be known. */
void sipmsg_match_waiting(struct sipmsg_line *line, bool last);

/* sipmsg_brief.c */

/** Call-ID and CSeq are not known: requests and responses by order. */
void sipmsg_brief_match(struct sipmsg_line *line, struct sipmsg_message *message);

/* sipmsg_local.c */

enum sipmsg_side {
	SIDE_UNKNOWN,
	SIDE_ASKED, /* the PBX was asked: leg in */
	SIDE_ASKS,  /* the PBX asked: leg out */
};

/** Who talked with whom. True: this may have told which end is the PBX. */
bool sipmsg_local_learn(struct sipmsg_line *line, const struct sipmsg_message *message);
enum sipmsg_side sipmsg_local_side(const struct sipmsg_line *line,
				   const struct sipmsg_tx *tx);

/* sipmsg_emit.c */

/** The attempt is decided. It is told now, or when it is known which end is the PBX. */
void sipmsg_emit(struct sipmsg_line *line, struct sipmsg_tx *tx);
/** … now, whatever is known. */
void sipmsg_emit_now(struct sipmsg_line *line, struct sipmsg_tx *tx);
void sipmsg_keep(struct sipmsg_kept *kept, struct sv_str text);
/** Nothing more is told of it: only that it was. */
void sipmsg_emit_done(struct sipmsg_line *line, struct sipmsg_tx *tx);
