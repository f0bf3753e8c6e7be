/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the dialects kamailio and opensips: one log message, the ways in which it
 * can be read, the state of a stream, and what the files of the dialects offer each
 * other.
 *
 *   kamailio.c, opensips.c  the two rows of the registry: what a line begins with
 *   kamailio_head.c         log prefix, module, function: all places where they may be
 *   kamailio_json.c         the same of JSON log engines
 *   kamailio_read.c         all ways to read a message, and what they have in common
 *   kamailio_match.c        patterns, matched in all ways
 *   kamailio_script.c       lines that operators' scripts write (xlog)
 *   kamailio_module.c       lines of modules and of the core
 *   kamailio_acc.c          acc: transactions
 *   kamailio_extras.c       … and the attributes that a configuration adds
 *   kamailio_block.c        pike and bans: one block is one event
 *
 * Neither proxy escapes anything: text of the other side stands left of a message (the
 * Call-ID in Kamailio's log_prefix), inside of it and behind it. So a message is read
 * in every way that it can be read. An address is certain when all ways name it.
 *
 * Everything is borrowed: a line dies with the record it was read from.
 */
#pragma once

#include "base/text.h"
#include "dialect/kamailio_templates.h"

#include <sipvigil/dialect.h>

/** Places where a message may begin; of more the middle ones are not looked at. */
#define KAMAILIO_HEADS 8
/** Extra attributes of acc lines that are told apart. */
#define KAMAILIO_EXTRAS 32
#define KAMAILIO_KEYS_MAX 512
/** Calls that acc told to be missed, until it tells that their transaction ended. */
#define KAMAILIO_CALLS 2048
#define KAMAILIO_BLOCKS 256
/** Starts of messages that tell nothing, remembered by their hash. */
#define KAMAILIO_STARTS 512
/** Patterns for lines of scripts. */
#define KAMAILIO_SCRIPTS 128
/** Syslog daemons cut messages, some at 1 KiB. What stands behind the cut may have been
 *  what tells a forged line from a true one. */
#define KAMAILIO_WHOLE_MAX ((size_t)900)

/** A place where the message proper may begin, and what stands before it. */
struct kamailio_head {
	struct sv_str module;   /* "acc", "core"; empty: the operator's script */
	struct sv_str function; /* empty if it is not told */
	struct sv_str message;
	/* of a log_prefix in the form of the default configuration */
	struct sv_str method;
	struct sv_str call_id;
	bool has_call_id;
};

struct kamailio_acc_state {
	uint64_t list;  /* hash of the keys behind "reason", in their order */
	uint32_t agree; /* how far the log's lines agree about them */
	bool seen;      /* one of them had these; else they are what is usual */
	uint32_t keys_len;
	uint8_t kinds[KAMAILIO_EXTRAS];
	char keys[KAMAILIO_KEYS_MAX]; /* ";src_user=;src_ip=…" */
};

struct kamailio_state {
	bool begun;
	bool json;         /* its engine writes JSON */
	bool other_prefix; /* this log has a log_prefix that is none of "{…} " */
	/* standard error: bytes that may still be text of a line before */
	uint32_t open;
	struct kamailio_acc_state acc;
	/* patterns of scripts by their first byte: the first one, from 1, and for each
	 * one the next */
	uint8_t scripts[128], next_script[KAMAILIO_SCRIPTS];
	uint64_t misfits[KAMAILIO_SCRIPTS / 64]; /* patterns that this log's lines begin
						  * like, but are not */
	uint16_t starts[KAMAILIO_STARTS];        /* of lines that tell nothing */
	uint64_t missed[KAMAILIO_CALLS];         /* sessions */
	struct {
		struct sv_ip ip;
		uint64_t node; /* pike's, 0 = not told or not blocked any more */
		sv_usec told, last;
	} blocks[KAMAILIO_BLOCKS];
};

struct kamailio_line {
	struct sv_parse_context *ctx;
	struct kamailio_state *state;
	const struct sv_record *record;
	struct sv_str text; /* all of it */
	struct sv_str date; /* of a JSON object, else empty */
	struct sv_str body; /* behind the level */
	bool opensips;
	bool info;   /* its level is INFO */
	bool closed; /* it ends with words of the proxy: the next line is another one */
	bool doubtful;
	bool more_heads; /* there were more */
	unsigned n_heads;
	struct kamailio_head heads[KAMAILIO_HEADS]; /* n_heads of them are set */
};

enum kamailio_way {
	KAMAILIO_OPEN,       /* cannot be told: the operator may log such a text */
	KAMAILIO_IMPOSSIBLE, /* nothing that this module writes */
	KAMAILIO_FITS,
};

struct kamailio_row;

/** What one way to read a line says. */
struct kamailio_reading {
	struct sv_event event;
	const struct kamailio_row *row; /* NULL: acc */
	bool doubt;                     /* it may name another address */
	bool unsure;                    /* something else of it may be forged */
	bool closed;                    /* it ends with words of the proxy */
	bool listed;                    /* acc: read by the log's list of keys */
	bool usual; /* … and it has these, each once, and nothing like them */
};

struct kamailio_row {
	const char *pattern;
	uint16_t template_id;
	uint16_t code;
	enum sv_leg leg;
	enum sv_method method;
	enum sv_outcome outcome; /* NONE: by the code; no code: tells nothing */
	/** Adds to the event and emits it, or does something else; NULL: emit. */
	enum sv_parse (*finish)(struct kamailio_line *line, struct sv_event *event);
};

/* kamailio_head.c */

/** Level words, standard error's process numbers, colours: everything before the body.
 *  False: the text is none of these programs'. */
bool kamailio_begin(struct kamailio_line *line, bool *ret_stderr);
/** On standard error a caller's line breaks are line breaks: is this line in reach of
 *  one before it? */
bool kamailio_stderr_doubt(struct kamailio_state *state, struct sv_str text);
/** The line is read; what follows it may still be its text. */
void kamailio_stderr_done(struct kamailio_line *line);
/** A line that is not whole: what follows is its text. */
void kamailio_stderr_broken(struct kamailio_state *state);
/** In reach of a line before, and not as this log's lines begin: never a message. */
bool kamailio_stderr_rest(const struct kamailio_line *line, bool in_reach,
			  bool is_stderr);
/** Fill heads[]: all places where the message may begin. */
void kamailio_heads(struct kamailio_line *line);
/** "{1 2 REGISTER call-id}" as the default log_prefix prints it. */
void kamailio_prefix(struct kamailio_head *head, struct sv_str prefix);

/* kamailio_json.c */

bool kamailio_json_probe(struct sv_str text, bool opensips);
/** One object of a JSON log engine: level, module, message. `room` holds the unescaped
 *  message. */
enum { KAMAILIO_JSON_ROOM = 8192 };
bool kamailio_json_read(struct kamailio_line *line, char room[KAMAILIO_JSON_ROOM]);

/* kamailio_read.c */

/** A line of this record that nothing was read of yet. */
void kamailio_line_init(struct kamailio_line *line, struct sv_parse_context *ctx,
			const struct sv_record *record, bool opensips);
/** heads[] is filled: say what the line tells. */
enum sv_parse kamailio_read(struct kamailio_line *line);
/** An event with a template's hints and nothing else. */
void kamailio_event(const struct kamailio_line *line, uint32_t template_id,
		    struct sv_event *event);
enum sv_parse kamailio_emit(struct kamailio_line *line, struct sv_event *event);
struct sv_str kamailio_claim(struct sv_str text);
uint64_t kamailio_session(struct sv_str call_id);

/* kamailio_match.c */

/**
 * Patterns of rows: the shape of a whole message. What the fields hold is written into
 * the event. Fields with a form of their own:
 *
 *   %a address, with or without port     %b address and port    %c code   %d number
 *   %m method   %w word without blanks   %t number of a transport
 *
 * and free ones, of any length: claims %u user, %x number dialled, %i Call-ID, %h
 * phrase, %g user agent; %p configured name; %s anything.
 *
 * All ways to match are tried; the reading is in doubt when they name more than one
 * address or code, or were too many to try. Where the head has a Call-ID, no other one
 * fits.
 */
/** The message begins as the pattern does, at least up to its first field. */
bool kamailio_row_begins(const struct kamailio_row *row, struct sv_str message);
bool kamailio_row_fits(const struct kamailio_row *row, const struct kamailio_line *line,
		       const struct kamailio_head *head,
		       struct kamailio_reading *reading);
/** The first row that fits; rows end with a NULL pattern. */
bool kamailio_rows(const struct kamailio_row *rows, const struct kamailio_line *line,
		   const struct kamailio_head *head, struct kamailio_reading *reading);

/* readers: one way to read the line */

enum kamailio_way kamailio_script_read(const struct kamailio_line *line,
				       const struct kamailio_head *head,
				       struct kamailio_reading *reading);
/** Before the first line of a stream. */
void kamailio_script_begin(struct kamailio_state *state);
/** Does a script's line of the well-known sort begin so? */
bool kamailio_script_probe(struct sv_str text);
enum kamailio_way kamailio_module_read(const struct kamailio_line *line,
				       const struct kamailio_head *head,
				       struct kamailio_reading *reading);
enum kamailio_way kamailio_acc_read(const struct kamailio_line *line,
				    const struct kamailio_head *head,
				    struct kamailio_reading *reading);
/** An acc line is settled: learn from it, tell it. */
enum sv_parse kamailio_acc_finish(struct kamailio_line *line,
				  struct kamailio_reading *reading);

/* kamailio_extras.c */

/** What the value of an acc attribute may be. */
enum kamailio_key_kind {
	KEY_FREE,
	KEY_METHOD,
	KEY_CALL_ID,
	KEY_CODE,
	KEY_REASON,
	KEY_ADDRESS, /* of who sent the request */
	KEY_PORT,
	KEY_HOST, /* no blank, no separator */
	KEY_USER,
	KEY_DIALLED,
	KEY_AGENT,
};

/** Before the first line of a stream: what is usual. */
void kamailio_extras_begin(struct kamailio_state *state, bool opensips);
/** One line more has the log's list of extras. */
void kamailio_extras_agree(struct kamailio_acc_state *state);
/** A line has this list. */
void kamailio_extras_learn(struct kamailio_acc_state *state, struct sv_str list);
/** The extra keys of a line that nobody tampered with: no key comes twice, and each
 *  separator is followed by one. False: the line is not of that kind. */
bool kamailio_extras_read(struct sv_str text, char room[KAMAILIO_KEYS_MAX],
			  struct sv_str *ret_list);
/** The log's list can be relied on. */
bool kamailio_extras_sure(const struct kamailio_acc_state *state);
bool kamailio_extras_have_address(struct sv_str list);
/** Bytes of ";name=" at the start of the text, 0 if there is none. */
size_t kamailio_key_length(struct sv_str s);
enum kamailio_key_kind kamailio_key_kind_of(struct sv_str key);

/* kamailio_block.c */

/** pike begins to drop what comes from an address. */
enum sv_parse kamailio_block_begin(struct kamailio_line *line, struct sv_event *event);
enum sv_parse kamailio_block_end(struct kamailio_line *line, struct sv_event *event);
/** A request was dropped: an event when this block was not told yet. */
enum sv_parse kamailio_block_request(struct kamailio_line *line,
				     struct sv_event *event);
