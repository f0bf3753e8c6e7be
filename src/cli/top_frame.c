/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/top_frame.h"

#include "base/i18n.h"
#include "base/text.h"
#include "cli/alert_text.h"
#include "cli/glyph.h"
#include "cli/top_rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/** Of the first view: alerts get as many rows as there are, up to this part. */
#define ALERT_PART 2
#define SUBJECT_COLUMNS 22
#define RULE_COLUMNS 17
/** From here on both have more room. */
#define WIDE 100
#define ALERT_SPARKS 6
/** Bars and time behind the reason of an alert. */
#define ALERT_TAIL (1 + ALERT_SPARKS + 1 + 5)
/** With less a reason is cut down to its numbers. */
#define ROOM_FOR_WORDS 40

void
top_frame_init(struct top_frame *frame)
{
	*frame = (struct top_frame){ .columns = 80 };
	buffer_init(&frame->text);
}

void
top_frame_done(struct top_frame *frame)
{
	buffer_done(&frame->text);
}

static bool
is_full(const struct top_frame *frame)
{
	return frame->n == TOP_MAX_ROWS || (frame->rows && frame->n >= frame->rows);
}

struct top_row *
top_frame_row(struct top_frame *frame, struct sv_str text, struct top_row *scrap)
{
	struct buffer *out = &frame->text;
	struct top_row *row = is_full(frame) ? scrap : &frame->row[frame->n];

	*row = (struct top_row){ .begin = out->len };
	if (row == scrap)
		return scrap;
	if (terminal_columns(text) > frame->columns)
		terminal_cell(out, text, frame->columns);
	else
		buffer_add(out, text);
	row->len = out->len - row->begin;
	frame->n++;
	return row;
}

void
top_frame_plain(struct top_frame *frame, const char *text)
{
	struct top_row scrap;

	(void)top_frame_row(frame, str_of(text), &scrap);
}

bool
top_frame_matches(const char *text, const char *part)
{
	return part[0] == '\0' || strcasestr(text, part) != NULL;
}

/* The first two rows: how fast, how late, how bad. */

static void
add_rate(struct buffer *line, const json_t *answer, const char *key, const char *unit)
{
	double value = online_double(answer, key);

	if (isnan(value))
		value = 0;
	buffer_addf(line, value < 100 ? "  %.1f %s" : "  %.0f %s", value, unit);
}

static void
put_note(struct top_frame *frame, const struct top_state *state)
{
	struct top_row scrap, *row;
	struct buffer line;

	if (!state->note[0])
		return;
	buffer_init(&line);
	buffer_add_clean(&line, str_of(state->note), sizeof(state->note));
	row = top_frame_row(frame, buffer_str(&line), &scrap);
	row->reverse = state->lost;
	row->bold = true;
	buffer_done(&line);
}

/* The host's name gives way to the numbers. */
static void
put_head(struct top_frame *frame, const struct top_state *state, const json_t *answer)
{
	double lag = online_double(answer, "lag_sec");
	size_t used, wide = 0;
	struct buffer line, rest, host;
	struct top_row scrap;
	char clock[32];

	buffer_init(&line);
	buffer_init(&rest);
	buffer_init(&host);
	online_clock(clock, online_time(answer, "time"), true);
	buffer_addf(&rest, "  %s", clock);
	add_rate(&rest, answer, "lines_per_sec", _("lines/s"));
	add_rate(&rest, answer, "events_per_sec", _("events/s"));
	add_rate(&rest, answer, "failures_per_sec", _("failures/s"));
	buffer_addf(&rest, _("  lag %.1f s"), isnan(lag) ? 0.0 : lag);
	buffer_add_cstr(&line, "sipvigil  ");
	buffer_add_clean(&host, str_of(online_text(answer, "host")), 64);
	used = terminal_columns(buffer_str(&line)) +
	       terminal_columns(buffer_str(&rest));
	if (frame->columns > used)
		wide = frame->columns - used;
	if (terminal_columns(buffer_str(&host)) > wide)
		terminal_cell(&line, buffer_str(&host), wide);
	else
		buffer_add(&line, buffer_str(&host));
	buffer_add(&line, buffer_str(&rest));
	top_frame_row(frame, buffer_str(&line), &scrap)->bold = true;
	put_note(frame, state);
	buffer_done(&line);
	buffer_done(&rest);
	buffer_done(&host);
}

