/* SPDX-License-Identifier: Apache-2.0 */
#include "base/header.h"
#include "base/text.h"
#include "input/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* How much of a file's beginning is searched for its first stamp. */
#define HEAD_BYTES ((size_t)64 * 1024)
#define HEAD_LINE_BYTES ((size_t)16 * 1024)

struct member {
	const char *path;
	size_t place; /* as the caller named it */
	uint32_t group;
	sv_usec first; /* stamp of its first dated line */
	sv_usec modified;
};

/* ---- names of a series ---- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t
digits_at_end(struct sv_str s)
{
	size_t n = 0;

	while (n < s.len && is_digit(s.ptr[s.len - 1 - n]))
		n++;
	return n;
}

/* "-20261122", "_2026-11-22", "-20261122-1830", ".1700000000.2": bytes of a date or
 * epoch with its separators, 0 if there are too few digits for one. */
static size_t
date_at_end(struct sv_str s)
{
	size_t n = 0, digits = 0;

	for (; n < s.len; n++) {
		char c = s.ptr[s.len - 1 - n];
		if (is_digit(c))
			digits++;
		else if (c != '-' && c != '_' && c != '.')
			break;
	}
	while (n && is_digit(s.ptr[s.len - n])) {
		n--;
		digits--;
	}
	return digits >= 6 ? n : 0;
}

/* ".1" of "full.1" and "pbx1.1", but nothing of a host address. */
static size_t
number_at_end(struct sv_str s)
{
	size_t n = digits_at_end(s);

	if (n == 0 || n > 4 || n + 1 >= s.len || s.ptr[s.len - n - 1] != '.')
		return 0;
	struct sv_str left = str_upto(s, s.len - n - 1);
	size_t before = digits_at_end(left);
	if (before && (before == left.len || left.ptr[left.len - before - 1] == '.'))
		return 0;
	return n + 1;
}

static struct sv_str
file_name_of(struct sv_str path)
{
	const char *slash = path.len ? memrchr(path.ptr, '/', path.len) : NULL;

	return slash ? str_from(path, (size_t)(slash - path.ptr) + 1) : path;
}

static bool
has_letter(struct sv_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)((s.ptr[i] | 0x20) - 'a') < 26)
			return true;
	return false;
}

/* "full" of "full.2.gz", "full-20261122.xz", "full.old": folder and name without what
 * rotation and packing add. */
static struct sv_str
stem_of(const char *path)
{
	static const struct sv_str endings[] = {
		{ ".gz", 3 },  { ".xz", 3 }, { ".zst", 4 }, { ".bz2", 4 },
		{ ".lz4", 4 }, { ".Z", 2 },  { ".old", 4 },
	};
	struct sv_str s = str_of(path);

	for (;;) {
		struct sv_str shorter = s;
		for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
			if (str_ends(shorter, endings[i]))
				shorter.len -= endings[i].len;
		shorter.len -= date_at_end(shorter);
		shorter.len -= number_at_end(shorter);
		if (shorter.len == s.len || !has_letter(file_name_of(shorter)))
			return s;
		s = shorter;
	}
}

/* ---- the time of a file's beginning ---- */

static bool
time_in_line(struct stamp *stamp, struct sv_str line, sv_usec *ret_time)
{
	static const struct sv_str key = { "\"timestamp\":\"", 13 };
	enum sv_time_source source;
	struct header h;
	size_t used;

	header_split(stamp, line, &h);
	if (h.time) {
		*ret_time = h.time;
		return true;
	}
	struct sv_str text = h.text;
	if (text.len && text.ptr[0] == '[')
		text = str_from(text, 1);
	else if (text.len && text.ptr[0] == '{' && str_find(text, key) != STR_NONE)
		text = str_from(text, str_find(text, key) + key.len);
	return stamp_read(stamp, text, &used, ret_time, &source);
}

/* The stamp of its first dated record, by the wrapper or in the text. */
static void
scan_head(struct reader *reader, struct stamp *stamp, struct member *m)
{
	struct sv_record record;
	size_t read = 0;

	while (!m->first && read < HEAD_BYTES && reader_next(reader, &record) > 0) {
		read += record.text.len + 1;
		if (record.time)
			m->first = record.time;
		else
			(void)time_in_line(stamp, record.text, &m->first);
	}
}

/* What is read from a pipe ("<(zcat …)") is gone for who comes after. */
static bool
is_pipe(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

/* A file that cannot be read keeps its place: who reads it will complain. */
static int
date_member(struct member *m)
{
	struct reader_spec spec = { .path = m->path,
				    .max_line_bytes = HEAD_LINE_BYTES };
	struct reader *reader = NULL;
	struct stamp *stamp = NULL;
	struct reader_info info;

	if (strcmp(m->path, "-") == 0 || is_pipe(m->path))
		return 0;
	int r = reader_open(&spec, &reader);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	reader_info_get(reader, &info);
	m->modified = info.modified;
	struct stamp_rules rules = { "UTC", 0, m->modified };
	r = stamp_new(&rules, &stamp);
	if (r >= 0)
		scan_head(reader, stamp, m);
	if (!m->first)
		m->first = m->modified;
	stamp_free(stamp);
	reader_close(reader);
	return r;
}

static int
compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int
compare_members(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int c = compare_numbers(x->group, y->group);

	if (!c)
		c = compare_numbers(x->first, y->first);
	if (!c)
		c = compare_numbers(x->modified, y->modified);
	return c ? c : compare_numbers(x->place, y->place);
}

/* Groups are numbered in the order of their first mention. */
static uint32_t
group_of(const struct member *members, size_t i, uint32_t *n_groups)
{
	struct sv_str stem = stem_of(members[i].path);

	if (strcmp(members[i].path, "-") != 0)
		for (size_t j = 0; j < i; j++)
			if (str_eq(stem, stem_of(members[j].path)))
				return members[j].group;
	return (*n_groups)++;
}

int
reader_order(const char **paths, size_t n_paths, uint32_t *ret_groups)
{
	struct member *members = calloc(n_paths + 1, sizeof(*members));
	uint32_t n_groups = 0;
	int r = 0;

	if (!members)
		return -ENOMEM;
	for (size_t i = 0; i < n_paths && r >= 0; i++) {
		members[i] = (struct member){ .path = paths[i], .place = i };
		members[i].group = group_of(members, i, &n_groups);
		r = date_member(&members[i]);
	}
	if (r >= 0) {
		qsort(members, n_paths, sizeof(*members), compare_members);
		for (size_t i = 0; i < n_paths; i++) {
			paths[i] = members[i].path;
			ret_groups[i] = members[i].group;
		}
	}
	free(members);
	return r;
}
