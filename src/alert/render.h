/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alerts and events as text: the JSON of doc/schema and the lines that people read.
 * Writes into a growing buffer that the caller owns and reuses (base/buffer.h). Claims
 * are cleaned of control bytes and made valid UTF-8 here and nowhere else.
 */
#pragma once

#include <base/buffer.h>
#include <sipvigil/alert.h>

struct render_identity {
	const char *host;
	const char *version;
};

/** One JSON object, no line end (INTERFACES: the transition). `created` µs, 0 = leave
 * out (backtest: output depends on the input alone). */
void render_alert_json(struct buffer *buf, const struct sv_alert *alert,
		       const struct render_identity *id, sv_usec created);
/** "CRITICAL auth-bruteforce 203.0.113.9: 34 rejected … (limit 30), first 08:27:55;
 * likely …; check …" */
void render_alert_line(struct buffer *buf, const struct sv_alert *alert);
/** "observe", "ticket", "" for a rule that pages. */
const char *render_mode_name(const struct sv_alert *alert);
/** "; silenced by CHG-1841": what holds it back, or did until now; nothing else. */
void render_alert_held(struct buffer *buf, const struct sv_alert *alert);
/** "; cause funds (10 of 12): The balance is too low": what the failures say beyond their
 * codes; nothing when they do not. */
void render_alert_cause(struct buffer *buf, const struct sv_alert *alert);
/** The key's values alone, blank separated, clean, claims in quotes: "carrier-a". */
void render_alert_subject(struct buffer *buf, const struct sv_alert *alert);
/** "firing", "changed", "resolved", "unknown". */
const char *render_state_name(enum sv_alert_state state);
/** "ok", "warning", "critical", "unknown". */
const char *render_severity_name(enum sv_severity severity);
/** "count", "ratio", "absent" … */
const char *render_measure_name(enum sv_measure_kind kind);
/** One JSON object, no line end: the event. */
void render_event_json(struct buffer *buf, const struct sv_event *event);
/** One line for people. */
void render_event_line(struct buffer *buf, const struct sv_event *event, bool color);

/** Where a record was read, {"file":…,"line":…} or {"source":…,"cursor":…}, as member
 * `key` of the object being written (NULL: as the next element of an array). */
void render_origin_json(struct buffer *buf, const char *key,
			const struct sv_origin *origin);

/** RFC 3339, UTC, µs: 27 characters and NUL. */
void render_time(char out[28], sv_usec time);
