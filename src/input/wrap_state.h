/* SPDX-License-Identifier: Apache-2.0 */
/* What wrap.c and wrap_export.c share. Nobody else includes it. */
#pragma once

#include "base/stamp.h"
#include "input/entry.h"
#include "input/wrap.h"

/** A line of stdout or stderr that is put together. */
struct wrap_part {
	char *text; /* cap_bytes long */
	size_t len;
	bool open, cut;
	bool skip;    /* what comes is the rest of a line that is lost */
	sv_usec time; /* of its first part, with the place of it */
	uint64_t line, offset;
};

enum { WRAP_STDOUT, WRAP_STDERR, WRAP_STREAMS };

/** Where in an entry of the export format reading goes on. */
enum export_at {
	EXPORT_AT_LINE,
	EXPORT_AT_SIZE, /* of a value in binary form */
	EXPORT_AT_VALUE,
	EXPORT_AT_BROKEN,
};

struct export
{
	enum export_at at;
	bool in_entry;
	uint64_t offset; /* of the entry */
	enum entry_field field;
	uint64_t left; /* of the value, with its line end */
	size_t kept;   /* of it, in scratch */
};

/** What wrap_line() changes. */
struct wrap_undo {
	struct wrap_stats stats;
	struct wrap_part parts[WRAP_STREAMS]; /* their text only grows */
	uint64_t entry_cut;
	bool gap;
};

struct wrap {
	enum wrap_kind kind;
	size_t cap_bytes;
	struct wrap_stats stats;
	bool gap; /* something was dropped since the last record */
	struct stamp *stamp;
	struct wrap_part parts[WRAP_STREAMS]; /* Docker, CRI */
	struct entry entry;                   /* journal */
	char *scratch; /* likewise: cap_bytes and one more, which tells a cut */
	struct export export;
	struct wrap_undo undo;
};

enum wrap_result wrap_export_next(struct wrap *wrap, struct lines *lines, bool at_end,
				  struct sv_record *ret_record);
