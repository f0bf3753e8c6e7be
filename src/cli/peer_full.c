/* SPDX-License-Identifier: Apache-2.0 */
/* One peer in full: its attempts by kind over the hour, the shares that standards
 * define, the last failures, what is open about it. */
#include "base/i18n.h"
#include "base/text.h"
#include "cli/glyph.h"
#include "cli/peer_text.h"
#include "sip/codes.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#define KIND_COLUMNS 36
#define METHOD_COLUMNS 10
#define REASON_BYTES 300

static void
add_head(struct online *online, const json_t *peer)
{
	const char *name = online_text(peer, "peer"),
		   *ip = online_text(peer, "peer_ip");
	const char *leg = online_text(peer, "leg");
	struct buffer *out = &online->out;
	char until[32], zone[32];

	buffer_add_cstr(out, terminal_bold(&online->terminal));
	buffer_add_clean(out, str_of(name), 80);
	buffer_add_cstr(out, terminal_plain(&online->terminal));
	if (strcmp(leg, "in") == 0)
		buffer_add_cstr(out, _("  asked us (leg in)"));
	else if (strcmp(leg, "out") == 0)
		buffer_add_cstr(out, _("  we asked it (leg out)"));
	if (ip[0] && strcmp(ip, name) != 0)
		buffer_addf(out, "  %s", ip);
	online_clock(until, online_time(peer, "until"), true);
	online_zone(zone);
	buffer_addf(out, _("   in the %" PRIu64 " min to %s %s\n"),
		    online_u64(peer, "span_sec") / 60, until, zone);
	if (online_text(peer, "attribution")[0])
		buffer_add_cstr(out,
				_("In doubt: some of these lines the other side could "
				  "have written itself.\n"));
}

static void
add_open(struct online *online, const json_t *peer)
{
	const json_t *alert;
	struct buffer line;
	size_t i;

	json_array_foreach(json_object_get(peer, "open"), i, alert)
	{
		const char *severity = online_text(alert, "severity");
		enum sv_severity worst = online_severity(severity);
		char clock[32];

		buffer_init(&line);
		online_clock(clock, online_time(alert, "start"), false);
		buffer_addf(&line, "%s  ", online_text(alert, "rule"));
		buffer_addf(&line, _("since %s: "), clock);
		buffer_add_clean(&line, str_of(online_text(alert, "reason")),
				 REASON_BYTES);
		buffer_addf(&line, "   (sipvigil alerts %.8s)",
			    online_text(alert, "incident"));
		buffer_add_cstr(&online->out,
				terminal_severity(&online->terminal, worst));
		terminal_cell(&online->out,
			      str_of(worst == SV_SEVERITY_CRITICAL  ? _("CRITICAL")
				     : worst == SV_SEVERITY_WARNING ? _("WARNING")
								    : _("UNKNOWN")),
			      8);
		buffer_add_cstr(&online->out, terminal_plain(&online->terminal));
		buffer_add_cstr(&online->out, "  ");
		terminal_wrap(&online->out, buffer_str(&line), 10,
			      online->terminal.columns);
		buffer_done(&line);
	}
	if (i == 0)
		buffer_add_cstr(&online->out, _("no alert is open about it\n"));
}

static void
add_sums(struct online *online, const json_t *peer)
{
	char events[32], failures[32], calls[32], failed[32], share[32];

	online_number(events, online_u64(peer, "events"));
	online_number(failures, online_u64(peer, "failures"));
	online_number(calls, online_u64(peer, "calls"));
	online_number(failed, online_u64(peer, "calls_failed"));
	peer_text_share(share, peer);
	buffer_addf(&online->out, _("\n%s attempts, %s failed"), events, failures);
	if (online_u64(peer, "calls"))
		buffer_addf(&online->out, _("; of them %s calls, %s failed (%s)"),
			    calls, failed, share);
	buffer_add_cstr(&online->out, "\n\n");
}

static void
name_kind(struct buffer *out, const json_t *kind)
{
	uint64_t number = online_u64(kind, "code");
	const struct code *code = codes_find((uint16_t)number);
	const char *outcome = online_text(kind, "outcome");

	if (json_is_true(json_object_get(kind, "others")))
		buffer_add_cstr(out, json_is_true(json_object_get(kind, "failure"))
					     ? _("other failures")
					     : _("other attempts"));
	else if (!number)
		buffer_addf(out, _("%s (no code)"), outcome);
	else if (code && code->phrase[0])
		buffer_addf(out, "%" PRIu64 " %s", number, code->phrase);
	else
		buffer_addf(out, "%" PRIu64 " %s", number, outcome);
}

