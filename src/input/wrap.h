/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs as others saved them: what `journalctl -o export` and `-o json` print, Docker's
 * json-file logs, Kubernetes' CRI logs. Unwrapped, each message is a record with the
 * time that the wrapper tells, so that no year or zone is guessed.
 *
 * A file is of a kind when its first lines agree on it; then all of it is. What in it is
 * not of that kind is counted and dropped: a line that the other side made look like a
 * wrapper in an ordinary log stays text, and text does not get out of a wrapper. The
 * other side writes messages; names of fields are compared as they stand in the
 * wrapper, and escapes are undone once.
 *
 * Memory is fixed. Parts of a line (Docker splits lines of 16 KiB, CRI flags P and F)
 * are put together for each of stdout and stderr, up to the cap.
 */
#pragma once

#include "input/lines.h"

enum wrap_kind {
	WRAP_NONE,
	WRAP_EXPORT, /* journalctl -o export */
	WRAP_JSON,   /* journalctl -o json, json-seq, json-sse */
	WRAP_DOCKER, /* json-file */
	WRAP_CRI,    /* "2026-11-22T19:15:20.836375123Z stdout F text" */
};

/** Which kind these first bytes of a file are of; `whole`: they are all there is.
 *  False: more of them are needed to tell. */
bool wrap_look(struct sv_str head, bool whole, enum wrap_kind *ret_kind);

/** Longest line that a message of `cap_bytes` may come in. */
size_t wrap_line_bytes(enum wrap_kind kind, size_t cap_bytes);

struct wrap;

/** 0 or -ENOMEM. `kind` is not WRAP_NONE. */
int wrap_new(enum wrap_kind kind, size_t cap_bytes, struct wrap **ret_wrap);
void wrap_free(struct wrap *wrap);

enum wrap_result {
	WRAP_RECORD,
	WRAP_NOTHING, /* wrap_next: fill and ask again; wrap_line: go on */
	WRAP_BROKEN,  /* wrap_next: what follows cannot be read (export) */
};

/** The next message out of `lines`, whose cap is wrap_line_bytes(). Its view lives until
 *  the next call. `at_end`: nothing will be added. */
enum wrap_result wrap_next(struct wrap *wrap, struct lines *lines, bool at_end,
			   struct sv_record *ret_record);

/** One line, of any kind but WRAP_EXPORT. */
enum wrap_result wrap_line(struct wrap *wrap, const struct sv_record *line,
			   struct sv_record *ret_record);

/** Take back the wrap_line() just done: the same line will come again. NULL: nothing was
 *  unwrapped. */
void wrap_undo(struct wrap *wrap);

/** The streams in whose line reading stands, as bits: for another wrap, later … */
uint8_t wrap_open_streams(const struct wrap *wrap);
/** … which drops the rests of these lines: text of the other side must not begin one. */
void wrap_skip_streams(struct wrap *wrap, uint8_t streams);

struct wrap_stats {
	uint64_t cut;     /* messages longer than the cap, or left out by journalctl */
	uint64_t damaged; /* lines that are not of the kind */
};

void wrap_stats_get(const struct wrap *wrap, struct wrap_stats *ret_stats);