static void
put_counts(struct top_frame *frame, const struct top_state *state, const json_t *answer)
{
	static const char keys[] = N_("q quit  p peers  r rules  / filter");
	const json_t *alerts = json_object_get(answer, "alerts");
	uint64_t critical = online_u64(alerts, "critical");
	uint64_t warning = online_u64(alerts, "warning");
	struct top_row scrap, *row;
	struct buffer line;
	size_t wide;

	buffer_init(&line);
	buffer_addf(&line, _("alerts  %" PRIu64 " critical  %" PRIu64 " warning"),
		    critical, warning);
	size_t marked = line.len;
	if (state->typing || state->filter[0]) {
		buffer_add_cstr(&line, "   /");
		buffer_add_clean(&line, str_of(state->filter), TOP_FILTER_BYTES);
		if (state->typing)
			buffer_add_char(&line, '_');
	}
	wide = terminal_columns(buffer_str(&line)) + 2 +
	       terminal_columns(str_of(_(keys)));
	if (frame->rows && wide <= frame->columns) {
		buffer_addf(&line, "%*s", (int)(frame->columns - wide + 2), "");
		buffer_add_cstr(&line, _(keys));
	}
	row = top_frame_row(frame, buffer_str(&line), &scrap);
	row->marked = critical || warning ? marked : 0;
	row->severity = critical ? SV_SEVERITY_CRITICAL : SV_SEVERITY_WARNING;
	buffer_done(&line);
}

static void
put_problems(struct top_frame *frame, const json_t *answer)
{
	const json_t *problem;
	struct top_row scrap, *row;
	struct buffer line;
	size_t i;

	json_array_foreach(json_object_get(answer, "problems"), i, problem)
	{
		const char *text = json_string_value(problem);
		if (i == 2)
			break;
		buffer_init(&line);
		buffer_add_cstr(&line, _("UNKN"));
		size_t marked = line.len;
		buffer_add_char(&line, ' ');
		buffer_add_clean(&line, str_of(text ? text : ""), 400);
		row = top_frame_row(frame, buffer_str(&line), &scrap);
		row->marked = marked;
		row->severity = SV_SEVERITY_UNKNOWN;
		buffer_done(&line);
	}
}

/* Alerts. */

static const json_t *
spark_of(const json_t *answer, const json_t *alert)
{
	const char *subject = online_text(alert, "subject");
	const json_t *peer;
	size_t i;

	json_array_foreach(json_object_get(answer, "peers"), i, peer)
	{
		if (strcmp(online_text(peer, "peer"), subject) == 0)
			return json_object_get(peer, "spark");
	}
	return NULL;
}

static void
add_why(struct top_frame *frame, struct buffer *line, const json_t *alert)
{
	size_t used = terminal_columns(buffer_str(line)) + ALERT_TAIL;
	size_t room = frame->columns > used + 8 ? frame->columns - used : 8;
	size_t words = 0; /* bytes that numbers stand for */
	struct buffer text;

	buffer_init(&text);
	buffer_add_clean(&text, str_of(online_text(alert, "reason")), 300);
	if (room < ROOM_FOR_WORDS && terminal_columns(buffer_str(&text)) > room &&
	    !isnan(online_double(json_object_get(alert, "measure"), "limit"))) {
		words = text.len;
		alert_text_arithmetic(&text, json_object_get(alert, "measure"));
		words = text.len > words ? words : 0;
	}
	terminal_cell(line, str_from(buffer_str(&text), words), room);
	buffer_done(&text);
}