static void
add_kinds(struct online *online, const json_t *peer)
{
	const json_t *kinds = json_object_get(peer, "kinds"), *kind;
	struct buffer *out = &online->out;
	struct buffer name;
	char count[32];
	size_t i;

	buffer_add_cstr(out, terminal_bold(&online->terminal));
	terminal_cell(out, str_of(_("what came of them")), KIND_COLUMNS);
	terminal_cell(out, str_of(_("method")), METHOD_COLUMNS);
	terminal_cell(out, str_of(_("by 5 min")), 12);
	terminal_cell_right(out, str_of(_("number")), 9);
	buffer_add_cstr(out, terminal_plain(&online->terminal));
	buffer_add_char(out, '\n');
	json_array_foreach(kinds, i, kind)
	{
		buffer_init(&name);
		name_kind(&name, kind);
		terminal_cell(out, buffer_str(&name), KIND_COLUMNS - 1);
		buffer_add_char(out, ' ');
		terminal_cell(out, str_of(online_text(kind, "method")), METHOD_COLUMNS);
		glyph_spark(out, json_object_get(kind, "spark"));
		online_number(count, online_u64(kind, "count"));
		terminal_cell_right(out, str_of(count), 9);
		buffer_add_char(out, '\n');
		buffer_done(&name);
	}
}

static void
add_ratios(struct online *online, const json_t *peer)
{
	const json_t *ratios = json_object_get(peer, "ratios"), *ratio;
	struct buffer line;
	uint64_t answered = 0;
	char share[32];
	size_t i;

	json_array_foreach(ratios, i, ratio)
	{
		uint64_t above = online_u64(ratio, "numerator");
		double value = online_double(ratio, "value");

		if (i == 0) {
			answered = above;
			buffer_add_char(&online->out, '\n');
		}
		(void)snprintf(share, sizeof(share), "%.1f %%",
			       isnan(value) ? 0.0 : 100.0 * value);
		terminal_cell(&online->out, str_of(online_text(ratio, "name")), 6);
		terminal_cell_right(&online->out, str_of(share), 8);
		buffer_init(&line);
		buffer_addf(&line, _("%" PRIu64 " of %" PRIu64 "   %s"), above,
			    online_u64(ratio, "denominator"),
			    online_text(ratio, "defined"));
		buffer_add_cstr(&online->out, "   ");
		terminal_wrap(&online->out, buffer_str(&line), 17,
			      online->terminal.columns);
		buffer_done(&line);
	}
	if (i && answered == 0)
		buffer_add_cstr(&online->out,
				_("No call was told to be answered: does this log tell "
				  "of calls that go well?\n"));
}

static void
add_failure(struct online *online, const json_t *event)
{
	const json_t *origin = json_array_get(json_object_get(event, "records"), 0);
	const json_t *claims = json_object_get(event, "claims");
	uint64_t code = online_u64(event, "code"), line = online_u64(origin, "line");
	struct buffer text;
	char clock[32];

	buffer_init(&text);
	online_clock(clock, online_time(event, "time"), true);
	buffer_addf(&text, "%s  %s", clock, online_text(event, "outcome"));
	if (code)
		buffer_addf(&text, " %" PRIu64, code);
	buffer_addf(&text, "  %s", online_text(event, "method"));
	if (online_text(event, "peer_ip")[0])
		buffer_addf(&text, "  %s", online_text(event, "peer_ip"));
	if (line)
		buffer_addf(&text, "  %s:%" PRIu64, online_text(origin, "file"), line);
	if (online_text(claims, "user")[0]) {
		buffer_add_cstr(&text, _("  user \""));
		buffer_add_clean(&text, str_of(online_text(claims, "user")), 40);
		buffer_add_char(&text, '"');
	}
	if (online_text(claims, "phrase")[0]) {
		buffer_add_cstr(&text, "  \"");
		buffer_add_clean(&text, str_of(online_text(claims, "phrase")), 60);
		buffer_add_char(&text, '"');
	}
	if (online->terminal.columns &&
	    terminal_columns(buffer_str(&text)) > online->terminal.columns - 2)
		terminal_cell(&online->out, buffer_str(&text),
			      online->terminal.columns - 2);
	else
		buffer_add(&online->out, buffer_str(&text));
	buffer_add_char(&online->out, '\n');
	buffer_done(&text);
}

void
peer_text_full(struct online *online, const json_t *peer)
{
	const json_t *failures = json_object_get(peer, "last_failures"), *event;
	size_t i;

	add_head(online, peer);
	add_open(online, peer);
	add_sums(online, peer);
	add_kinds(online, peer);
	add_ratios(online, peer);
	if (json_array_size(failures))
		buffer_add_cstr(&online->out, _("\nLast failures\n"));
	json_array_foreach(failures, i, event)
	{
		buffer_add_cstr(&online->out, "  ");
		add_failure(online, event);
	}
}
