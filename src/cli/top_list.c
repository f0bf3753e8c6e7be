/* SPDX-License-Identifier: Apache-2.0 */
/* The list of a frame that scrolls: peers, or rules. */
#include "base/i18n.h"
#include "base/text.h"
#include "cli/peer_text.h"
#include "cli/top_rows.h"

#include <inttypes.h>
#include <stdio.h>

#define NAME_MIN 14
#define NAME_MAX 28
/** A peer's row without name and state. */
#define PEER_FIXED 57
#define PAIR_COLUMNS 13

static bool
has_rule(const json_t *peer, const char *part)
{
	const json_t *rule;
	size_t i;

	json_array_foreach(json_object_get(peer, "alerts"), i, rule)
	{
		const char *name = json_string_value(rule);
		if (name && top_frame_matches(name, part))
			return true;
	}
	return false;
}

/* Peers. */

static size_t
name_columns(const struct top_frame *frame)
{
	size_t room = frame->columns > PEER_FIXED ? frame->columns - PEER_FIXED : 0;

	if (room < NAME_MIN)
		return NAME_MIN;
	return room < NAME_MAX ? room : NAME_MAX;
}

/* "412", "1.2k", "35k": at most four columns. */
static void
shorten(char out[32], uint64_t n)
{
	if (n < 1000)
		(void)snprintf(out, 32, "%" PRIu64, n);
	else if (n < 9950)
		(void)snprintf(out, 32, "%.1fk", (double)n / 1e3);
	else if (n < 999500)
		(void)snprintf(out, 32, "%.0fk", (double)n / 1e3);
	else
		(void)snprintf(out, 32, "%.0fM", (double)n / 1e6);
}

static void
add_pair(struct buffer *line, const json_t *peer, const char *key)
{
	const json_t *pair = json_object_get(peer, key);
	uint64_t events = online_u64(pair, "events");
	uint64_t failures = online_u64(pair, "failures");
	char above[32], below[32], text[80];

	shorten(above, failures);
	shorten(below, events);
	if (events)
		(void)snprintf(text, sizeof(text), "%s/%s %.0f%%", above, below,
			       100.0 * (double)failures / (double)events);
	else
		(void)snprintf(text, sizeof(text), "–");
	terminal_cell(line, str_of(text), PAIR_COLUMNS);
	buffer_add_char(line, ' ');
}

static void
put_peer(struct top_frame *frame, const json_t *peer)
{
	struct buffer line, text;
	struct top_row scrap, *row;
	char clock[32];

	buffer_init(&line);
	buffer_init(&text);
	buffer_add_clean(&text, str_of(online_text(peer, "peer")), 80);
	terminal_cell(&line, buffer_str(&text), name_columns(frame));
	size_t marked = line.len;
	buffer_addf(&line, " %-3s  ", online_text(peer, "leg"));
	add_pair(&line, peer, "minute");
	add_pair(&line, peer, "five_minutes");
	buffer_clear(&text);
	peer_text_worst(&text, peer);
	terminal_cell(&line, buffer_str(&text), 14);
	online_clock(clock, online_time(peer, "last"), true);
	buffer_addf(&line, " %-8s", clock);
	buffer_clear(&text);
	peer_text_state(&text, peer);
	if (text.len && frame->columns > PEER_FIXED + NAME_MAX + 8) {
		buffer_add_cstr(&line, "  ");
		buffer_add(&line, buffer_str(&text));
	}
	row = top_frame_row(frame, buffer_str(&line), &scrap);
	row->severity = online_severity(online_text(peer, "severity"));
	row->marked = row->severity == SV_SEVERITY_OK ? 0 : marked;
	buffer_done(&line);
	buffer_done(&text);
}

