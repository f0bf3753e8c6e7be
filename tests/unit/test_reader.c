/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "input/lines.h"
#include "input/reader.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];
static char path[128];

static void
make_folder(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/sipvigil-reader-XXXXXX");
	cr_assert(mkdtemp(folder));
}

static int
remove_one(const char *name, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(name);
}

static void
drop_folder(void)
{
	(void)nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(reader, .init = make_folder, .fini = drop_folder);

static const char *
place(const char *name)
{
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void
put(const char *name, const void *bytes, size_t n)
{
	FILE *f = fopen(place(name), "w");

	cr_assert(f);
	cr_assert_eq(fwrite(bytes, 1, n, f), n);
	cr_assert_eq(fclose(f), 0);
}

static void
put_text(const char *name, const char *text)
{
	put(name, text, strlen(text));
}

/* Exit status of a shell command run in the folder. */
__attribute__((format(printf, 1, 2))) static int
shell(const char *format, ...)
{
	char command[512];
	int n = snprintf(command, sizeof(command), "cd %s && ", folder);
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(command + n, sizeof(command) - (size_t)n, format, ap);
	va_end(ap);
	int status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static struct reader *
open_at(const char *name, size_t cap)
{
	struct reader_spec spec = { .path = place(name), .max_line_bytes = cap };
	struct reader *reader = NULL;
	int r = reader_open(&spec, &reader);

	cr_assert_eq(r, 0, "%s: %s", name, strerror(-r));
	return reader;
}

/* All texts of a file, joined by '|'; *ret_end is what reader_next() ended with. */
static char *
read_all(struct reader *reader, int *ret_end)
{
	static char all[4096];
	struct sv_record record;
	size_t n = 0;

	all[0] = '\0';
	while ((*ret_end = reader_next(reader, &record)) > 0) {
		cr_assert_lt(n + record.text.len + 2, sizeof(all));
		if (record.line > 1)
			all[n++] = '|';
		memcpy(all + n, record.text.ptr, record.text.len);
		n += record.text.len;
		all[n] = '\0';
	}
	return all;
}

Test(reader, lines_end_with_lf_or_crlf_or_the_file)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *want;
	} rows[] = {
		{ "a\nb\n", 4, "a|b" },
		{ "a\r\nb\r\n", 6, "a|b" },
		{ "a\nb", 3, "a|b" },
		{ "a\rb\n", 4, "a\rb" },
		{ "\n\nx\n", 4, "||x" },
		{ "x\r", 2, "x" },
		{ "", 0, "" },
		{ "\n", 1, "" },
		{ "caf\xe9\n\xff\xfe\n", 8, "caf\xe9|\xff\xfe" },
		{ "\0\0\0after a hole\n", 16, "after a hole" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int end;
		put("log", rows[i].bytes, rows[i].n);
		struct reader *reader = open_at("log", 0);
		cr_expect_str_eq(read_all(reader, &end), rows[i].want, "row %zu", i);
		cr_expect_eq(end, 0);
		reader_close(reader);
	}
}

Test(reader, nul_inside_a_line_stays)
{
	struct sv_record record;

	put("log", "a\0b\nc\n", 6);
	struct reader *reader = open_at("log", 0);
	cr_assert_eq(reader_next(reader, &record), 1);
	cr_expect(str_eq(record.text, str_make("a\0b", 3)));
	cr_assert_eq(reader_next(reader, &record), 1);
	cr_expect_eq(record.line, 2);
	cr_expect_eq(record.offset, 4);
	reader_close(reader);
}

Test(reader, long_line_is_cut_counted_and_its_rest_dropped)
{
	static const size_t lengths[] = { 99, 100, 101, 102, 300000, 900000 };

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		for (int crlf = 0; crlf < 2; crlf++) {
			size_t len = lengths[i], n = 0;
			char *bytes = malloc(len + 16);
			struct sv_record record;
			struct reader_info info;
			memset(bytes, 'x', len);
			n = len;
			if (crlf)
				bytes[n++] = '\r';
			memcpy(bytes + n, "\nnext\n", 6);
			put("log", bytes, n + 6);
			struct reader *reader = open_at("log", 100);
			cr_assert_eq(reader_next(reader, &record), 1);
			cr_expect_eq(record.text.len, len < 100 ? len : 100, "%zu",
				     len);
			cr_expect_eq(!!(record.flags & SV_RECORD_TRUNCATED), len > 100,
				     "%zu", len);
			cr_assert_eq(reader_next(reader, &record), 1);
			cr_expect(str_eq(record.text, SV_STR("next")), "%zu", len);
			cr_expect_eq(record.line, 2);
			cr_expect_eq(record.offset, n + 1);
			cr_expect_eq(reader_next(reader, &record), 0);
			reader_info_get(reader, &info);
			cr_expect_eq(info.cut, len > 100, "%zu", len);
			reader_close(reader);
			free(bytes);
		}
	}
}

Test(reader, every_line_once_over_block_borders)
{
	enum { N = 60000 };
	FILE *f = fopen(place("log"), "w");
	struct sv_record record;
	struct reader_info info;

	for (int i = 0; i < N; i++)
		(void)fprintf(f, "%d %*s\n", i, (i * 7919) % 97, "");
	long total = ftell(f);
	(void)fclose(f);
	struct reader *reader = open_at("log", 0);
	for (int i = 0; i < N; i++) {
		uint64_t v = 0;
		cr_assert_eq(reader_next(reader, &record), 1);
		cr_assert(str_take_u64(record.text, &v));
		cr_assert_eq(v, (uint64_t)i);
		cr_assert_eq(record.line, (uint64_t)i + 1);
	}
	cr_expect_eq(reader_next(reader, &record), 0);
	cr_expect_eq(reader_next(reader, &record), 0, "and stays at the end");
	reader_info_get(reader, &info);
	cr_expect_eq(info.bytes_read, (uint64_t)total);
	cr_expect_eq(info.bytes_total, (uint64_t)total);
	cr_expect_str_eq(info.name, "file:log");
	cr_expect(!info.binary);
	reader_close(reader);
}

Test(reader, packed_files_are_known_by_content)
{
	static const char *const packers[] = { "gzip", "xz", "zstd -q", "bzip2",
					       "lz4 -q" };

	for (size_t i = 0; i < sizeof(packers) / sizeof(packers[0]); i++) {
		int end;
		put_text("log", "one\ntwo\n");
		if (shell("%s -c < /dev/null > /dev/null 2>&1", packers[i]) != 0)
			continue; /* that packer is not installed */
		cr_assert_eq(shell("(%s -c < log; %s -c < log) > packed", packers[i],
				   packers[i]),
			     0, "%s", packers[i]);
		struct reader *reader = open_at("packed", 0);
		cr_expect_str_eq(read_all(reader, &end), "one|two|one|two", "%s",
				 packers[i]);
		cr_expect_eq(end, 0, "%s: %d", packers[i], end);
		reader_close(reader);
	}
}

Test(reader, damaged_packing_tells_what_was_read_and_then_the_damage)
{
	char command[256];
	struct sv_record record;
	int end;

	(void)snprintf(
		command, sizeof(command),
		"cd %s && seq 1 900000 | gzip -c > ok && head -c 700000 ok > cut",
		folder);
	cr_assert_eq(system(command), 0);
	struct reader *reader = open_at("cut", 0);
	int n = 0;
	while ((end = reader_next(reader, &record)) > 0)
		n++;
	cr_expect_eq(end, -EBADMSG);
	cr_expect_gt(n, 1000, "what is whole was read: %d", n);
	reader_close(reader);
}

Test(reader, empty_packed_file_is_empty)
{
	int end;

	put("log", "", 0);
	cr_assert_eq(shell("gzip -f log"), 0);
	struct reader *reader = open_at("log.gz", 0);
	cr_expect_str_eq(read_all(reader, &end), "");
	cr_expect_eq(end, 0);
	reader_close(reader);
}

Test(reader, what_cannot_be_read_says_why)
{
	struct reader *reader = NULL;
	struct reader_spec spec = { .path = folder };

	cr_expect_eq(reader_open(&spec, &reader), -EISDIR);
	spec.path = place("missing");
	cr_expect_eq(reader_open(&spec, &reader), -ENOENT);
	spec.journal = true;
	cr_expect_eq(reader_open(&spec, &reader), -ENOENT);
}

Test(reader, binary_garbage_is_noticed)
{
	unsigned char bytes[4096];
	struct sv_record record;
	struct reader_info info;
	uint32_t seed = 1;

	for (size_t i = 0; i < sizeof(bytes); i++) {
		seed = seed * 1664525 + 1013904223;
		bytes[i] = (unsigned char)(seed >> 24);
	}
	put("log", bytes, sizeof(bytes));
	struct reader *reader = open_at("log", 0);
	while (reader_next(reader, &record) > 0)
		;
	reader_info_get(reader, &info);
	cr_expect(info.binary);
	reader_close(reader);
}

Test(reader, series_goes_by_first_stamps_not_by_names)
{
	const char *const names[] = { "full",      "full.0",   "full.1",
				      "full.2.gz", "messages", "messages-20261101",
				      "pbx1",      "pbx2",     "10.0.0.1",
				      "10.0.0.2",  "empty" };
	char stored[11][128];
	const char *paths[11];
	uint32_t groups[11];

	put_text("full", "[2026-11-22 10:00:00] NOTICE[1] a.c: x\n");
	put_text("full.0", "no date\n[2026-11-19 10:00:00] NOTICE[1] a.c: x\n");
	put_text("full.1", "[2026-11-20 10:00:00] NOTICE[1] a.c: x\n");
	put_text("full.2", "[2026-11-21 10:00:00] NOTICE[1] a.c: x\n");
	cr_assert_eq(shell("gzip full.2"), 0);
	put_text("messages", "Nov 22 10:00:00 h asterisk[1]: x\n");
	put_text("messages-20261101", "Oct 30 10:00:00 h asterisk[1]: x\n");
	put_text("pbx1", "x\n");
	put_text("pbx2", "x\n");
	put_text("10.0.0.1", "x\n");
	put_text("10.0.0.2", "x\n");
	put_text("empty", "");
	for (size_t i = 0; i < 11; i++) {
		(void)snprintf(stored[i], sizeof(stored[i]), "%s", place(names[i]));
		paths[i] = stored[i];
	}
	cr_assert_eq(reader_order(paths, 11, groups), 0);
	static const struct {
		const char *name;
		uint32_t group;
	} want[] = {
		{ "full.0", 0 },
		{ "full.1", 0 },
		{ "full.2.gz", 0 },
		{ "full", 0 },
		{ "messages-20261101", 1 },
		{ "messages", 1 },
		{ "pbx1", 2 },
		{ "pbx2", 3 },
		{ "10.0.0.1", 4 },
		{ "10.0.0.2", 5 },
		{ "empty", 6 },
	};
	for (size_t i = 0; i < 11; i++) {
		cr_expect_str_eq(strrchr(paths[i], '/') + 1, want[i].name, "place %zu",
				 i);
		cr_expect_eq(groups[i], want[i].group, "%s: %u", want[i].name,
			     groups[i]);
	}
}

/* "<(zcat full.1.gz)": what is read of a pipe to find its place is gone. */
Test(reader, series_leave_pipes_alone)
{
	int ends[2];
	char name[64], got[8];
	uint32_t group;

	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(write(ends[1], "Nov 22\n", 7), 7);
	cr_assert_eq(close(ends[1]), 0);
	(void)snprintf(name, sizeof(name), "/dev/fd/%d", ends[0]);
	const char *paths[1] = { name };
	cr_assert_eq(reader_order(paths, 1, &group), 0);
	cr_expect_eq(read(ends[0], got, sizeof(got)), 7);
	(void)close(ends[0]);
}

Test(reader, series_names_lose_what_rotation_adds)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{ "full", "full.10.xz", true },
		{ "full", "full.old", true },
		{ "full", "full.1700000000", true },
		{ "full", "full-20261122-1830.gz", true },
		{ "full", "full_2026-11-22", true },
		{ "full", "full-20261122.1", true },
		{ "pbx1", "pbx1.1", true },
		{ "full", "messages", false },
		{ "full", "full_json", false },
		{ "pbx-1", "pbx-2", false },
		{ "pbx-10.0.0.1", "pbx-10.0.0.2", false },
		{ "a/full", "b/full.1", false },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *paths[2] = { rows[i].a, rows[i].b };
		uint32_t groups[2];
		cr_assert_eq(reader_order(paths, 2, groups), 0);
		cr_expect_eq(groups[0] == groups[1], rows[i].same, "%s %s", rows[i].a,
			     rows[i].b);
	}
}

