/* SPDX-License-Identifier: Apache-2.0 */
#include "scratch.h"
#include "store/aside.h"
#include "store/checkpoint.h"

#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

/* Where things stand in the file: see checkpoint.c. */
#define AT_ORDER 20
#define AT_VERSION 24
#define AT_BYTES 104
#define HEAD_BYTES 144

static const char first[] = "the first part", second[] = "and the second";

static void
save_text(void *user, struct pack *out)
{
	pack_str(out, str_of(user));
}

static int
write_one(const char *path, const char *a, const char *b)
{
	struct checkpoint_part parts[2] = {
		{ .tag = 1, .save = save_text, .user = (void *)(uintptr_t)a },
		{ .tag = 7, .save = save_text, .user = (void *)(uintptr_t)b },
	};
	struct checkpoint_spec spec = { .path = path,
					.writer = "1.2.3",
					.parts = parts,
					.n_parts = 2,
					.now = 1795480000 * SV_USEC_PER_SEC };
	struct checkpoint_writer *writer = checkpoint_writer_new();
	struct checkpoint_result result;
	int r;

	cr_assert(writer);
	r = checkpoint_write(writer, &spec, &result);
	/* the writer may be used again */
	if (r == 0)
		r = checkpoint_write(writer, &spec, &result);
	checkpoint_writer_free(writer);
	return r;
}

static bool
part_is(const struct checkpoint *c, uint32_t tag, const char *text)
{
	struct unpack in = unpack_of(checkpoint_part(c, tag));

	return str_eq(unpack_str(&in), str_of(text)) && unpack_ok(&in) && in.len == 0;
}

Test(checkpoint, parts_are_found_by_their_tags)
{
	struct scratch s;
	struct checkpoint *c;
	char problem[CHECKPOINT_PROBLEM_BYTES], name[300];

	scratch_make(&s, "checkpoint");
	cr_assert_eq(write_one(s.path, first, second), 0);
	cr_assert_eq(checkpoint_read(s.path, &c, problem), CHECKPOINT_READ);
	cr_expect_str_eq(problem, "");
	cr_expect(part_is(c, 1, first));
	cr_expect(part_is(c, 7, second));
	cr_expect_eq(checkpoint_part(c, 2).len, 0);
	cr_expect_eq(checkpoint_made(c), 1795480000 * SV_USEC_PER_SEC);
	checkpoint_free(c);
	cr_expect_eq(scratch_count(&s, "checkpoint.", name), 0, "%s is left", name);
	scratch_remove(&s);
}

Test(checkpoint, a_failed_write_leaves_the_former_one)
{
	struct scratch s;
	struct checkpoint *c;
	char problem[CHECKPOINT_PROBLEM_BYTES], blocked[160];

	scratch_make(&s, "checkpoint");
	cr_assert_eq(write_one(s.path, first, second), 0);
	snprintf(blocked, sizeof(blocked), "%s.tmp", s.path);
	cr_assert_eq(mkdir(blocked, 0700), 0);
	cr_expect_eq(write_one(s.path, "x", "y"), -EISDIR);
	cr_assert_eq(checkpoint_read(s.path, &c, problem), CHECKPOINT_READ);
	cr_expect(part_is(c, 1, first));
	checkpoint_free(c);
	cr_assert_eq(rmdir(blocked), 0);
	/* A link in its place is not followed. */
	cr_assert_eq(symlink("/tmp", blocked), 0);
	cr_expect_eq(write_one(s.path, "x", "y"), -ELOOP);
	scratch_remove(&s);
	cr_expect_eq(write_one(s.path, "x", "y"), -ENOENT, "no folder");
}

/* What is done to a good file, and what is then said of it. */
struct bad {
	const char *name, *why;
	off_t at; /* byte to change; -1 = none */
	int byte;
	off_t size;          /* new size; -1 = as it is */
	const char *content; /* instead of it; NULL = none */
};