static void
put_alert(struct top_frame *frame, const json_t *answer, const json_t *alert)
{
	enum sv_severity severity = online_severity(online_text(alert, "severity"));
	size_t more = frame->columns >= WIDE ? 8 : 0;
	const json_t *spark = spark_of(answer, alert);
	struct top_row scrap, *row;
	struct buffer line, text;
	char clock[32];

	buffer_init(&line);
	buffer_init(&text);
	buffer_add_cstr(&line, severity == SV_SEVERITY_CRITICAL  ? _("CRIT")
			       : severity == SV_SEVERITY_WARNING ? _("WARN")
								 : _("UNKN"));
	size_t marked = line.len;
	buffer_add_char(&line, ' ');
	terminal_cell(&line, str_of(online_text(alert, "rule")), RULE_COLUMNS + more);
	buffer_add_char(&line, ' ');
	buffer_add_clean(&text, str_of(online_text(alert, "subject")), 80);
	terminal_cell(&line, buffer_str(&text), SUBJECT_COLUMNS + more);
	buffer_add_char(&line, ' ');
	add_why(frame, &line, alert);
	buffer_add_char(&line, ' ');
	if (spark)
		glyph_spark_last(&line, spark, ALERT_SPARKS);
	else
		buffer_addf(&line, "%*s", ALERT_SPARKS, "");
	online_clock(clock, online_time(alert, "start"), false);
	buffer_addf(&line, " %s", clock);
	row = top_frame_row(frame, buffer_str(&line), &scrap);
	row->marked = marked;
	row->severity = severity;
	buffer_done(&line);
	buffer_done(&text);
}

/* The open alerts that the filter lets through, at most `max` rows. */
static void
put_alerts(struct top_frame *frame, const struct top_state *state, const json_t *answer,
	   size_t max)
{
	const json_t *alert;
	uint64_t left = online_u64(answer, "open_left");
	char text[100];
	size_t i, n = 0;

	json_array_foreach(json_object_get(answer, "open"), i, alert)
	{
		if (!top_frame_matches(online_text(alert, "rule"), state->filter) &&
		    !top_frame_matches(online_text(alert, "subject"), state->filter))
			continue;
		if (n < max)
			put_alert(frame, answer, alert);
		else
			left++;
		n++;
	}
	if (left) {
		(void)snprintf(text, sizeof(text),
			       _("… %" PRIu64 " more (sipvigil alerts)"), left);
		top_frame_plain(frame, text);
	}
	if (n == 0)
		top_frame_plain(frame, state->filter[0] ? _("no open alert matches")
							: _("no alert open"));
}

/* A part of a row for a terminal without UTF-8; its new length. */
static size_t
add_degraded(struct buffer *out, struct sv_str part)
{
	struct buffer one;
	size_t len;

	buffer_init(&one);
	buffer_add(&one, part);
	glyph_degrade(&one);
	buffer_add(out, buffer_str(&one));
	len = one.len;
	buffer_done(&one);
	return len;
}

static void
degrade(struct top_frame *frame)
{
	struct buffer out;

	if (glyph_is_utf8())
		return;
	buffer_init(&out);
	for (size_t i = 0; i < frame->n; i++) {
		struct top_row *row = &frame->row[i];
		struct sv_str text = str_make(frame->text.ptr + row->begin, row->len);
		size_t marked = row->marked;

		row->begin = out.len;
		row->marked = add_degraded(&out, str_upto(text, marked));
		row->len = row->marked + add_degraded(&out, str_from(text, marked));
	}
	buffer_done(&frame->text);
	frame->text = out;
}

/* What is marked ends with the row, and with a character, where the row was cut. */
static void
settle_marks(struct top_frame *frame)
{
	for (size_t i = 0; i < frame->n; i++) {
		struct top_row *row = &frame->row[i];
		const char *text = frame->text.ptr + row->begin;

		if (row->marked > row->len)
			row->marked = row->len;
		while (row->marked < row->len &&
		       ((unsigned char)text[row->marked] & 0xc0) == 0x80)
			row->marked++;
	}
	degrade(frame);
}

void
top_frame_draw(struct top_frame *frame, struct top_state *state, const json_t *answer)
{
	size_t part = frame->rows ? frame->rows / ALERT_PART : 10;

	buffer_clear(&frame->text);
	frame->n = 0;
	frame->listed = frame->list_rows = 0;
	if (!answer) {
		top_frame_plain(frame,
				state->note[0] ? state->note : _("asking sipvigild …"));
		settle_marks(frame);
		return;
	}
	put_head(frame, state, answer);
	put_counts(frame, state, answer);
	put_problems(frame, answer);
	top_frame_plain(frame, "");
	if (state->view == TOP_ALL) {
		put_alerts(frame, state, answer, part > 6 ? part - 4 : 2);
		top_frame_plain(frame, "");
	}
	top_list_put(frame, state, answer);
	settle_marks(frame);
}
