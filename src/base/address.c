/* SPDX-License-Identifier: Apache-2.0 */
#include "base/address.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <string.h>

static bool
parse_v4(struct sv_str s, uint8_t out[4])
{
	const char *p = s.ptr, *end = s.ptr + s.len;

	for (int i = 0; i < 4; i++) {
		const char *begin = p;
		unsigned v = 0, digit;
		while (p < end && p < begin + 3 &&
		       (digit = (unsigned char)*p - (unsigned)'0') < 10) {
			v = v * 10 + digit;
			p++;
		}
		if (p == begin || v > 255 || (p > begin + 1 && *begin == '0'))
			return false;
		out[i] = (uint8_t)v;
		if (i < 3 && (p == end || *p++ != '.'))
			return false;
	}
	return p == end;
}

static bool
begins_v6(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
	       (c >= 'A' && c <= 'F') || c == ':' || c == '[';
}

bool
address_parse(struct sv_str text, struct sv_ip *ret_ip)
{
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	struct sv_ip ip = { 0 };
	char buf[ADDRESS_TEXT_BYTES];

	if (text.len < 2)
		return false;
	if (text.len <= 15 && parse_v4(text, ip.bytes)) {
		ip.family = 4;
		*ret_ip = ip;
		return true;
	}
	if (!begins_v6(text.ptr[0]))
		return false;
	if (text.ptr[0] == '[') {
		if (text.ptr[text.len - 1] != ']')
			return false;
		text = str_make(text.ptr + 1, text.len - 2);
	}
	size_t zone = str_find_char(text, '%');
	if (zone != STR_NONE)
		text.len = zone;
	if (text.len >= sizeof(buf) || str_find_char(text, ':') == STR_NONE ||
	    str_find_char(text, '\0') != STR_NONE)
		return false;
	memcpy(buf, text.ptr, text.len);
	buf[text.len] = '\0';
	if (inet_pton(AF_INET6, buf, ip.bytes) != 1)
		return false;
	ip.family = 6;
	if (memcmp(ip.bytes, mapped, sizeof(mapped)) == 0) {
		memmove(ip.bytes, ip.bytes + 12, 4);
		memset(ip.bytes + 4, 0, 12);
		ip.family = 4;
	}
	*ret_ip = ip;
	return true;
}

bool
address_parse_port(struct sv_str text, struct sv_ip *ret_ip, uint16_t *ret_port)
{
	size_t colon = STR_NONE;
	struct sv_ip ip;
	uint64_t port;

	if (text.len && text.ptr[0] == '[') {
		size_t close = str_find_char(text, ']');
		if (close == STR_NONE)
			return false;
		if (close + 1 < text.len) {
			if (text.ptr[close + 1] != ':')
				return false;
			colon = close + 1;
		}
	} else {
		colon = str_find_char(text, ':');
		/* a second colon: bare IPv6, which has no port */
		if (colon != STR_NONE &&
		    str_find_char(str_from(text, colon + 1), ':') != STR_NONE)
			colon = STR_NONE;
	}
	if (colon == STR_NONE) {
		if (!address_parse(text, ret_ip))
			return false;
		*ret_port = 0;
		return true;
	}
	struct sv_str digits = str_from(text, colon + 1);
	if (!address_parse(str_upto(text, colon), &ip) || digits.len > 5 ||
	    str_take_u64(digits, &port) != digits.len || digits.len == 0 ||
	    port > 65535)
		return false;
	*ret_ip = ip;
	*ret_port = (uint16_t)port;
	return true;
}

static size_t
print_v4(const uint8_t bytes[4], char out[ADDRESS_TEXT_BYTES])
{
	size_t n = 0;

	for (int i = 0; i < 4; i++) {
		unsigned v = bytes[i];
		if (v >= 100)
			out[n++] = (char)('0' + v / 100);
		if (v >= 10)
			out[n++] = (char)('0' + v / 10 % 10);
		out[n++] = (char)('0' + v % 10);
		out[n++] = i < 3 ? '.' : '\0';
	}
	return n - 1;
}

size_t
address_print(const struct sv_ip *ip, char out[ADDRESS_TEXT_BYTES])
{
	out[0] = '\0';
	if (ip->family == 4)
		return print_v4(ip->bytes, out);
	if (ip->family == 0 || !inet_ntop(AF_INET6, ip->bytes, out, ADDRESS_TEXT_BYTES))
		return 0;
	return strlen(out);
}

bool
address_equal(const struct sv_ip *a, const struct sv_ip *b)
{
	return a->family == b->family &&
	       memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool
address_is_loopback(const struct sv_ip *ip)
{
	static const uint8_t six[16] = { [15] = 1 };

	return ip->family == 4
		       ? ip->bytes[0] == 127
		       : ip->family == 6 && memcmp(ip->bytes, six, sizeof(six)) == 0;
}

uint64_t
address_hash(const struct sv_ip *ip)
{
	return str_hash(str_make((const char *)ip->bytes, ip->family == 4 ? 4 : 16),
			ip->family);
}

struct sv_ip
address_mask(const struct sv_ip *ip, unsigned bits)
{
	struct sv_ip out = *ip;
	unsigned total = ip->family == 4 ? 32 : 128;

	for (unsigned i = 0; i < total / 8; i++) {
		if (bits >= (i + 1) * 8)
			continue;
		unsigned keep = bits > i * 8 ? bits - i * 8 : 0;
		out.bytes[i] &= (uint8_t)(0xff00u >> keep);
	}
	return out;
}

bool
prefix_parse(struct sv_str text, struct prefix *ret_prefix)
{
	struct prefix p;
	size_t slash = str_find_char(text, '/');
	uint64_t bits;

	if (!address_parse(str_upto(text, slash == STR_NONE ? text.len : slash), &p.ip))
		return false;
	unsigned total = p.ip.family == 4 ? 32 : 128;
	p.bits = (uint8_t)total;
	if (slash != STR_NONE) {
		struct sv_str digits = str_from(text, slash + 1);
		if (digits.len == 0 || str_take_u64(digits, &bits) != digits.len ||
		    bits > total)
			return false;
		p.bits = (uint8_t)bits;
	}
	struct sv_ip masked = address_mask(&p.ip, p.bits);
	if (!address_equal(&masked, &p.ip))
		return false;
	*ret_prefix = p;
	return true;
}

bool
prefix_contains(const struct prefix *prefix, const struct sv_ip *ip)
{
	if (prefix->ip.family != ip->family)
		return false;
	struct sv_ip masked = address_mask(ip, prefix->bits);
	return address_equal(&masked, &prefix->ip);
}
