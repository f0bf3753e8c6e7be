/* SPDX-License-Identifier: Apache-2.0 */
/* What two records of one attempt have in common, as far as hosts and outcomes go. */
#include "engine/attempts_state.h"

#include "base/address.h"
#include "base/text.h"

uint64_t
attempt_host(struct sv_str host)
{
	size_t dot = str_find_char(host, '.');
	struct sv_ip ip;

	if (!host.len)
		return 0;
	if (address_parse(host, &ip))
		return address_hash(&ip) | HOST_ADDRESS;
	uint64_t hash = str_hash(str_upto(host, dot == STR_NONE ? host.len : dot), 0);
	return (hash | HOST_NAMED) & ~HOST_ADDRESS;
}

bool
attempt_hosts_agree(uint64_t a, uint64_t b)
{
	return !a || !b || a == b || (a & HOST_ADDRESS) != (b & HOST_ADDRESS);
}

bool
attempt_outcomes_agree(enum sv_outcome a, enum sv_outcome b)
{
	const uint32_t refused = 1u << SV_REJECTED | 1u << SV_UNKNOWN | 1u << SV_ACL |
				 1u << SV_FORBIDDEN;

	return a == b || ((refused >> a & 1) && (refused >> b & 1));
}
