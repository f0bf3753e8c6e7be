/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/joining.h"

#include "base/address.h"
#include "base/text.h"
#include "engine/attempts.h"

static void
fill_text(struct sv_str *to, struct sv_str from)
{
	if (to->len == 0)
		*to = from;
}

/* Does `raw` name the verdict more closely? The same refusal reads "wrong password" in
 * one channel and "no such account" or "address not allowed" in another. */
static bool
closer_outcome(enum sv_outcome now, enum sv_outcome raw)
{
	return now == SV_REJECTED && (raw == SV_UNKNOWN || raw == SV_ACL);
}

/* What `raw` knows and `event` does not. A record that could be forged adds claims, but
 * nothing that says who it was. */
void
joining_fill(struct sv_event *event, const struct sv_event *raw)
{
	bool sure = raw->attribution == SV_ATTRIBUTION_CERTAIN;

	/* a record that could not be forged names the same address: no doubt is left */
	if (sure && raw->peer_ip.family &&
	    address_equal(&event->peer_ip, &raw->peer_ip))
		event->attribution = SV_ATTRIBUTION_CERTAIN;
	if (sure && !event->peer_ip.family) {
		event->peer_ip = raw->peer_ip;
		event->peer_port = raw->peer_port;
	}
	if (sure && !event->peer_port)
		event->peer_port = raw->peer_port;
	if (sure && !event->transport)
		event->transport = raw->transport;
	if (sure && !event->leg)
		event->leg = raw->leg;
	if (sure)
		fill_text(&event->peer, raw->peer);
	if (!event->method)
		event->method = raw->method;
	if (!event->code)
		event->code = raw->code;
	if (!event->q850)
		event->q850 = raw->q850;
	if (closer_outcome(event->outcome, raw->outcome))
		event->outcome = raw->outcome;
	fill_text(&event->host, raw->host);
	fill_text(&event->category, raw->category);
	fill_text(&event->claim.user, raw->claim.user);
	fill_text(&event->claim.dst, raw->claim.dst);
	fill_text(&event->claim.ua, raw->claim.ua);
	fill_text(&event->claim.call_id, raw->claim.call_id);
	fill_text(&event->claim.phrase, raw->claim.phrase);
}

static bool
are_near(sv_usec a, sv_usec b)
{
	return (a > b ? a - b : b - a) <= ATTEMPT_NEAR;
}

/* Is there something that ties the two together? */
static bool
are_tied(const struct sv_event *detail, const struct sv_event *raw)
{
	const struct sv_hints *d = &detail->hint, *r = &raw->hint;

	/* what one thread says of one configured peer, lost or found again, it says
	 * once
	 */
	if (d->thread == r->thread && joining_is_turn(raw->outcome) &&
	    detail->peer.len && str_eq(detail->peer, raw->peer) &&
	    detail->outcome == raw->outcome)
		return true;
	/* a line of the same thread and channel that says all of a refusal is another
	 * one */
	if (!d->alone && d->thread && d->thread == r->thread &&
	    d->channel == r->channel)
		return detail->outcome == SV_OUTCOME_NONE ||
		       attempt_outcomes_agree(detail->outcome, raw->outcome);
	if (d->has_call_mark && r->has_call_mark)
		return d->call_mark == r->call_mark;
	/* another channel: the same kind of attempt, and no other name */
	return !detail->peer_ip.family && d->channel != r->channel &&
	       (!detail->method || !raw->method || detail->method == raw->method) &&
	       attempt_outcomes_agree(detail->outcome, raw->outcome);
}

/* Does this held detail belong to the attempt that `raw` tells of? The hosts are looked
 * at last: that takes longest. */
bool
joining_is_detail(const struct sv_event *detail, const struct sv_event *raw)
{
	if (detail->service != raw->service || !are_near(detail->time, raw->time) ||
	    (detail->leg && raw->leg && detail->leg != raw->leg))
		return false;
	if (detail->peer_ip.family && raw->peer_ip.family &&
	    !address_equal(&detail->peer_ip, &raw->peer_ip))
		return false;
	return are_tied(detail, raw) &&
	       attempt_hosts_agree(attempt_host(detail->host), attempt_host(raw->host));
}
