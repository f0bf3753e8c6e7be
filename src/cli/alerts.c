/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "base/text.h"
#include "cli/online.h"
#include "sip/codes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define ID_COLUMNS 8
#define MAX_COLUMNS 28
#define LINE_MAX_BYTES 400
#define TITLE_COLUMNS 20

/** Widths of the columns that fit their content. */
struct widths {
	size_t rule, subject, time;
};

static const char *
rule_of(const json_t *alert)
{
	return online_text(json_object_get(alert, "rule"), "name");
}

static sv_usec
start_of(const json_t *alert)
{
	const json_t *event = json_object_get(alert, "event");
	sv_usec start = online_time(event, "start");

	return start ? start : online_time(alert, "@timestamp");
}

static bool
is_resolved(const json_t *alert)
{
	return strcmp(online_text(alert, "state"), "resolved") == 0;
}

/* The moment that a list shows: since when, or until when. */
static sv_usec
moment_of(const json_t *alert)
{
	return is_resolved(alert) ? online_time(alert, "@timestamp") : start_of(alert);
}

static void
add_severity(struct online *online, const json_t *alert)
{
	enum sv_severity severity = online_severity(online_text(alert, "severity"));
	const char *word = _("UNKNOWN");

	if (is_resolved(alert))
		word = _("RESOLVED");
	else if (severity == SV_SEVERITY_CRITICAL)
		word = _("CRITICAL");
	else if (severity == SV_SEVERITY_WARNING)
		word = _("WARNING");
	buffer_add_cstr(&online->out, terminal_severity(&online->terminal, severity));
	terminal_cell(&online->out, str_of(word), 8);
	buffer_add_cstr(&online->out, terminal_plain(&online->terminal));
	buffer_add_cstr(&online->out, "  ");
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
	widen(&widths->rule, str_of(rule_of(alert)));
	widen(&widths->subject, buffer_str(&subject));
	widen(&widths->time, str_of(clock));
	buffer_done(&subject);
}

/* The reason is the least important column of the list: it is cut to the width. */
static void
add_reason(struct online *online, const json_t *alert, size_t used)
{
	const char *reason = online_text(json_object_get(alert, "event"), "reason");
	unsigned columns = online->terminal.columns;
	struct buffer clean;

	buffer_init(&clean);
	buffer_add_clean(&clean, str_of(reason), LINE_MAX_BYTES);
	if (columns > used + 10 &&
	    terminal_columns(buffer_str(&clean)) > columns - used)
		terminal_cell(&online->out, buffer_str(&clean), columns - used);
	else
		buffer_add(&online->out, buffer_str(&clean));
	buffer_done(&clean);
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
	add_severity(online, alert);
	terminal_cell(&online->out, str_of(rule_of(alert)), widths->rule + 2);
	terminal_cell(&online->out, buffer_str(&subject), widths->subject + 2);
	terminal_cell(&online->out, str_of(clock), widths->time + 2);
	buffer_add(&online->out,
		   str_upto(str_of(online_text(own, "incident")), ID_COLUMNS));
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
	struct widths widths = { 0 };
	uint64_t members = 0;
	size_t i;

	json_array_foreach(lines, i, alert)
	{
		if (all || !is_member(alert))
			measure(&widths, alert);
	}
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
}

/* One alert in full. */

static void
add_head(struct online *online, const json_t *alert)
{
	const json_t *own = json_object_get(alert, "sipvigil");
	const json_t *rule = json_object_get(alert, "rule");
	char start[32], at[32], zone[32];

	add_severity(online, alert);
	buffer_addf(&online->out, "%s  ", rule_of(alert));
	online_subject(&online->out, alert);
	buffer_addf(&online->out, _("   %.8s · rule %s, pack %s\n"),
		    online_text(own, "incident"), rule_of(alert),
		    online_text(rule, "ruleset"));
	online_clock(start, start_of(alert), true);
	online_clock(at, online_time(alert, "@timestamp"), true);
	online_zone(zone);
	buffer_addf(&online->out, _("since %s, "), start);
	if (is_resolved(alert))
		buffer_addf(&online->out, _("resolved %s (%s)\n"), at, zone);
	else
		buffer_addf(&online->out, _("last change %s (%s)\n"), at, zone);
}

static void
add_codes(struct online *online, const json_t *alert)
{
	json_t *codes = json_object_get(json_object_get(alert, "sip"), "codes"), *count;
	const char *word;

	json_object_foreach(codes, word, count)
	{
		const struct code *code = codes_find((uint16_t)strtoul(word, NULL, 10));
		char text[96];

		(void)snprintf(text, sizeof(text), "%s %s", word,
			       code ? code->phrase : "");
		buffer_add_cstr(&online->out, "   ");
		terminal_cell(&online->out, str_of(text), 32);
		buffer_addf(&online->out, "%8" JSON_INTEGER_FORMAT "\n",
			    json_integer_value(count));
	}
}

