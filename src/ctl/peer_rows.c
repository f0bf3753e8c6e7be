/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/peer_rows.h"

#include "base/address.h"
#include "base/emit.h"
#include "base/text.h"
#include "alert/render.h"
#include "sip/outcome.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/** Open alerts looked through for each peer. */
#define MAX_TAGS 500
/** An engine that is this far behind the clock reads the past. */
#define LIVE (120 * SV_USEC_PER_SEC)

/** An open alert that is about one peer. */
struct peer_tag {
	char rule[64];
	char who[128];
	enum sv_leg leg;
	enum sv_severity severity;
};

sv_usec
peer_rows_now(const struct engine *engine)
{
	struct engine_stats stats;
	struct timespec clock;
	sv_usec now;

	engine_stats_get(engine, &stats);
	(void)clock_gettime(CLOCK_REALTIME, &clock);
	now = (sv_usec)clock.tv_sec * SV_USEC_PER_SEC + (sv_usec)clock.tv_nsec / 1000;
	return now > stats.now && now - stats.now < LIVE ? now : stats.now;
}

static void
keep_tag(void *user, const struct sv_alert *alert)
{
	struct peer_rows *rows = user;

	if (alert->state == SV_ALERT_RESOLVED)
		return;
	for (size_t i = 0; i < alert->n_key && rows->n_tags < MAX_TAGS; i++) {
		struct sv_str field = alert->key[i].field, value = alert->key[i].value;
		struct peer_tag *tag = &rows->tags[rows->n_tags];
		if (!str_eq(field, SV_STR("peer")) && !str_eq(field, SV_STR("peer_ip")))
			continue;
		rows->n_tags++;
		(void)snprintf(tag->rule, sizeof(tag->rule), "%.*s",
			       (int)alert->rule.len, alert->rule.ptr);
		(void)snprintf(tag->who, sizeof(tag->who), "%.*s", (int)value.len,
			       value.ptr);
		tag->leg = alert->leg;
		tag->severity = alert->severity;
	}
}

static bool
is_about(const struct peer_tag *tag, struct sv_str name, enum sv_leg leg)
{
	return (tag->leg == leg || !tag->leg || !leg) && str_eq(name, str_of(tag->who));
}

static unsigned
weight_of(enum sv_severity severity)
{
	switch (severity) {
	case SV_SEVERITY_CRITICAL:
		return 3;
	case SV_SEVERITY_WARNING:
		return 2;
	case SV_SEVERITY_UNKNOWN:
		return 1;
	case SV_SEVERITY_OK:
		return 0;
	}
	return 0;
}

static enum sv_severity
severity_of(const struct peer_rows *rows, struct sv_str name, enum sv_leg leg)
{
	enum sv_severity worst = SV_SEVERITY_OK;

	for (size_t i = 0; i < rows->n_tags; i++)
		if (weight_of(rows->tags[i].severity) > weight_of(worst) &&
		    is_about(&rows->tags[i], name, leg))
			worst = rows->tags[i].severity;
	return worst;
}

static unsigned
weigh(void *user, struct sv_str name, enum sv_leg leg)
{
	return weight_of(severity_of(user, name, leg));
}

static void
add_row(void *user, const struct engine_peer *peer)
{
	struct peer_rows *rows = user;

	rows->row(rows->user, rows, peer);
}

int
peer_rows_run(struct peer_rows *rows, size_t *ret_n)
{
	struct engine_peer_query query = { .now = rows->now,
					   .steps = rows->steps,
					   .name = rows->name,
					   .max = rows->max,
					   .weight = weigh };

	rows->n_tags = 0;
	rows->tags = calloc(MAX_TAGS, sizeof(*rows->tags));
	if (!rows->tags)
		return -ENOMEM;
	engine_alerts(rows->engine, keep_tag, rows);
	*ret_n = engine_peers(rows->engine, &query, add_row, rows);
	free(rows->tags);
	rows->tags = NULL;
	return 0;
}

void
peer_rows_spark(struct buffer *out, const char *key,
		const uint32_t spark[ENGINE_SPARKS])
{
	emit_open(out, key, '[');
	for (size_t i = 0; i < ENGINE_SPARKS; i++)
		emit_u64(out, NULL, spark[i]);
	emit_close(out, ']');
}

static void
add_pair(struct buffer *out, const char *key, const uint64_t pair[2])
{
	emit_open(out, key, '{');
	emit_u64(out, "events", pair[0]);
	emit_u64(out, "failures", pair[1]);
	emit_close(out, '}');
}

static void
add_tags(struct buffer *out, const struct peer_rows *rows,
	 const struct engine_peer *peer)
{
	emit_open(out, "alerts", '[');
	for (size_t i = 0; i < rows->n_tags; i++)
		if (is_about(&rows->tags[i], peer->name, peer->leg))
			emit_text(out, NULL, str_of(rows->tags[i].rule));
	emit_close(out, ']');
	emit_word(out, "severity",
		  render_severity_name(severity_of(rows, peer->name, peer->leg)));
}

void
peer_rows_sums(struct buffer *out, const struct peer_rows *rows,
	       const struct engine_peer *peer)
{
	char address[ADDRESS_TEXT_BYTES];

	emit_text(out, "peer", peer->name);
	emit_word(out, "leg", leg_name(peer->leg));
	if (peer->ip.family)
		emit_text(out, "peer_ip",
			  str_make(address, address_print(&peer->ip, address)));
	if (peer->doubt)
		emit_word(out, "attribution",
			  attribution_name(SV_ATTRIBUTION_FORGEABLE));
	emit_u64(out, "span_sec", (uint64_t)rows->steps * 300);
	emit_u64(out, "events", peer->events);
	emit_u64(out, "failures", peer->failures);
	emit_u64(out, "calls", peer->calls);
	emit_u64(out, "calls_failed", peer->calls_failed);
	if (peer->worst_count) {
		emit_word(out, "worst", outcome_name(peer->worst));
		if (peer->worst_code)
			emit_u64(out, "worst_code", peer->worst_code);
		emit_u64(out, "worst_count", peer->worst_count);
	}
	emit_time(out, "last", peer->last);
	emit_time(out, "last_failure", peer->last_failure);
	add_pair(out, "minute", peer->minute);
	add_pair(out, "five_minutes", peer->five);
	peer_rows_spark(out, "spark", peer->spark);
	add_tags(out, rows, peer);
}