/* Entries as `journalctl -o export` prints them. */
static const char export_text[] =
	"__REALTIME_TIMESTAMP=1795300000000000\n__MONOTONIC_TIMESTAMP=5\n"
	"_BOOT_ID=11111111111111111111111111111111\n_HOSTNAME=pbx1\n"
	"_SYSTEMD_UNIT=asterisk.service\nSYSLOG_IDENTIFIER=asterisk\n_TRANSPORT="
	"syslog\n"
	"_SOURCE_REALTIME_TIMESTAMP=1795299999000000\nMESSAGE=one\n\n"
	"__REALTIME_TIMESTAMP=1795300001000000\n__MONOTONIC_TIMESTAMP=6\n"
	"_BOOT_ID=11111111111111111111111111111111\n_TRANSPORT=stdout\n"
	"MESSAGE\n\x05\0\0\0\0\0\0\0a\nb\0c\n\n"
	"__REALTIME_TIMESTAMP=1795300002000000\n__MONOTONIC_TIMESTAMP=7\n"
	"_BOOT_ID=11111111111111111111111111111111\nNO_MESSAGE=here\n\n"
	"__REALTIME_TIMESTAMP=1795300003000000\n__MONOTONIC_TIMESTAMP=8\n"
	"_BOOT_ID=11111111111111111111111111111111\n_TRANSPORT=driver\n"
	"MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e\nN_DROPPED=9455\n"
	"MESSAGE=Suppressed 9455 messages from asterisk.service\n"
	"_SYSTEMD_UNIT=systemd-journald.service\nOBJECT_SYSTEMD_UNIT=asterisk."
	"service\n\n"
	"__REALTIME_TIMESTAMP=1795300004000000\n__MONOTONIC_TIMESTAMP=9\n"
	"_BOOT_ID=11111111111111111111111111111111\n_TRANSPORT=journal\n"
	"MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e\nN_DROPPED=1\nMESSAGE=forged\n\n";

