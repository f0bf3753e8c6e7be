/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "base/text.h"
#include "cli/alert_text.h"
#include "cli/glyph.h"

#include <inttypes.h>
#include <stdio.h>

#define ID_COLUMNS 8
#define MAX_COLUMNS 28
#define LINE_MAX_BYTES 400
/** From here on there is room for all columns. */
#define WIDE 110
#define LEAST_REASON 17
#define LEAST_RULE 15
#define LEAST_SUBJECT 12
#define ROOM_FOR_WORDS 40

/** Widths of the columns that fit their content. */
struct widths {
	size_t rule, subject, time, id;
};

/* The moment that a list shows: since when, or until when. */
static sv_usec
moment_of(const json_t *alert)
{
	return alert_text_is_over(alert) ? online_time(alert, "@timestamp")
					 : alert_text_start(alert);
}

static void
widen(size_t *width, struct sv_str text)
{
	size_t columns = terminal_columns(text);

	if (columns > *width)
		*width = columns > MAX_COLUMNS ? MAX_COLUMNS : columns;
}

static void
measure(struct widths *widths, const json_t *alert)
{
	struct buffer subject;
	char clock[32];

	buffer_init(&subject);
	online_subject(&subject, alert);
	online_clock(clock, moment_of(alert), false);
	widen(&widths->rule, str_of(alert_text_rule(alert)));
	widen(&widths->subject, buffer_str(&subject));
	widen(&widths->time, str_of(clock));
	buffer_done(&subject);
}

/* Where there is no room for words the reason is cut down to its numbers. */
static void
add_numbers(struct buffer *out, const json_t *alert)
{
	const json_t *own = json_object_get(alert, "sipvigil");
	json_t *measure = json_copy(json_object_get(own, "measure"));
	bool critical = strcmp(online_text(alert, "severity"), "critical") == 0;
	json_t *limit = json_object_get(measure, critical ? "critical" : "warning");
	const json_t *window = json_object_get(own, "window");
	const json_t *complete = json_object_get(own, "completeness");

	if (limit) {
		(void)json_object_set(measure, "limit", limit);
		(void)json_object_set(measure, "window_sec",
				      json_object_get(window, "seconds"));
		(void)json_object_set(measure, "at_least",
				      json_object_get(complete, "lower_bound"));
		alert_text_arithmetic(out, measure);
	}
	json_decref(measure);
}

static void
add_reason(struct online *online, const json_t *alert, size_t used)
{
	const char *reason = online_text(json_object_get(alert, "event"), "reason");
	size_t columns = online->terminal.columns;
	size_t room = columns > used ? columns - used : 1;
	struct buffer text;

	buffer_init(&text);
	buffer_add_clean(&text, str_of(reason), LINE_MAX_BYTES);
	if (columns && room < ROOM_FOR_WORDS && !alert_text_is_over(alert) &&
	    terminal_columns(buffer_str(&text)) > room) {
		struct buffer numbers;

		buffer_init(&numbers);
		add_numbers(&numbers, alert);
		if (numbers.len) {
			buffer_clear(&text);
			buffer_add(&text, buffer_str(&numbers));
		}
		buffer_done(&numbers);
	}
	if (columns && terminal_columns(buffer_str(&text)) > room)
		terminal_cell(&online->out, buffer_str(&text), room);
	else
		buffer_add(&online->out, buffer_str(&text));
	buffer_done(&text);
}

/* On a narrow terminal the rule, then the peer give way, so that the numbers can be
 * read. */
static void
fit(struct widths *w, size_t columns)
{
	size_t used;

	if (columns == 0 || columns >= WIDE)
		return;
	w->id = 6;
	used = 10 + 2 + 2 + w->time + 2 + w->id + 2 + LEAST_REASON;
	while (w->rule > LEAST_RULE && used + w->rule + w->subject > columns)
		w->rule--;
	while (w->subject > LEAST_SUBJECT && used + w->rule + w->subject > columns)
		w->subject--;
}

