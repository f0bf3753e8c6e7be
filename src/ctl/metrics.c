/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/metrics.h"

#include <stddef.h>
#include <string.h>

/* Where a value stands: scope and offset. */
#define DAEMON(member) .scope = METRIC_DAEMON, .offset = offsetof(struct view, member)
#define SOURCE(member) \
	.scope = METRIC_SOURCE, .offset = offsetof(struct view_source, member)
#define OUTPUT(member) \
	.scope = METRIC_OUTPUT, .offset = offsetof(struct view_output, member)

static const struct metric metrics[] = {
	{ .name = "sipvigil_uptime_seconds",
	  DAEMON(uptime),
	  .type = METRIC_GAUGE,
	  .form = METRIC_USEC,
	  .unit = "seconds",
	  .help = "since the daemon was started" },
	{ .name = "sipvigil_events_raw_total",
	  DAEMON(ledger.raw),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "events",
	  .help = "told by records, before the ledger" },
	{ .name = "sipvigil_events_settled_total",
	  DAEMON(ledger.settled),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "events",
	  .help = "attempts, each once" },
	{ .name = "sipvigil_events_merged_total",
	  DAEMON(ledger.merged),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "events",
	  .help = "further records about an attempt already told" },
	{ .name = "sipvigil_events_abandoned_total",
	  DAEMON(ledger.abandoned),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "events",
	  .help = "challenges that were never answered" },
	{ .name = "sipvigil_ledger_evicted_total",
	  DAEMON(ledger.evicted),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "events",
	  .help = "settled early because the ledger was full" },
	{ .name = "sipvigil_ledger_entries",
	  DAEMON(ledger.entries),
	  .type = METRIC_GAUGE,
	  .form = METRIC_SIZE,
	  .unit = "events",
	  .help = "attempts held in the ledger" },
	{ .name = "sipvigil_engine_events_total",
	  DAEMON(engine.events),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "events",
	  .help = "given to the rules" },
	{ .name = "sipvigil_engine_matched_total",
	  DAEMON(engine.matched),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "matches",
	  .help = "event and rule pairs that counted" },
	{ .name = "sipvigil_engine_excepted_total",
	  DAEMON(engine.excepted),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "matches",
	  .help = "left out by a list" },
	{ .name = "sipvigil_engine_late_counted_total",
	  DAEMON(engine.late_counted),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "events",
	  .help = "late, within the grace, counted where they belong" },
	{ .name = "sipvigil_engine_late_dropped_total",
	  DAEMON(engine.late_dropped),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "events",
	  .help = "later than the grace, not counted" },
	{ .name = "sipvigil_engine_evicted_total",
	  DAEMON(engine.evicted),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "keys",
	  .help = "given up for max_keys or max_memory" },
	{ .name = "sipvigil_engine_transitions_total",
	  DAEMON(engine.transitions),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "transitions",
	  .help = "of alerts, of all kinds" },
	{ .name = "sipvigil_engine_keys",
	  DAEMON(engine.keys),
	  .type = METRIC_GAUGE,
	  .form = METRIC_SIZE,
	  .unit = "keys",
	  .help = "counted at present" },
	{ .name = "sipvigil_engine_keys_max",
	  DAEMON(keys_max),
	  .type = METRIC_GAUGE,
	  .form = METRIC_U64,
	  .unit = "keys",
	  .help = "limit: max_keys" },
	{ .name = "sipvigil_engine_bytes",
	  DAEMON(engine.bytes),
	  .type = METRIC_GAUGE,
	  .form = METRIC_SIZE,
	  .unit = "bytes",
	  .help = "of keys and windows" },
	{ .name = "sipvigil_engine_bytes_max",
	  DAEMON(memory_max),
	  .type = METRIC_GAUGE,
	  .form = METRIC_U64,
	  .unit = "bytes",
	  .help = "limit: max_memory" },
	{ .name = "sipvigil_alerts_warning",
	  DAEMON(engine.alerts_warning),
	  .type = METRIC_GAUGE,
	  .form = METRIC_SIZE,
	  .unit = "alerts",
	  .help = "open with severity warning" },
	{ .name = "sipvigil_alerts_critical",
	  DAEMON(engine.alerts_critical),
	  .type = METRIC_GAUGE,
	  .form = METRIC_SIZE,
	  .unit = "alerts",
	  .help = "open with severity critical" },
	{ .name = "sipvigil_event_time_seconds",
	  DAEMON(engine.now),
	  .type = METRIC_GAUGE,
	  .form = METRIC_USEC,
	  .unit = "seconds",
	  .help = "event time reached, since 1970-01-01 UTC" },
	{ .name = "sipvigil_clock_jumps_total",
	  DAEMON(clock_jumps),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "jumps",
	  .help = "the clock was set by more than a second" },
	{ .name = "sipvigil_reloads_total",
	  DAEMON(reloads),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "reloads",
	  .help = "of the configuration that took effect" },
	{ .name = "sipvigil_reloads_failed_total",
	  DAEMON(reloads_failed),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "reloads",
	  .help = "refused for a mistake; nothing was changed" },
	{ .name = "sipvigil_requests_total",
	  DAEMON(requests),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "requests",
	  .help = "of the control socket" },
	{ .name = "sipvigil_source_records_total",
	  SOURCE(records),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "records",
	  .help = "lines and journal entries read" },
	{ .name = "sipvigil_source_bytes_total",
	  SOURCE(bytes),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "bytes",
	  .help = "of those records" },
	{ .name = "sipvigil_source_events_total",
	  SOURCE(events),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "records",
	  .help = "that told of SIP attempts" },
	{ .name = "sipvigil_source_skipped_total",
	  SOURCE(skipped),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "records",
	  .help = "of the PBX that tell nothing of failures" },
	{ .name = "sipvigil_source_malformed_total",
	  SOURCE(malformed),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "records",
	  .help = "that look like a known line but cannot be trusted" },
	{ .name = "sipvigil_source_foreign_total",
	  SOURCE(foreign),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "records",
	  .help = "that are not of a known PBX" },
	{ .name = "sipvigil_source_gaps_total",
	  SOURCE(gaps),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "gaps",
	  .help = "places where records are missing" },
	{ .name = "sipvigil_source_cut_total",
	  SOURCE(cut),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "records",
	  .help = "longer than the cap, cut" },
	{ .name = "sipvigil_source_lag_seconds",
	  SOURCE(lag),
	  .type = METRIC_GAUGE,
	  .form = METRIC_USEC,
	  .unit = "seconds",
	  .help = "age of the newest record when it was read" },
	{ .name = "sipvigil_source_has_data",
	  SOURCE(has_data),
	  .type = METRIC_GAUGE,
	  .form = METRIC_BOOL,
	  .unit = "boolean",
	  .help = "1 when a readable line came at least once" },
	{ .name = "sipvigil_source_caught_up",
	  SOURCE(caught_up),
	  .type = METRIC_GAUGE,
	  .form = METRIC_BOOL,
	  .unit = "boolean",
	  .help = "1 when the source is read to its end" },
	{ .name = "sipvigil_output_delivered_total",
	  OUTPUT(delivered),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "messages",
	  .help = "taken by the far side" },
	{ .name = "sipvigil_output_waiting",
	  OUTPUT(waiting),
	  .type = METRIC_GAUGE,
	  .form = METRIC_U64,
	  .unit = "messages",
	  .help = "kept until the far side takes them" },
	{ .name = "sipvigil_output_dropped_total",
	  OUTPUT(dropped),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "messages",
	  .help = "given up because the queue was full" },
	{ .name = "sipvigil_output_failed_total",
	  OUTPUT(failed),
	  .type = METRIC_COUNTER,
	  .form = METRIC_U64,
	  .unit = "messages",
	  .help = "refused by the far side" },
};

const struct metric *
metrics_table(size_t *ret_n)
{
	*ret_n = sizeof(metrics) / sizeof(metrics[0]);
	return metrics;
}

const char *
metrics_type_name(enum metric_type type)
{
	switch (type) {
	case METRIC_COUNTER:
		return "counter";
	case METRIC_GAUGE:
		return "gauge";
	}
	return "";
}

double
metrics_value(const struct metric *metric, const void *where)
{
	const char *at = (const char *)where + metric->offset;
	uint64_t u64 = 0;
	size_t size = 0;
	bool yes = false;

	switch (metric->form) {
	case METRIC_U64:
		memcpy(&u64, at, sizeof(u64));
		return (double)u64;
	case METRIC_USEC:
		memcpy(&u64, at, sizeof(u64));
		return (double)u64 / (double)SV_USEC_PER_SEC;
	case METRIC_SIZE:
		memcpy(&size, at, sizeof(size));
		return (double)size;
	case METRIC_BOOL:
		memcpy(&yes, at, sizeof(yes));
		return yes ? 1 : 0;
	}
	return 0;
}
