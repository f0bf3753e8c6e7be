/* SPDX-License-Identifier: Apache-2.0 */
#include "input/reader.h"

#include "base/text.h"
#include "input/bytes.h"
#include "input/entry.h"
#include "input/lines.h"
#include "input/wrap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#define BLOCK_BYTES ((size_t)256 * 1024)
#define JOURNAL_MAGIC SV_STR("LPKSHHRH")

/* One byte of 32 that no text has, over the beginning, and it is no log. */
#define BINARY_SHARE 32
#define BINARY_LOOK ((size_t)64 * 1024)

/* How many damaged entries in a row end a journal. */
#define MAX_BAD_ENTRIES 1000

struct reader {
	char name[272];
	struct bytes *bytes; /* a file or standard input */
	struct lines lines;
	size_t cap_bytes;
	bool at_end, binary;
	bool looked;       /* at the first bytes */
	struct wrap *wrap; /* NULL: plain lines */
	int error;         /* met while reading, told after what was read before it */

	sd_journal *journal;
	struct entry entry;
	sv_usec until;
	uint64_t journal_bytes;
	char *cursor;
};

static void
name_set(struct reader *reader, const char *kind, const char *path)
{
	const char *slash = strrchr(path, '/');

	(void)snprintf(reader->name, sizeof(reader->name), "%s:%.255s", kind,
		       slash && slash[1] ? slash + 1 : path);
}

/* ---- journals ---- */