static void
add_row(struct online *online, const struct widths *widths, const json_t *alert)
{
	const json_t *own = json_object_get(alert, "sipvigil");
	struct buffer subject;
	char clock[32];
	size_t used =
		10 + widths->rule + widths->subject + widths->time + 6 + ID_COLUMNS + 2;

	buffer_init(&subject);
	online_subject(&subject, alert);
	online_clock(clock, moment_of(alert), false);
	alert_text_severity(online, alert);
	terminal_cell(&online->out, str_of(alert_text_rule(alert)), widths->rule);
	buffer_add_cstr(&online->out, "  ");
	terminal_cell(&online->out, buffer_str(&subject), widths->subject);
	buffer_add_cstr(&online->out, "  ");
	terminal_cell(&online->out, str_of(clock), widths->time + 2);
	buffer_add(&online->out,
		   str_upto(str_of(online_text(own, "incident")), widths->id));
	buffer_add_cstr(&online->out, "  ");
	if (online_text(own, "silenced")[0] || online_text(own, "inhibited")[0] ||
	    online_text(own, "grouped")[0]) {
		buffer_add_cstr(&online->out, _("(held back) "));
		used += terminal_columns(str_of(_("(held back) ")));
	}
	add_reason(online, alert, used);
	buffer_add_char(&online->out, '\n');
	buffer_done(&subject);
}

/* The alert of its group stands for it. */
static bool
is_member(const json_t *alert)
{
	return online_text(json_object_get(alert, "sipvigil"), "grouped")[0] != '\0';
}

static void
show_list(struct online *online, bool all)
{
	const json_t *lines = online->reply.lines, *alert;
	struct widths widths = { .id = ID_COLUMNS };
	uint64_t members = 0;
	size_t i;

	json_array_foreach(lines, i, alert)
	{
		if (all || !is_member(alert))
			measure(&widths, alert);
	}
	fit(&widths, online->terminal.columns);
	json_array_foreach(lines, i, alert)
	{
		if (all || !is_member(alert))
			add_row(online, &widths, alert);
		else
			members++;
	}
	if (members)
		buffer_addf(&online->out,
			    ngettext("%" PRIu64 " member of a group (sipvigil alerts "
				     "--all)\n",
				     "%" PRIu64 " members of groups (sipvigil alerts "
				     "--all)\n",
				     members),
			    members);
	if (json_array_size(lines) == 0)
		buffer_add_cstr(&online->out,
				all ? _("no alert since the daemon was started\n")
				    : _("no alert open\n"));
	if (online->reply.omitted)
		buffer_addf(&online->out, _("… %" PRIu64 " more are not shown\n"),
			    online->reply.omitted);
	if (online->reply.resolved)
		buffer_addf(
			&online->out,
			_("\n%" PRIu64 " resolved lately (sipvigil alerts --all)\n"),
			online->reply.resolved);
	glyph_degrade(&online->out);
}

static bool
has_flag(const struct online *online, const char *flag)
{
	for (size_t i = 0; i < online->n_args; i++)
		if (strcmp(online->args[i], flag) == 0)
			return true;
	return false;
}

static int
run(int argc, char **argv)
{
	static const char *const flags[] = { "--all", NULL };
	static const struct online_spec spec = { .flags = flags, .max_words = 1 };
	struct online online;
	int code;

	if (online_ask(&online, &command_alerts, argc, argv, &spec, &code)) {
		if (online.n_words)
			alert_text_full(&online, json_array_get(online.reply.lines, 0));
		else
			show_list(&online, has_flag(&online, "--all"));
		code = online_end(&online);
	}
	online_done(&online);
	return code;
}

const struct command command_alerts = {
	.word = "alerts",
	.arguments = "[--all] [ID] [--socket PATH] [--json]",
	.summary = N_("open alerts, worst first; one of them in full"),
	.help = N_(
		"  ID              one alert in full: its id, or as many first digits "
		"of it as are\n"
		"                  needed\n"
		"  --all           also the alerts that ended since the daemon was "
		"started, newest\n"
		"                  first, 500 at most\n"
		"  --socket PATH   control socket (/run/sipvigil/control)\n"
		"  --json          one transition a line, as the outputs send it\n"),
	.run = run,
};