static bool
make_journal(void)
{
	put("export", export_text, sizeof(export_text) - 1);
	return shell("mkdir j && /lib/systemd/systemd-journal-remote "
		     "-o j/x.journal export >/dev/null 2>&1") == 0;
}

static void
expect_journal(struct reader *reader, bool has_cursor)
{
	struct sv_record record;
	const char *cursor = NULL;

	cr_assert_eq(reader_next(reader, &record), 1);
	cr_expect(str_eq(record.text, SV_STR("one")));
	cr_expect(str_eq(record.ident, SV_STR("asterisk")));
	cr_expect(str_eq(record.unit, SV_STR("asterisk.service")));
	cr_expect(str_eq(record.host, SV_STR("pbx1")));
	cr_expect_eq(record.time, 1795299999000000u);
	cr_expect_eq(record.time_source, SV_TIME_JOURNAL);
	cr_expect_eq(record.flags, SV_RECORD_WHOLE);
	if (reader_cursor_get(reader, &cursor) == 0)
		cr_expect(strncmp(cursor, "s=", 2) == 0);
	else
		cr_expect(!has_cursor);
	cr_assert_eq(reader_next(reader, &record), 1);
	cr_expect(str_eq(record.text, str_make("a\nb\0c", 5)));
	cr_expect_eq(record.flags, 0, "printed lines are not whole");
	cr_expect_eq(record.time, 1795300001000000u);
	cr_assert_eq(reader_next(reader, &record), 1);
	cr_expect_eq(record.flags, SV_RECORD_WHOLE | SV_RECORD_GAP);
	cr_expect_eq(record.lost, 9455);
	cr_expect(str_eq(record.unit, SV_STR("asterisk.service")));
	cr_assert_eq(reader_next(reader, &record), 1);
	cr_expect(str_eq(record.text, SV_STR("forged")));
	cr_expect_eq(record.flags, SV_RECORD_WHOLE, "only journald speaks for itself");
	cr_expect_eq(reader_next(reader, &record), 0);
}

