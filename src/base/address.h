/* SPDX-License-Identifier: Apache-2.0 */
/* IP addresses and prefixes: parse from views, print, compare. No DNS, ever. */
#pragma once

#include <sipvigil/base.h>

/** Longest text of address_print() with its NUL: IPv6 with an embedded IPv4. */
#define ADDRESS_TEXT_BYTES 46

/** The whole of `text` is an IPv4 or IPv6 address (brackets around IPv6 allowed, zone
 * id dropped). IPv4-mapped IPv6 becomes IPv4. */
bool address_parse(struct sv_str text, struct sv_ip *ret_ip);
/** "1.2.3.4:5060", "[2001:db8::1]:5060", or an address without port (*ret_port = 0).
 *  IPv6 without brackets takes no port. The whole text must fit. */
bool address_parse_port(struct sv_str text, struct sv_ip *ret_ip, uint16_t *ret_port);
/** Text with NUL; returns its length, 0 for family 0. */
size_t address_print(const struct sv_ip *ip, char out[ADDRESS_TEXT_BYTES]);
bool address_equal(const struct sv_ip *a, const struct sv_ip *b);
/** Of the machine itself: 127.0.0.0/8, ::1. */
bool address_is_loopback(const struct sv_ip *ip);
uint64_t address_hash(const struct sv_ip *ip);

struct prefix {
	struct sv_ip ip; /* host bits are zero */
	uint8_t bits;
};
/** "192.0.2.0/24", "2001:db8::/32", or a single address. Host bits set are a mistake.
 */
bool prefix_parse(struct sv_str text, struct prefix *ret_prefix);
bool prefix_contains(const struct prefix *prefix, const struct sv_ip *ip);
/** The address with all but its first `bits` bits zeroed. */
struct sv_ip address_mask(const struct sv_ip *ip, unsigned bits);