static const struct bad bads[] = {
	{ "empty", "is cut short", -1, 0, 0, NULL },
	{ "half a head", "is cut short", -1, 0, 50, NULL },
	{ "cut", "is cut short or too long", -1, 0, HEAD_BYTES + 9, NULL },
	{ "longer", "is cut short or too long", -1, 0, 5000, NULL },
	{ "head alone", "is cut short or too long", -1, 0, HEAD_BYTES, NULL },
	{ "another magic", "is not one of sipvigil", 0, 'S', -1, NULL },
	{ "zeros", "is not one of sipvigil", 3, 0, -1, NULL },
	{ "another byte order", "is of another kind of machine", AT_ORDER, 1, -1,
	  NULL },
	{ "newer", "is of a newer sipvigil", AT_VERSION, 2, -1, NULL },
	{ "older", "is of an older sipvigil that had another format", AT_VERSION, 0, -1,
	  NULL },
	{ "a huge length", "is cut short or too long", AT_BYTES + 7, 0x7f, -1, NULL },
	{ "a byte of a part", "is damaged (its checksum does not fit)", HEAD_BYTES + 20,
	  '!', -1, NULL },
	{ "a tag", "is damaged (its checksum does not fit)", HEAD_BYTES, 9, -1, NULL },
	{ "the checksum", "is damaged (its checksum does not fit)", AT_BYTES + 8 + 5,
	  0xaa, -1, NULL },
	{ "another file", "is cut short", -1, 0, -1, "hello\n" },
};

static void
spoil(const char *path, const struct bad *bad)
{
	FILE *file;

	if (bad->content)
		scratch_write(path, bad->content, strlen(bad->content));
	if (bad->size >= 0)
		cr_assert_eq(truncate(path, bad->size), 0);
	if (bad->at < 0)
		return;
	file = fopen(path, "r+b");
	cr_assert(file);
	cr_assert_eq(fseek(file, bad->at, SEEK_SET), 0);
	fputc(bad->byte, file);
	cr_assert_eq(fclose(file), 0);
}

static void
expect_said(const struct scratch *s, const char *problem, const char *why,
	    const char *name)
{
	char wanted[400], aside[300], path[500];

	cr_expect_eq(scratch_count(s, "checkpoint.bad-", aside), 1, "%s: set aside",
		     name);
	snprintf(wanted, sizeof(wanted),
		 "checkpoint %s, set aside as %s/%.200s; counts begin anew", why,
		 s->folder, aside);
	cr_expect_str_eq(problem, wanted, "%s: %s", name, problem);
	snprintf(path, sizeof(path), "%s/%s", s->folder, aside);
	cr_expect_eq(access(s->path, F_OK), -1, "%s: it is not there any more", name);
	cr_expect_eq(access(path, F_OK), 0);
}

Test(checkpoint, each_kind_of_bad_one_is_set_aside_and_said)
{
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		const struct bad *bad = &bads[i];
		struct scratch s;
		struct checkpoint *c = NULL;
		char problem[CHECKPOINT_PROBLEM_BYTES];
		scratch_make(&s, "checkpoint");
		cr_assert_eq(write_one(s.path, first, second), 0);
		spoil(s.path, bad);
		cr_expect_eq(checkpoint_read(s.path, &c, problem), CHECKPOINT_SET_ASIDE,
			     "%s", bad->name);
		cr_expect_null(c);
		expect_said(&s, problem, bad->why, bad->name);
		cr_expect_eq(checkpoint_read(s.path, &c, problem), CHECKPOINT_NONE);
		scratch_remove(&s);
	}
}

Test(checkpoint, every_byte_behind_the_head_is_guarded)
{
	struct scratch s;
	struct checkpoint *c = NULL;
	struct stat st;
	char problem[CHECKPOINT_PROBLEM_BYTES];

	scratch_make(&s, "checkpoint");
	cr_assert_eq(write_one(s.path, first, second), 0);
	cr_assert_eq(stat(s.path, &st), 0);
	for (off_t at = HEAD_BYTES; at < st.st_size; at++) {
		struct bad bad = { .at = at, .byte = 0xf3, .size = -1 };
		cr_assert_eq(write_one(s.path, first, second), 0);
		spoil(s.path, &bad);
		cr_expect_eq(checkpoint_read(s.path, &c, problem), CHECKPOINT_SET_ASIDE,
			     "byte %d", (int)at);
	}
	scratch_remove(&s);
}

