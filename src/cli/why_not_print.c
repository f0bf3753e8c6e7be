/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/why_not.h"

#include "base/i18n.h"
#include "base/text.h"
#include "cli/online.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

#define PIPE_COLUMNS 80
#define COUNT_COLUMNS 5
#define INDENT 7

struct pen {
	const json_t *answer;
	struct buffer *out;
	struct buffer line;
	size_t columns;
};

static void
end_line(struct pen *pen, size_t indent)
{
	terminal_wrap(pen->out, buffer_str(&pen->line), indent, pen->columns);
	buffer_clear(&pen->line);
}

/** Always with seconds: it is to be found in a log. */
static void
add_clock(struct buffer *out, const json_t *object, const char *key)
{
	time_t then = (time_t)(online_time(object, key) / SV_USEC_PER_SEC);
	time_t now = time(NULL);
	struct tm at, today;
	char clock[32] = "";

	if (!localtime_r(&then, &at) || !localtime_r(&now, &today))
		return;
	if (at.tm_year == today.tm_year && at.tm_yday == today.tm_yday)
		(void)strftime(clock, sizeof(clock), "%H:%M:%S", &at);
	else
		(void)strftime(clock, sizeof(clock), "%Y-%m-%d %H:%M:%S", &at);
	buffer_add_cstr(out, clock);
}

static void
add_span(struct buffer *out, double seconds)
{
	unsigned long long sec = seconds > 0 ? (unsigned long long)seconds : 0;

	if (sec && sec % 3600 == 0)
		buffer_addf(out, _("%llu h"), sec / 3600);
	else if (sec && sec % 60 == 0)
		buffer_addf(out, _("%llu min"), sec / 60);
	else
		buffer_addf(out, _("%g s"), seconds);
}

static double
number(const json_t *object, const char *key)
{
	double value = online_double(object, key);

	return isnan(value) ? 0 : value;
}

/** "It came to 8 of 10 in 5 min, at 08:29:10." and what came in between. */
static void
print_nearest(struct pen *pen)
{
	const json_t *near = json_object_get(pen->answer, "nearest");
	const json_t *cooldown = json_object_get(pen->answer, "cooldown");

	if (!near)
		return;
	buffer_addf(&pen->line, _("It came to %s, at "), online_text(near, "words"));
	add_clock(&pen->line, near, "time");
	buffer_add_char(&pen->line, '.');
	if (number(near, "share") >= 1 && number(pen->answer, "for_sec") > 0) {
		buffer_add_cstr(&pen->line,
				_(" That is the limit, but it must hold for "));
		add_span(&pen->line, number(pen->answer, "for_sec"));
		buffer_add_char(&pen->line, '.');
	}
	end_line(pen, 0);
	if (!cooldown)
		return;
	buffer_addf(&pen->line,
		    _("%" PRIu64 " times it was at the limit while cooling down after "
		      "an alert, until "),
		    online_u64(cooldown, "events"));
	add_clock(&pen->line, cooldown, "until");
	buffer_add_char(&pen->line, '.');
	end_line(pen, 0);
}

static void
add_value(struct pen *pen, const json_t *row)
{
	const char *value = online_text(row, "value");
	bool claim = json_is_true(json_object_get(row, "claim"));

	if (!value[0]) {
		buffer_addf(&pen->line, _("no %s"), online_text(row, "field"));
		return;
	}
	buffer_addf(&pen->line, claim ? "%s \"" : "%s ", online_text(row, "field"));
	buffer_add_clean(&pen->line, str_of(value), 60);
	if (claim)
		buffer_add_char(&pen->line, '"');
}

static void
add_reason(struct pen *pen, const json_t *row)
{
	const char *why = online_text(row, "why");

	if (strcmp(why, "where") == 0 || strcmp(why, "measure") == 0) {
		if (online_text(row, "field")[0]) {
			add_value(pen, row);
			buffer_add_cstr(&pen->line, ", ");
		}
		buffer_addf(&pen->line, _("the rule asks: %s"),
			    online_text(row, "asks"));
	} else if (strcmp(why, "list") == 0) {
		buffer_addf(&pen->line, _("in list \"%s\""), online_text(row, "list"));
		if (online_text(row, "entry")[0])
			buffer_addf(&pen->line, " (%s", online_text(row, "entry"));
		if (online_text(row, "file")[0])
			buffer_addf(&pen->line, ", %s:%" PRIu64,
				    online_text(row, "file"), online_u64(row, "line"));
		if (online_text(row, "entry")[0])
			buffer_add_char(&pen->line, ')');
	} else if (strcmp(why, "late") == 0) {
		buffer_add_cstr(&pen->line, _("came too late: more than "));
		add_span(&pen->line, number(pen->answer, "grace_sec"));
		buffer_add_cstr(&pen->line, _(" behind newer ones"));
	} else if (strcmp(why, "no_key") == 0) {
		buffer_add_cstr(&pen->line, _("lack a field that the rule groups by"));
	} else if (strcmp(why, "window") == 0) {
		buffer_add_cstr(&pen->line, _("count, but at other times: not within "
					      "the same "));
		add_span(&pen->line, number(pen->answer, "window_sec"));
	} else {
		buffer_add_cstr(&pen->line, _("for still other reasons"));
	}
}