Test(reader, journal_entries_become_records)
{
	struct reader *reader = NULL;

	if (!make_journal())
		cr_skip_test("systemd-journal-remote is not installed");
	struct reader_spec spec = { .path = place("j"), .journal = true };
	cr_assert_eq(reader_open(&spec, &reader), 0);
	expect_journal(reader, true);
	reader_close(reader);
	spec.path = place("j/x.journal");
	cr_assert_eq(reader_open(&spec, &reader), 0);
	expect_journal(reader, true);
	reader_close(reader);
	spec.journal = false; /* known by content */
	cr_assert_eq(reader_open(&spec, &reader), 0);
	expect_journal(reader, true);
	reader_close(reader);
}

/* The same entries as journalctl prints them, packed or not. */
Test(reader, exported_journals_are_read_as_journals)
{
	static const char *const forms[] = { "export", "export.gz", "json",
					     "json.zst" };
	struct reader *reader = NULL;

	if (!make_journal())
		cr_skip_test("systemd-journal-remote is not installed");
	cr_assert_eq(
		shell("gzip -k export && journalctl -q --all -m -D j -o json >json && "
		      "zstd -q -k json"),
		0);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct reader_spec spec = { .path = place(forms[i]) };
		cr_assert_eq(reader_open(&spec, &reader), 0);
		expect_journal(reader, false);
		reader_close(reader);
	}
}