static void
put_peer_title(struct top_frame *frame)
{
	struct buffer line;
	struct top_row scrap;

	buffer_init(&line);
	terminal_cell(&line, str_of(_("peer")), name_columns(frame));
	buffer_add_char(&line, ' ');
	terminal_cell(&line, str_of(_("leg")), 5);
	terminal_cell(&line, str_of(_("1 min")), PAIR_COLUMNS + 1);
	terminal_cell(&line, str_of(_("5 min")), PAIR_COLUMNS + 1);
	terminal_cell(&line, str_of(_("worst of 1 h")), 15);
	terminal_cell(&line, str_of(_("last")), 8);
	if (frame->columns > PEER_FIXED + NAME_MAX + 8)
		buffer_addf(&line, "  %s", _("state"));
	top_frame_row(frame, buffer_str(&line), &scrap)->bold = true;
	buffer_done(&line);
}

/* Rules. */

static uint64_t
open_of(const json_t *answer, const char *rule)
{
	const json_t *alert;
	uint64_t n = 0;
	size_t i;

	json_array_foreach(json_object_get(answer, "open"), i, alert)
	{
		n += strcmp(online_text(alert, "rule"), rule) == 0;
	}
	return n;
}

static void
put_rule(struct top_frame *frame, const json_t *answer, const json_t *rule)
{
	uint64_t open = open_of(answer, online_text(rule, "name"));
	char number[32], span[64];
	struct buffer line;
	struct top_row scrap, *row;

	buffer_init(&line);
	terminal_cell(&line, str_of(online_text(rule, "name")), 26);
	size_t marked = line.len;
	online_number(number, open);
	terminal_cell_right(&line, open ? str_of(number) : SV_STR("–"), 6);
	online_number(number, online_u64(rule, "keys"));
	terminal_cell_right(&line, str_of(number), 11);
	online_age(span, online_u64(rule, "window_sec"));
	terminal_cell_right(&line, str_of(span), 9);
	buffer_add_cstr(&line, "  ");
	buffer_add_clean(&line, str_of(online_text(rule, "service")), 40);
	if (json_is_true(json_object_get(rule, "observe")))
		buffer_add_cstr(&line, _(", observes only"));
	row = top_frame_row(frame, buffer_str(&line), &scrap);
	row->marked = open ? marked : 0;
	row->severity = SV_SEVERITY_WARNING;
	buffer_done(&line);
}

static void
put_rule_title(struct top_frame *frame)
{
	struct buffer line;
	struct top_row scrap;

	buffer_init(&line);
	terminal_cell(&line, str_of(_("rule")), 26);
	terminal_cell_right(&line, str_of(_("open")), 6);
	terminal_cell_right(&line, str_of(_("watched")), 11);
	terminal_cell_right(&line, str_of(_("window")), 9);
	buffer_addf(&line, "  %s", _("service"));
	top_frame_row(frame, buffer_str(&line), &scrap)->bold = true;
	buffer_done(&line);
}

/* The list that scrolls: what the filter lets through, from state->scroll on. */
void
top_list_put(struct top_frame *frame, struct top_state *state, const json_t *answer)
{
	bool rules = state->view == TOP_RULES;
	const json_t *all = json_object_get(answer, rules ? "rules" : "peers"), *one;
	size_t i, n = 0;

	if (rules)
		put_rule_title(frame);
	else
		put_peer_title(frame);
	frame->list_rows = frame->rows > frame->n ? frame->rows - frame->n : 0;
	frame->listed = 0;
	json_array_foreach(all, i, one)
	{
		const char *name = online_text(one, rules ? "name" : "peer");
		frame->listed += top_frame_matches(name, state->filter) ||
				 has_rule(one, state->filter);
	}
	if (frame->rows && state->scroll + frame->list_rows > frame->listed)
		state->scroll = frame->listed > frame->list_rows
					? frame->listed - frame->list_rows
					: 0;
	json_array_foreach(all, i, one)
	{
		const char *name = online_text(one, rules ? "name" : "peer");
		if (!top_frame_matches(name, state->filter) &&
		    !has_rule(one, state->filter))
			continue;
		if (n++ < state->scroll)
			continue;
		if (rules)
			put_rule(frame, answer, one);
		else
			put_peer(frame, one);
	}
	if (frame->listed == 0)
		top_frame_plain(frame,
				state->filter[0]
					? _("nothing matches the filter")
					: _("no SIP attempt was told of in the last "
					    "hour"));
}