static void
print_row(struct pen *pen, const json_t *row)
{
	const json_t *other = json_object_get(row, "counted_by");
	const json_t *near = json_object_get(other, "nearest");
	char count[32];

	online_number(count, online_u64(row, "events"));
	terminal_cell_right(pen->out, str_of(count), COUNT_COLUMNS);
	buffer_add_cstr(pen->out, "  ");
	add_reason(pen, row);
	end_line(pen, INDENT);
	if (!other)
		return;
	buffer_addf(pen->out, "%*s", INDENT, "");
	buffer_addf(&pen->line, _("→ rule %s counts these"),
		    online_text(other, "rule"));
	if (near)
		buffer_addf(&pen->line, _(": %s at most"), online_text(near, "words"));
	end_line(pen, INDENT + 2);
}

static void
print_rows(struct pen *pen)
{
	const json_t *rows = json_object_get(pen->answer, "not_counted"), *row;
	uint64_t sum = 0;
	char count[32];
	size_t i;

	json_array_foreach(rows, i, row)
	{
		sum += online_u64(row, "events");
	}
	if (!sum)
		return;
	online_number(count, sum);
	buffer_addf(&pen->line,
		    ngettext("%s other failure of this key did not count then:",
			     "%s other failures of this key did not count then:", sum),
		    count);
	end_line(pen, 0);
	json_array_foreach(rows, i, row)
	{
		print_row(pen, row);
	}
}

static void
print_alerts(struct pen *pen, const struct terminal *terminal)
{
	static const char *const words[] = {
		[SV_SEVERITY_OK] = "OK",
		[SV_SEVERITY_WARNING] = "WARNING",
		[SV_SEVERITY_CRITICAL] = "CRITICAL",
		[SV_SEVERITY_UNKNOWN] = "UNKNOWN",
	};
	const json_t *alert;
	size_t i;

	json_array_foreach(json_object_get(pen->answer, "alerts"), i, alert)
	{
		bool over = strcmp(online_text(alert, "state"), "resolved") == 0;
		enum sv_severity severity =
			online_severity(online_text(alert, "severity"));
		buffer_add_cstr(pen->out, "  ");
		add_clock(pen->out, alert, "time");
		buffer_addf(pen->out, "  %s%s%s", terminal_severity(terminal, severity),
			    over ? _("resolved") : _(words[severity]),
			    terminal_plain(terminal));
		buffer_add_clean(&pen->line, str_of(online_text(alert, "reason")), 400);
		buffer_addf(pen->out, "\n%*s", INDENT, "");
		end_line(pen, INDENT);
	}
}

/** What was looked at, and where more would be found. */
static void
print_source(struct pen *pen)
{
	const char *rule = online_text(pen->answer, "rule");
	const char *key = online_text(pen->answer, "key");

	if (strcmp(online_text(pen->answer, "from"), "daemon") != 0)
		return;
	if (online_time(pen->answer, "since")) {
		buffer_add_cstr(&pen->line, _("Seen from the recent events that the "
					      "daemon keeps in memory, since "));
		add_clock(&pen->line, pen->answer, "since");
	} else {
		buffer_add_cstr(&pen->line,
				_("The daemon has no recent events in its memory"));
	}
	buffer_add_cstr(&pen->line, _("; what was before that is in the logs:"));
	end_line(pen, 0);
	buffer_addf(pen->out, "  sipvigil why-not %s ", rule);
	buffer_add_clean(pen->out, str_of(key), 100);
	buffer_add_cstr(pen->out, " FILE…\n");
}

void
why_not_print(const json_t *answer, const struct terminal *terminal, struct buffer *out)
{
	struct pen pen = { .answer = answer,
			   .out = out,
			   .columns = terminal->columns ? terminal->columns
							: PIPE_COLUMNS };
	const char *rule = online_text(answer, "rule");
	struct buffer key;

	buffer_init(&pen.line);
	buffer_init(&key);
	buffer_add_clean(&key, str_of(online_text(answer, "key")), 100);
	buffer_add_char(&key, '\0');
	const char *name = buffer_failed(&key) ? "" : key.ptr;
	bool raised = json_is_true(json_object_get(answer, "raised"));
	if (raised)
		buffer_addf(&pen.line, _("%s did raise for %s:"), rule, name);
	else if (!online_u64(answer, "events") && !json_object_get(answer, "nearest"))
		buffer_addf(&pen.line,
			    _("Nothing is known of %s: no event has this key."), name);
	else
		buffer_addf(&pen.line, _("%s did not raise for %s."), rule, name);
	end_line(&pen, 0);
	if (raised)
		print_alerts(&pen, terminal);
	if (raised && strcmp(online_text(answer, "mode"), "observe") == 0) {
		buffer_add_cstr(&pen.line,
				_("But it runs in mode observe: nobody is paged."));
		end_line(&pen, 0);
	}
	if (!raised)
		print_nearest(&pen);
	if (!raised && online_u64(answer, "events") && !online_u64(answer, "counted") &&
	    !json_object_get(answer, "nearest")) {
		buffer_add_cstr(&pen.line,
				_("No event of this key counts for the rule."));
		end_line(&pen, 0);
	}
	print_rows(&pen);
	print_source(&pen);
	buffer_done(&key);
	buffer_done(&pen.line);
}
