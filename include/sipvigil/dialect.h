/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct sv_dialect: how a PBX's records become raw events.
 *
 * A dialect allocates nothing, logs nothing, knows no clock and no descriptor. It gets
 * one record at a time, in the order of its source, and hands raw events to `emit`.
 * What it must remember between records (an entry that spans lines, the trunk a call
 * was sent to) lives in `state`: `state_size` zeroed bytes per stream, plain data
 * without pointers, so that a checkpoint can save it byte by byte.
 *
 * Contract for hostile text: every byte of a record may come from an attacker. What is
 * written into sv_event.peer_ip, peer and leg must come from a place in the line that
 * the PBX wrote; where that cannot be told, leave it empty or set attribution.
 */
#pragma once

#include <sipvigil/event.h>

/** What a record was for the dialect. */
enum sv_parse {
	SV_PARSE_FOREIGN, /* not a line of this PBX */
	SV_PARSE_SKIP,    /* of this PBX, tells nothing about SIP failures */
	SV_PARSE_EVENT,   /* at least one event was emitted or is being put together */
	SV_PARSE_MALFORMED, /* looks like a template of this PBX but cannot be trusted
			     */
};

/** Given to parse() and flush() by the stream that owns the state. */
struct sv_parse_context {
	void *state; /* state_size bytes */
	void (*emit)(void *user, const struct sv_event *event);
	void *user;
	/** Turns a date text into time by the source's zone and year rules; false if it
	 * is no date. `ret_used` gets the bytes read. See src/base/stamp.h. */
	bool (*stamp)(void *user, struct sv_str text, size_t *ret_used,
		      sv_usec *ret_time, enum sv_time_source *ret_source);
	/** When the record was written, as its input or the header in front of it tell;
	 * the time of the last event if they do not. For what a dialect must not tell
	 * again too soon; events get their time without it. */
	sv_usec (*moment)(void *user);
	/** Addresses that are the PBX's own, as the user named them; may be none. For
	 * texts that show both ends of a message and not which of them wrote it. */
	const struct sv_ip *locals;
	size_t n_locals;
	/** For flush(): nothing came for a while, but more may. */
	bool paused;
	/** The dialect's own `data`. */
	void *data;
	/** Set by parse() beside SV_PARSE_SKIP: of a part of the PBX whose messages are
	 * read, but none of them; a new version may word them so. The stream takes it
	 * back before each record. */
	bool novel;
};

struct sv_dialect {
	const char *name; /* "asterisk": the word in JSON, configuration and -d */
	const char *doc;  /* one line: what is recognised */
	const char *const *idents; /* journal identifiers it claims, NULL-terminated */
	const char *const *units;  /* systemd units, NULL-terminated */
	const char *const *files;  /* usual log files (globs), NULL-terminated */
	const char *evidence;      /* what it rests on: "recordings" or "documents" */
	const char *documented;    /* what of it rests on documents alone, or NULL */
	/** Name of a template number (sv_hints.template_id), "?" for an unknown one. */
	const char *(*template_name)(uint32_t template_id);
	size_t state_size;
	/** Cheap pre-filter: could this text be a line of this PBX? */
	bool (*probe)(struct sv_str text);
	enum sv_parse (*parse)(struct sv_parse_context *ctx,
			       const struct sv_record *record);
	/** Give up what is still being put together (end of input, discontinuity, with
	 * ctx->paused a pause). */
	void (*flush)(struct sv_parse_context *ctx);
	/** Dialects that are made of data (src/dialect/pattern.h): what it is, and what
	 * stands in for probe() and template_name() then. NULL in all others. */
	void *data;
	bool (*probe_data)(const void *data, struct sv_str text);
	const char *(*template_name_data)(const void *data, uint32_t template_id);
};