Test(checkpoint, what_is_no_file_is_set_aside_too)
{
	struct scratch s;
	struct checkpoint *c = NULL;
	char problem[CHECKPOINT_PROBLEM_BYTES];

	scratch_make(&s, "checkpoint");
	cr_assert_eq(mkdir(s.path, 0700), 0);
	cr_expect_eq(checkpoint_read(s.path, &c, problem), CHECKPOINT_SET_ASIDE);
	expect_said(&s, problem, "is no regular file", "a folder");
	scratch_remove(&s);
	scratch_make(&s, "checkpoint");
	cr_assert_eq(mkfifo(s.path, 0600), 0);
	cr_expect_eq(checkpoint_read(s.path, &c, problem), CHECKPOINT_SET_ASIDE);
	expect_said(&s, problem, "is no regular file", "a pipe");
	scratch_remove(&s);
	/* The next save would go over what cannot be read. */
	scratch_make(&s, "checkpoint");
	cr_assert_eq(symlink("/nowhere/at/all", s.path), 0);
	cr_expect_eq(checkpoint_read(s.path, &c, problem), CHECKPOINT_SET_ASIDE);
	cr_expect(strstr(problem, "cannot be read (Too many levels of symbolic links), "
				  "set aside as"),
		  "%s", problem);
	scratch_remove(&s);
}

Test(checkpoint, one_that_its_reader_refuses_is_set_aside)
{
	struct scratch s;
	char problem[CHECKPOINT_PROBLEM_BYTES], wanted[300];

	scratch_make(&s, "checkpoint");
	cr_assert_eq(write_one(s.path, first, second), 0);
	checkpoint_reject(s.path, "holds counts that cannot be read", problem);
	expect_said(&s, problem, "holds counts that cannot be read", "rejected");
	checkpoint_reject(s.path, "is bad", problem);
	snprintf(wanted, sizeof(wanted),
		 "checkpoint %s is bad and could not be set aside: No such file or "
		 "directory",
		 s.path);
	cr_expect_str_eq(problem, wanted);
	scratch_remove(&s);
}

/* Files set aside. */

static void
put_one(const struct scratch *s, const char *content, sv_usec sec,
	char ret_path[ASIDE_PATH_BYTES])
{
	static const char *const companions[] = { "-wal", NULL };
	char wal[160];

	scratch_write(s->path, content, strlen(content));
	snprintf(wal, sizeof(wal), "%s-wal", s->path);
	scratch_write(wal, content, strlen(content));
	cr_assert_eq(aside_put(s->path, companions, sec * SV_USEC_PER_SEC, ret_path),
		     0);
}

Test(aside, two_of_the_same_second_do_not_overwrite_each_other)
{
	struct scratch s;
	char path[2][ASIDE_PATH_BYTES], name[300], text[8] = "";
	FILE *file;

	scratch_make(&s, "a.db");
	put_one(&s, "one", 1000, path[0]);
	put_one(&s, "two", 1000, path[1]);
	cr_expect(strstr(path[0], "/a.db.bad-1000"));
	cr_expect(strstr(path[1], "/a.db.bad-1000-2"));
	cr_expect_eq(scratch_count(&s, "a.db.bad-1000", name), 4);
	file = fopen(path[0], "r");
	cr_assert(file);
	cr_expect(fgets(text, sizeof(text), file));
	cr_expect_str_eq(text, "one");
	fclose(file);
	scratch_remove(&s);
}

Test(aside, the_newest_few_are_kept_with_what_belongs_to_them)
{
	struct scratch s;
	char path[ASIDE_PATH_BYTES], name[300], other[160], third[160];

	scratch_make(&s, "a.db");
	snprintf(other, sizeof(other), "%s.bad-mine", s.path);
	scratch_write(other, "kept", 4);
	snprintf(third, sizeof(third), "%s/b.db.bad-1", s.folder);
	scratch_write(third, "kept", 4);
	for (sv_usec sec = 995; sec < 1020; sec++)
		for (int i = 0; i < 2; i++)
			put_one(&s, "x", sec, path);
	/* 1019-2, 1019, 1018-2, each with its log; and what has another name */
	cr_expect_eq(scratch_count(&s, "a.db.bad-1", name), 2 * ASIDE_KEEP);
	cr_expect_eq(scratch_count(&s, "a.db.bad-9", name), 0);
	cr_expect_eq(scratch_count(&s, "a.db.bad-1019", name), 4);
	cr_expect_eq(scratch_count(&s, "a.db.bad-1018-2", name), 2);
	cr_expect_eq(access(other, F_OK), 0);
	cr_expect_eq(access(third, F_OK), 0);
	scratch_remove(&s);
}