static int
journal_open_path(const char *path, sd_journal **ret_journal)
{
	struct stat st;

	if (!path)
		return sd_journal_open(ret_journal, SD_JOURNAL_LOCAL_ONLY);
	if (stat(path, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return sd_journal_open_directory(ret_journal, path, 0);
	const char *files[] = { path, NULL };
	return sd_journal_open_files(ret_journal, files, 0);
}

static int
open_journal(struct reader *reader, const struct reader_spec *spec, size_t cap_bytes)
{
	int r = entry_init(&reader->entry, cap_bytes);

	if (r >= 0)
		r = journal_open_path(spec->path, &reader->journal);
	if (r < 0)
		return r;
	if (spec->path)
		name_set(reader, "journal", spec->path);
	else
		(void)snprintf(reader->name, sizeof(reader->name), "journal");
	(void)sd_journal_set_data_threshold(reader->journal, cap_bytes + 64);
	(void)sd_journal_get_usage(reader->journal, &reader->journal_bytes);
	reader->until = spec->until;
	return spec->since ? sd_journal_seek_realtime_usec(reader->journal, spec->since)
			   : sd_journal_seek_head(reader->journal);
}

static bool
is_past_until(const struct reader *reader)
{
	uint64_t t = 0;

	return reader->until &&
	       sd_journal_get_realtime_usec(reader->journal, &t) >= 0 &&
	       t > reader->until;
}

static int
next_entry(struct reader *reader, struct sv_record *ret_record)
{
	for (unsigned bad = 0; bad < MAX_BAD_ENTRIES;) {
		int r = sd_journal_next(reader->journal);
		if (r == 0 || (r > 0 && is_past_until(reader)))
			return 0;
		if (r == -EBADMSG) {
			bad++;
			continue;
		}
		if (r < 0)
			return r;
		bad = 0;
		if (entry_read(&reader->entry, reader->journal, ret_record) ==
		    ENTRY_RECORD)
			return 1;
	}
	return -EBADMSG;
}

/* ---- files ---- */

/* Control bytes that neither text nor a terminal's colours have. */
static bool
looks_binary(const char *p, size_t n)
{
	const uint32_t text = 0x7fu << '\a' | 1u << 27; /* of those below the blank */
	size_t odd = 0;

	while (n && *p == '\0') { /* a hole left by truncation */
		p++;
		n--;
	}
	if (n > BINARY_LOOK)
		n = BINARY_LOOK;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		if (c < 32)
			odd += ~text >> c & 1;
		else
			odd += c == 127;
	}
	return n >= 32 && odd > n / BINARY_SHARE;
}

static int
fill_lines(struct reader *reader)
{
	size_t room;
	char *to = lines_room(&reader->lines, &room);
	/* what a processor's cache holds is read once */
	if (reader->looked && room > BLOCK_BYTES)
		room = BLOCK_BYTES;
	ssize_t n = bytes_read(reader->bytes, to, room);

	if (n < 0) {
		reader->error = (int)n;
		n = 0;
	}
	if (n == 0)
		reader->at_end = true;
	lines_added(&reader->lines, (size_t)n);
	return n > 0;
}

/* Read until the first lines show what this is. 0 or -ENOMEM. */
static int
look(struct reader *reader)
{
	enum wrap_kind kind = WRAP_NONE;
	struct sv_str head;
	bool full;

	do {
		(void)fill_lines(reader);
		head = lines_unread(&reader->lines);
		full = head.len + 1 > reader->lines.size;
	} while (!wrap_look(head, reader->at_end || full, &kind) && !full);
	reader->looked = true;
	if (kind == WRAP_NONE) {
		reader->binary = looks_binary(head.ptr, head.len);
		return 0;
	}
	int r = lines_grow(&reader->lines, wrap_line_bytes(kind, reader->cap_bytes));
	return r < 0 ? r : wrap_new(kind, reader->cap_bytes, &reader->wrap);
}

static int
next_unwrapped(struct reader *reader, struct sv_record *ret_record)
{
	for (;;) {
		switch (wrap_next(reader->wrap, &reader->lines, reader->at_end,
				  ret_record)) {
		case WRAP_RECORD:
			return 1;
		case WRAP_BROKEN:
			return reader->error ? reader->error : -EBADMSG;
		case WRAP_NOTHING:
			break;
		}
		if (reader->at_end)
			return reader->error;
		(void)fill_lines(reader);
	}
}

static int
next_line(struct reader *reader, struct sv_record *ret_record)
{
	int r = reader->looked ? 0 : look(reader);

	if (r < 0)
		return r;
	if (reader->wrap)
		return next_unwrapped(reader, ret_record);
	for (;;) {
		switch (lines_next(&reader->lines, reader->at_end, ret_record)) {
		case LINES_RECORD:
			return 1;
		case LINES_MORE:
			break;
		}
		if (reader->at_end)
			return reader->error;
		(void)fill_lines(reader);
	}
}

static int
open_file(struct reader *reader, const struct reader_spec *spec, size_t cap_bytes)
{
	int r = bytes_open(spec->path, &reader->bytes);

	if (r < 0)
		return r;
	if (str_starts(bytes_head(reader->bytes), JOURNAL_MAGIC) &&
	    strcmp(spec->path, "-") != 0) {
		bytes_close(reader->bytes);
		reader->bytes = NULL;
		return open_journal(reader, spec, cap_bytes);
	}
	if (strcmp(spec->path, "-") == 0)
		(void)snprintf(reader->name, sizeof(reader->name), "stdin");
	else
		name_set(reader, "file", spec->path);
	reader->cap_bytes = cap_bytes;
	return lines_init(&reader->lines, cap_bytes, BLOCK_BYTES);
}

/* ---- the door ---- */

int
reader_open(const struct reader_spec *spec, struct reader **ret_reader)
{
	struct reader *reader = calloc(1, sizeof(*reader));
	size_t cap = spec->max_line_bytes ? spec->max_line_bytes : SV_RECORD_MAX_BYTES;

	if (!reader)
		return -ENOMEM;
	int r = spec->journal ? open_journal(reader, spec, cap)
			      : open_file(reader, spec, cap);
	if (r < 0) {
		reader_close(reader);
		return r;
	}
	*ret_reader = reader;
	return 0;
}

int
reader_next(struct reader *reader, struct sv_record *ret_record)
{
	return reader->journal ? next_entry(reader, ret_record)
			       : next_line(reader, ret_record);
}

int
reader_cursor_get(struct reader *reader, const char **ret_cursor)
{
	if (!reader->journal)
		return -ENOENT;
	free(reader->cursor);
	reader->cursor = NULL;
	int r = sd_journal_get_cursor(reader->journal, &reader->cursor);
	if (r >= 0)
		*ret_cursor = reader->cursor;
	return r;
}

void
reader_info_get(const struct reader *reader, struct reader_info *ret_info)
{
	struct reader_info info = { .name = reader->name };

	if (reader->journal) {
		struct timespec now = { 0 };
		(void)clock_gettime(CLOCK_REALTIME, &now);
		info.modified = (sv_usec)now.tv_sec * SV_USEC_PER_SEC;
		info.bytes_total = reader->journal_bytes;
		info.cut = reader->entry.cut;
	} else {
		info.modified = bytes_modified(reader->bytes);
		info.bytes_total = bytes_total(reader->bytes);
		info.bytes_read = bytes_taken(reader->bytes);
		info.cut = reader->lines.cut;
		info.binary = reader->binary;
	}
	if (reader->wrap) {
		struct wrap_stats stats;
		wrap_stats_get(reader->wrap, &stats);
		info.cut = stats.cut;
		info.damaged = stats.damaged;
	}
	*ret_info = info;
}

void
reader_close(struct reader *reader)
{
	if (!reader)
		return;
	sd_journal_close(reader->journal);
	entry_done(&reader->entry);
	bytes_close(reader->bytes);
	lines_done(&reader->lines);
	wrap_free(reader->wrap);
	free(reader->cursor);
	free(reader);
}
