/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pack.h"
#include "base/text.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>

struct sink {
	char bytes[4096];
	size_t len, pieces;
	int fail_at; /* 0 = never */
};

static int
to_sink(void *user, const char *bytes, size_t n)
{
	struct sink *sink = user;

	if (++sink->pieces == (size_t)sink->fail_at)
		return -ENOSPC;
	cr_assert_leq(n, sizeof(sink->bytes) - sink->len);
	memcpy(sink->bytes + sink->len, bytes, n);
	sink->len += n;
	return 0;
}

static void
inner(void *user, struct pack *out)
{
	pack_str(out, str_of(user));
	pack_u16(out, 7);
}

static void
everything(struct pack *out)
{
	char text[] = "inside";

	pack_u8(out, 200);
	pack_u16(out, 65535);
	pack_u32(out, 4000000000u);
	pack_u64(out, UINT64_MAX - 1);
	pack_str(out, SV_STR("a text\0with a NUL"));
	pack_str(out, (struct sv_str){ NULL, 0 });
	pack_blob(out, inner, text);
	pack_bytes(out, "tail", 4);
}

static void
check_everything(struct sv_str bytes)
{
	struct unpack in = unpack_of(bytes), blob;

	cr_expect_eq(unpack_u8(&in), 200);
	cr_expect_eq(unpack_u16(&in), 65535);
	cr_expect_eq(unpack_u32(&in), 4000000000u);
	cr_expect_eq(unpack_u64(&in), UINT64_MAX - 1);
	cr_expect(str_eq(unpack_str(&in), SV_STR("a text\0with a NUL")));
	cr_expect_eq(unpack_str(&in).len, 0);
	blob = unpack_of(unpack_blob(&in));
	cr_expect(str_eq(unpack_str(&blob), SV_STR("inside")));
	cr_expect_eq(unpack_u16(&blob), 7);
	cr_expect_eq(blob.len, 0);
	cr_expect_arr_eq(unpack_bytes(&in, 4), "tail", 4);
	cr_expect(unpack_ok(&in));
	cr_expect_eq(in.len, 0);
}

Test(pack, what_goes_in_comes_out_whatever_the_size_of_the_pieces)
{
	for (size_t cap = 1; cap < 200; cap++) {
		struct sink sink = { .len = 0 };
		char buf[200];
		struct pack out = {
			.buf = buf, .cap = cap, .write = to_sink, .user = &sink
		};
		everything(&out);
		cr_assert_eq(pack_finish(&out), 0);
		cr_assert_eq(out.total, sink.len);
		check_everything(str_make(sink.bytes, sink.len));
	}
}

Test(pack, counts_without_a_buffer_as_it_writes)
{
	struct pack count = { 0 }, out = { 0 };
	char buf[4096];

	everything(&count);
	out.buf = buf;
	out.cap = (size_t)count.total;
	everything(&out);
	cr_expect_eq(pack_finish(&out), 0);
	cr_expect_eq(out.len, count.total);
	check_everything(str_make(buf, out.len));
}

Test(pack, a_buffer_that_is_too_small_is_an_error)
{
	struct pack out = { 0 };
	char buf[64] = { 0 };

	out.buf = buf;
	out.cap = 10;
	everything(&out);
	cr_expect_eq(pack_finish(&out), -ENOBUFS);
	cr_expect_eq(buf[10], 0, "nothing is written behind it");
}

Test(pack, the_first_failure_stays)
{
	struct sink sink = { .fail_at = 2 };
	char buf[8];
	struct pack out = {
		.buf = buf, .cap = sizeof(buf), .write = to_sink, .user = &sink
	};

	everything(&out);
	everything(&out);
	cr_expect_eq(pack_finish(&out), -ENOSPC);
	cr_expect_eq(sink.pieces, 2, "nobody is asked again");
}

static void
too_much(void *user, struct pack *out)
{
	(void)user;
	out->total += PACK_MAX_BYTES + 1;
}

Test(pack, what_could_not_be_read_is_not_written)
{
	struct sink sink = { 0 };
	char buf[8];
	struct pack out = {
		.buf = buf, .cap = sizeof(buf), .write = to_sink, .user = &sink
	};

	pack_blob(&out, too_much, NULL);
	cr_expect_eq(pack_finish(&out), -EFBIG);
}

Test(unpack, every_cut_is_noticed)
{
	struct sink sink = { 0 };
	char buf[64];
	struct pack out = {
		.buf = buf, .cap = sizeof(buf), .write = to_sink, .user = &sink
	};

	everything(&out);
	cr_assert_eq(pack_finish(&out), 0);
	for (size_t len = 0; len < sink.len; len++) {
		/* of exactly this size, for the sanitizer */
		char *cut = malloc(len ? len : 1);
		memcpy(cut, sink.bytes, len);
		struct unpack in = unpack_of(str_make(cut, len));
		(void)unpack_u8(&in);
		(void)unpack_u16(&in);
		(void)unpack_u32(&in);
		(void)unpack_u64(&in);
		(void)unpack_str(&in);
		(void)unpack_str(&in);
		(void)unpack_blob(&in);
		(void)unpack_bytes(&in, 4);
		cr_expect_not(unpack_ok(&in), "cut at %zu", len);
		/* and from then on there are zeros */
		cr_expect_eq(unpack_u64(&in), 0);
		cr_expect_eq(unpack_str(&in).len, 0);
		cr_expect_null(unpack_bytes(&in, 1));
		free(cut);
	}
}

Test(unpack, a_length_beyond_the_end_or_the_bound_gives_nothing)
{
	struct sink sink = { 0 };
	char buf[64];
	struct pack out = {
		.buf = buf, .cap = sizeof(buf), .write = to_sink, .user = &sink
	};
	struct unpack in;

	pack_u64(&out, UINT64_MAX);
	pack_u32(&out, UINT32_MAX);
	cr_assert_eq(pack_finish(&out), 0);
	in = unpack_of(str_make(sink.bytes, 8));
	cr_expect_null(unpack_blob(&in).ptr);
	cr_expect_not(unpack_ok(&in));
	in = unpack_of(str_make(sink.bytes + 8, 4));
	cr_expect_null(unpack_str(&in).ptr);
	cr_expect_not(unpack_ok(&in));
	in = unpack_of((struct sv_str){ NULL, 0 });
	cr_expect_eq(unpack_u8(&in), 0);
	cr_expect_not(unpack_ok(&in));
}
