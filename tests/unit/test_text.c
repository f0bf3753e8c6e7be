/* SPDX-License-Identifier: Apache-2.0 */
#include "base/address.h"
#include "base/buffer.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>

Test(text, find_last_sees_overlaps_and_ends)
{
	static const struct {
		const char *text, *needle;
		size_t at;
	} rows[] = {
		{ "abcabc", "abc", 3 },    { "aaa", "aa", 1 },
		{ "abc", "x", STR_NONE },  { "abc", "abc", 0 },
		{ "ab", "abc", STR_NONE }, { "xaab", "aab", 1 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(
			str_find_last(str_of(rows[i].text), str_of(rows[i].needle)),
			rows[i].at, "row %zu (%s)", i, rows[i].text);
}

static size_t
find_simply(struct sv_str s, struct sv_str needle, bool last)
{
	size_t found = STR_NONE;

	for (size_t at = 0; at + needle.len <= s.len; at++) {
		if (memcmp(s.ptr + at, needle.ptr, needle.len) != 0)
			continue;
		found = at;
		if (!last)
			break;
	}
	return found;
}

Test(text, find_agrees_with_a_search_byte_by_byte)
{
	/* blanks and commas in front of needles are passed over by the search */
	static const char bytes[] = " ,, ab";
	char text[48], word[6];
	uint32_t seed = 1;

	for (int i = 0; i < 200000; i++) {
		struct sv_str s = { text, i % (int)sizeof(text) };
		struct sv_str needle = { word, 1 + (size_t)i % sizeof(word) };
		for (size_t k = 0; k < s.len + needle.len; k++) {
			seed = seed * 1664525 + 1013904223;
			char c = bytes[(seed >> 16) % (sizeof(bytes) - 1)];
			*(k < s.len ? &text[k] : &word[k - s.len]) = c;
		}
		cr_assert_eq(str_find(s, needle), find_simply(s, needle, false),
			     "'%.*s' in '%.*s'", (int)needle.len, word, (int)s.len,
			     text);
		cr_assert_eq(str_find_last(s, needle), find_simply(s, needle, true),
			     "last '%.*s' in '%.*s'", (int)needle.len, word, (int)s.len,
			     text);
	}
}

Test(text, numbers_stop_at_overflow)
{
	uint64_t v = 7;
	cr_expect_eq(str_take_u64(SV_STR("18446744073709551615x"), &v), 20);
	cr_expect_eq(v, UINT64_MAX);
	v = 7;
	cr_expect_eq(str_take_u64(SV_STR("18446744073709551616"), &v), 0);
	cr_expect_eq(v, 7, "untouched on failure");
	cr_expect_eq(str_take_hex(SV_STR("0000002a]"), &v), 8);
	cr_expect_eq(v, 42);
}

Test(text, distance_counts_a_swap_as_one)
{
	cr_expect_eq(str_distance(SV_STR("treshold"), SV_STR("threshold"), 9), 1);
	cr_expect_eq(str_distance(SV_STR("peer_pi"), SV_STR("peer_ip"), 9), 1);
	cr_expect_eq(str_distance(SV_STR("abc"), SV_STR("xyz"), 2), 2);
}

Test(address, reads_what_pbxes_write)
{
	static const struct {
		const char *text, *ip;
		unsigned port;
		bool ok;
	} rows[] = {
		{ "203.0.113.9:5071", "203.0.113.9", 5071, true },
		{ "203.0.113.9", "203.0.113.9", 0, true },
		{ "[2001:db8::1]:5060", "2001:db8::1", 5060, true },
		{ "2001:db8::1", "2001:db8::1", 0, true },
		{ "[::ffff:192.0.2.1]", "192.0.2.1", 0, true },
		{ "fe80::1%eth0", "fe80::1", 0, true },
		{ "203.0.113.9:", "", 0, false },
		{ "203.0.113.9:65536", "", 0, false },
		{ "203.0.113.09", "", 0, false },
		{ "203.0.113", "", 0, false },
		{ "203.0.113.9:50x", "", 0, false },
		{ "1.2.3.4.5", "", 0, false },
		{ "", "", 0, false },
		{ "host.example:5060", "", 0, false },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sv_ip ip = { 0 };
		uint16_t port = 0;
		char text[ADDRESS_TEXT_BYTES];
		bool ok = address_parse_port(str_of(rows[i].text), &ip, &port);
		address_print(&ip, text);
		cr_expect_eq(ok, rows[i].ok, "%s", rows[i].text);
		cr_expect_str_eq(text, rows[i].ip, "%s", rows[i].text);
		cr_expect_eq(port, rows[i].port, "%s", rows[i].text);
	}
}

Test(address, agrees_with_libc)
{
	static const char bytes[] = "0123456789..:abcf[]% x";
	uint32_t seed = 1;
	unsigned right = 0;

	for (int i = 0; i < 300000; i++) {
		char text[24], out[ADDRESS_TEXT_BYTES], libc[INET6_ADDRSTRLEN];
		struct in_addr four;
		struct sv_ip ip;
		seed = seed * 1664525 + 1013904223;
		size_t n = (size_t)snprintf(text, sizeof(text), "%u.%u.%u.%u",
					    seed >> 24, (seed >> 16) & 127,
					    (seed >> 10) & 15, (seed >> 4) & 255);
		for (int k = i % 3; k > 0; k--) {
			seed = seed * 1664525 + 1013904223;
			text[(seed >> 8) % n] =
				bytes[(seed >> 16) % (sizeof(bytes) - 1)];
		}
		bool want = inet_pton(AF_INET, text, &four) == 1;
		bool is = address_parse(str_make(text, n), &ip) && ip.family == 4;
		cr_assert_eq(is, want, "%s", text);
		if (!is)
			continue;
		right++;
		cr_assert_eq(memcmp(ip.bytes, &four, 4), 0, "%s", text);
		cr_assert_eq(address_print(&ip, out), strlen(out));
		cr_assert_str_eq(out, inet_ntop(AF_INET, &four, libc, sizeof(libc)));
	}
	cr_expect_gt(right, 100000);
}

Test(address, prefix_refuses_host_bits)
{
	struct prefix p;
	struct sv_ip ip;

	cr_expect(prefix_parse(SV_STR("192.0.2.0/25"), &p));
	address_parse(SV_STR("192.0.2.127"), &ip);
	cr_expect(prefix_contains(&p, &ip));
	address_parse(SV_STR("192.0.2.128"), &ip);
	cr_expect_not(prefix_contains(&p, &ip));
	cr_expect_not(prefix_parse(SV_STR("192.0.2.1/24"), &p));
	cr_expect_not(prefix_parse(SV_STR("192.0.2.0/33"), &p));
	cr_expect(prefix_parse(SV_STR("2001:db8::/32"), &p));
	address_parse(SV_STR("2001:db8:ffff::1"), &ip);
	cr_expect(prefix_contains(&p, &ip));
}

Test(buffer, json_never_lets_raw_bytes_through)
{
	struct buffer buf;

	buffer_init(&buf);
	buffer_add_json(&buf, SV_STR("a\"b\\\x1b[31m\n\xff\xc0\xaf\xc3\xa9\0z"));
	buffer_add_char(&buf, '\0');
	cr_expect_str_eq(
		buf.ptr,
		"\"a\\\"b\\\\\\u001b["
		"31m\\n\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9\\u0000z\"");
	buffer_clear(&buf);
	buffer_add_clean(&buf, SV_STR("x\x1b\xe2\x80\xaey\xff-end"), 9);
	buffer_add_char(&buf, '\0');
	cr_expect_str_eq(buf.ptr, "x..y?-e\xe2\x80\xa6");
	buffer_done(&buf);
}