static void
add_paragraph(struct online *online, const char *title, const char *text)
{
	if (!text[0])
		return;
	struct buffer clean;

	buffer_init(&clean);
	buffer_add_clean(&clean, str_of(text), 2000);
	terminal_cell(&online->out, str_of(title), TITLE_COLUMNS);
	terminal_wrap(&online->out, buffer_str(&clean), TITLE_COLUMNS,
		      online->terminal.columns);
	buffer_done(&clean);
}

/* What the failures say beyond their codes. A phrase of the other side may have said it:
 * it is a hint where to look. */
static void
add_cause(struct online *online, const json_t *own)
{
	const json_t *at = json_object_get(own, "cause");
	const struct code_category *cause =
		codes_category_find(str_of(online_text(at, "category")));
	enum codes_lang lang = i18n_is_russian() ? CODES_RU : CODES_EN;
	char text[600];

	if (!cause)
		return;
	(void)snprintf(text, sizeof(text), "%s (%" PRIu64 "): %s", cause->name,
		       online_u64(at, "count"), code_text(cause->meaning, lang));
	add_paragraph(online, _("Cause given"), text);
	add_paragraph(online, _("Look at"), code_text(cause->look, lang));
}

static void
add_evidence(struct online *online, const json_t *own)
{
	const json_t *lines = json_object_get(own, "evidence");

	for (size_t i = json_array_size(lines); i-- > 0;) {
		const json_t *line = json_array_get(lines, i);
		uint64_t number = online_u64(line, "line");
		char clock[32];

		online_clock(clock, online_time(line, "time"), true);
		terminal_cell(&online->out,
			      str_of(i + 1 == json_array_size(lines) ? _("Lines") : ""),
			      TITLE_COLUMNS);
		buffer_addf(&online->out, "%s  %s", clock, online_text(line, "source"));
		if (number)
			buffer_addf(&online->out, ":%" PRIu64, number);
		buffer_add_cstr(&online->out, "  ");
		buffer_add_clean(&online->out, str_of(online_text(line, "text")),
				 LINE_MAX_BYTES);
		buffer_add_char(&online->out, '\n');
	}
}

/* Why nobody is paged for it. */
static void
add_cover(struct online *online, const json_t *own)
{
	const char *silenced = online_text(own, "silenced");
	const char *inhibited = online_text(own, "inhibited");
	const char *grouped = online_text(own, "grouped");

	if (silenced[0]) {
		buffer_add_cstr(&online->out, _("silenced by "));
		buffer_add_clean(&online->out, str_of(silenced), 128);
		buffer_add_cstr(&online->out, _("   (sipvigil silence list)\n"));
	} else if (inhibited[0]) {
		buffer_add_cstr(&online->out, _("covered by an alert of "));
		buffer_add_clean(&online->out, str_of(inhibited), 128);
		buffer_add_char(&online->out, '\n');
	} else if (grouped[0]) {
		buffer_addf(&online->out,
			    _("told by the alert of its group   (sipvigil alerts "
			      "%.*s)\n"),
			    ID_COLUMNS, grouped);
	}
}

static void
show_one(struct online *online, const json_t *alert)
{
	const json_t *own = json_object_get(alert, "sipvigil");
	const json_t *complete = json_object_get(own, "completeness");

	add_head(online, alert);
	buffer_add_char(&online->out, '\n');
	buffer_add_clean(&online->out,
			 str_of(online_text(json_object_get(alert, "event"), "reason")),
			 2000);
	buffer_add_char(&online->out, '\n');
	add_codes(online, alert);
	add_cover(online, own);
	if (json_is_true(json_object_get(complete, "lower_bound")))
		buffer_add_cstr(&online->out,
				_("The log has a gap in this time: the counts are at "
				  "least these.\n"));
	if (online_text(own, "attribution")[0])
		buffer_add_cstr(&online->out,
				_("The address is in doubt: the other side could have "
				  "written these lines itself.\n"));
	buffer_add_char(&online->out, '\n');
	add_cause(online, own);
	add_paragraph(online, _("What it likely is"), online_text(own, "likely"));
	add_paragraph(online, _("Check next"), online_text(own, "check"));
	add_evidence(online, own);
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
			show_one(&online, json_array_get(online.reply.lines, 0));
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
