/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/peer_text.h"

#include "base/i18n.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

#define RULE_BYTES 64

void
peer_text_worst(struct buffer *out, const json_t *peer)
{
	uint64_t code = online_u64(peer, "worst_code");
	const char *outcome = online_text(peer, "worst");
	bool by_code =
		code && (code >= 500 || !strcmp(online_text(peer, "leg"), "out"));
	char count[32];

	if (!online_u64(peer, "worst_count"))
		return;
	online_number(count, online_u64(peer, "worst_count"));
	if (by_code)
		buffer_addf(out, "%" PRIu64, code);
	else
		buffer_add_cstr(out, outcome);
	buffer_addf(out, " ×%s", count);
}

void
peer_text_share(char out[32], const json_t *peer)
{
	uint64_t calls = online_u64(peer, "calls");
	uint64_t failed = online_u64(peer, "calls_failed");

	if (calls)
		(void)snprintf(out, 32, "%.1f %%",
			       100.0 * (double)failed / (double)calls);
	else
		(void)snprintf(out, 32, "–");
}

void
peer_text_state(struct buffer *out, const json_t *peer)
{
	const json_t *rule;
	size_t i;

	json_array_foreach(json_object_get(peer, "alerts"), i, rule)
	{
		const char *name = json_string_value(rule);
		buffer_add_cstr(out, i ? ", " : "");
		buffer_add_clean(out, str_of(name ? name : ""), RULE_BYTES);
	}
	if (online_text(peer, "attribution")[0])
		buffer_addf(out, "%s%s", out->len ? ", " : "", _("in doubt"));
}