#define DOCKER(text, time) \
	"{\"log\":\"" text "\\n\",\"stream\":\"stdout\",\"time\":\"" time "\"}\n"

Test(reader, wrapped_files_go_by_the_wrappers_time)
{
	struct sv_record record;
	struct reader_info info;
	struct reader *reader = NULL;
	char a[128], b[128];
	uint32_t groups[2];

	put_text("c-json.log", DOCKER("two", "2026-11-22T10:00:00Z"));
	put_text("c-json.log.1", DOCKER("one", "2026-11-21T10:00:00Z"));
	(void)snprintf(a, sizeof(a), "%s", place("c-json.log"));
	(void)snprintf(b, sizeof(b), "%s", place("c-json.log.1"));
	const char *paths[] = { a, b };
	cr_assert_eq(reader_order(paths, 2, groups), 0);
	cr_expect_str_eq(paths[0], b, "the older one first");
	cr_expect_eq(groups[0], groups[1]);

	struct reader_spec spec = { .path = b };
	cr_assert_eq(reader_open(&spec, &reader), 0);
	cr_assert_eq(reader_next(reader, &record), 1);
	cr_expect(str_eq(record.text, SV_STR("one")));
	cr_expect_eq(record.time, 1795255200000000u);
	cr_expect_eq(record.time_source, SV_TIME_ZONED);
	cr_expect_eq(record.line, 1);
	cr_expect_eq(reader_next(reader, &record), 0);
	reader_info_get(reader, &info);
	cr_expect_eq(info.damaged, 0);
	cr_expect(!info.binary);
	reader_close(reader);
}

Test(reader, journal_keeps_to_since_and_until)
{
	struct reader *reader = NULL;
	struct sv_record record;

	if (!make_journal())
		cr_skip_test("systemd-journal-remote is not installed");
	struct reader_spec spec = { .path = place("j"),
				    .journal = true,
				    .since = 1795300001000000u,
				    .until = 1795300003500000u };
	cr_assert_eq(reader_open(&spec, &reader), 0);
	cr_assert_eq(reader_next(reader, &record), 1);
	cr_expect_eq(record.time, 1795300001000000u);
	cr_assert_eq(reader_next(reader, &record), 1);
	cr_expect_eq(record.time, 1795300003000000u);
	cr_expect_eq(reader_next(reader, &record), 0);
	reader_close(reader);
}
