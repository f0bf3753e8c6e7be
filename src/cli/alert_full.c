/* SPDX-License-Identifier: Apache-2.0 */
/* One alert in full: its arithmetic, what was counted and from where, the cause in words,
 * what to look at, the lines, how often it came before. */
#include "base/i18n.h"
#include "base/text.h"
#include "cli/alert_text.h"
#include "cli/glyph.h"
#include "sip/codes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define KIND_COLUMNS 32
#define LINE_MAX_BYTES 400
#define EARLIER_SHOWN 3
/** Within this a line's stamp has its end. */
#define STAMP_BYTES 40

static const json_t *
detail_of(const json_t *alert)
{
	return json_object_get(alert, "sipvigil.detail");
}

/* Since when, and since when as bad as this. */
static void
add_times(struct buffer *out, const json_t *alert)
{
	sv_usec start = alert_text_start(alert);
	sv_usec change = online_time(alert, "@timestamp");
	const char *previous = online_text(alert, "previous");
	char first[32], last[32], zone[32];

	online_clock(first, start, true);
	online_clock(last, change, true);
	online_zone(zone);
	if (alert_text_is_over(alert))
		buffer_addf(out, _("from %s to %s %s"), first, last, zone);
	else if (change == start)
		buffer_addf(out, _("since %s %s"), first, zone);
	else if (strcmp(previous, "warning") == 0)
		buffer_addf(out, _("since %s %s, a warning since %s"), last, zone,
			    first);
	else
		buffer_addf(out, _("since %s %s, last change %s"), first, zone, last);
}

/* The id stands at the right, in the first line that has room for it. */
static void
add_head(struct online *online, const json_t *alert)
{
	const json_t *own = json_object_get(alert, "sipvigil");
	const json_t *rule = json_object_get(alert, "rule");
	size_t begin, used, columns = online->terminal.columns;
	struct buffer right, *out = &online->out;

	buffer_init(&right);
	alert_text_severity(online, alert);
	begin = out->len;
	buffer_addf(out, "%s  ", alert_text_rule(alert));
	online_subject(out, alert);
	used = 10 + terminal_columns(str_from(buffer_str(out), begin));
	buffer_addf(&right, _("%.8s · rules %s"), online_text(own, "incident"),
		    online_text(rule, "ruleset"));
	size_t wide = terminal_columns(buffer_str(&right));
	bool fits = !columns || columns > used + wide + 2;
	if (fits) {
		buffer_addf(out, "%*s", columns ? (int)(columns - used - wide) : 3, "");
		buffer_add(out, buffer_str(&right));
	}
	buffer_add_char(out, '\n');
	add_times(out, alert);
	if (!fits) {
		buffer_add_cstr(out, "   ");
		buffer_add(out, buffer_str(&right));
	}
	buffer_add_cstr(out, "\n\n");
	buffer_done(&right);
}

/* What was counted. */

static void
name_kind(struct buffer *out, uint64_t number, const char *outcome)
{
	const struct code *code = codes_find((uint16_t)number);

	if (!number)
		buffer_addf(out, _("%s (no code)"), outcome);
	else
		buffer_addf(out, "%" PRIu64 " %s", number,
			    code && code->phrase[0] ? code->phrase : outcome);
}

static void
add_kind(struct online *online, struct sv_str name, uint64_t count, struct sv_str where)
{
	struct buffer *out = &online->out;
	size_t columns = online->terminal.columns;
	char number[32];

	online_number(number, count);
	buffer_add_cstr(out, "   ");
	terminal_cell(out, name, KIND_COLUMNS);
	terminal_cell_right(out, str_of(number), 7);
	if (where.len) {
		buffer_add_cstr(out, "   ");
		if (columns && terminal_columns(where) + KIND_COLUMNS + 13 > columns)
			terminal_cell(out, where, columns - KIND_COLUMNS - 13);
		else
			buffer_add(out, where);
	}
	buffer_add_char(out, '\n');
}

/* Where failures came from; of what went well, when it last did. */
static void
add_where(struct buffer *out, const json_t *count)
{
	const json_t *from = json_object_get(count, "from"), *address;
	uint64_t more = online_u64(count, "from_more");
	bool answered = online_u64(count, "code") ||
			strcmp(online_text(count, "outcome"), "timeout") != 0;
	char clock[32];
	size_t i;

	if (!json_is_true(json_object_get(count, "failure"))) {
		online_clock(clock, online_time(count, "last"), true);
		buffer_addf(out, _("the last at %s"), clock);
		return;
	}
	if (json_array_size(from) == 0)
		buffer_add_cstr(out, _("no address: the log lines have none"));
	json_array_foreach(from, i, address)
	{
		buffer_addf(out, "%s%s",
			    i          ? ", "
			    : answered ? _("from ")
				       : _("no answer from "),
			    json_string_value(address));
	}
	if (more)
		buffer_addf(out, _(" and %" PRIu64 " more"), more);
}

static void
add_counts(struct online *online, const json_t *alert)
{
	const json_t *counts = json_object_get(detail_of(alert), "counts"), *count;
	struct buffer name, where;
	size_t i;

	json_array_foreach(counts, i, count)
	{
		buffer_init(&name);
		buffer_init(&where);
		name_kind(&name, online_u64(count, "code"),
			  online_text(count, "outcome"));
		add_where(&where, count);
		add_kind(online, buffer_str(&name), online_u64(count, "count"),
			 buffer_str(&where));
		buffer_done(&name);
		buffer_done(&where);
	}
}

/* Of an alert that is over, or whose events are no longer at hand: what it carries. */
static void
add_codes(struct online *online, const json_t *alert)
{
	json_t *codes = json_object_get(json_object_get(alert, "sip"), "codes"), *count;
	struct buffer name;
	const char *word;

	json_object_foreach(codes, word, count)
	{
		buffer_init(&name);
		name_kind(&name, strtoul(word, NULL, 10), word);
		add_kind(online, buffer_str(&name), (uint64_t)json_integer_value(count),
			 SV_STR(""));
		buffer_done(&name);
	}
}

static uint64_t
sum_of(const json_t *alert)
{
	json_t *codes = json_object_get(json_object_get(alert, "sip"), "codes"), *count;
	const char *word;
	uint64_t sum = 0;

	json_object_foreach(codes, word, count)
	{
		sum += (uint64_t)json_integer_value(count);
	}
	return sum;
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
			    8, grouped);
	}
}

static void
add_arithmetic(struct online *online, const json_t *alert)
{
	const json_t *own = json_object_get(alert, "sipvigil");
	const json_t *counts = json_object_get(detail_of(alert), "counts"), *count;
	const char *reason = online_text(json_object_get(alert, "event"), "reason");
	struct buffer clean;
	uint64_t sum = 0;
	size_t i;

	buffer_init(&clean);
	buffer_add_clean(&clean, str_of(reason), 2000);
	terminal_wrap(&online->out, buffer_str(&clean), 0, online->terminal.columns);
	buffer_done(&clean);
	json_array_foreach(counts, i, count)
	{
		sum += online_u64(count, "count");
	}
	if (sum >= sum_of(alert) && sum)
		add_counts(online, alert);
	else
		add_codes(online, alert);
	add_cover(online, own);
	if (json_is_true(json_object_get(json_object_get(own, "completeness"),
					 "lower_bound")))
		buffer_add_cstr(&online->out,
				_("The log has a gap in this time: the counts are at "
				  "least these.\n"));
	if (online_text(own, "attribution")[0])
		buffer_add_cstr(&online->out,
				_("The address is in doubt: the other side could have "
				  "written these lines itself.\n"));
	buffer_add_char(&online->out, '\n');
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

	alert_text_paragraph(online, _("What it likely is"),
			     online_text(own, "likely"));
	if (!cause)
		return;
	(void)snprintf(text, sizeof(text), "%s (%" PRIu64 "): %s", cause->name,
		       online_u64(at, "count"), code_text(cause->meaning, lang));
	alert_text_paragraph(online, _("Cause given"), text);
	alert_text_paragraph(online, _("Look at"), code_text(cause->look, lang));
}

/* The stamp at the beginning of a line: its time stands before it already. */
static struct sv_str
without_stamp(struct sv_str text)
{
	size_t end = str_find_char(str_upto(text, STAMP_BYTES), ']');

	if (end == STR_NONE || text.ptr[0] != '[' || text.len < 2 ||
	    text.ptr[1] < '0' || text.ptr[1] > '9')
		return text;
	return str_trim(str_from(text, end + 1));
}

/* Clean, with one blank where several are. */
static void
add_squeezed(struct buffer *out, struct sv_str text)
{
	while (text.len) {
		size_t n = str_find(text, SV_STR("  "));
		buffer_add_clean(out, str_upto(text, n), LINE_MAX_BYTES);
		if (n == STR_NONE)
			return;
		buffer_add_char(out, ' ');
		text = str_from(text, n);
		while (text.len && text.ptr[0] == ' ')
			text = str_from(text, 1);
	}
}

static void
add_line(struct online *online, const json_t *line)
{
	struct sv_str source = str_of(online_text(line, "source"));
	uint64_t number = online_u64(line, "line");
	size_t columns = online->terminal.columns;
	struct buffer text;
	char clock[32];

	if (str_starts(source, SV_STR("file:")))
		source = str_from(source, 5);
	buffer_init(&text);
	online_clock(clock, online_time(line, "time"), true);
	buffer_addf(&text, "%s  ", clock);
	buffer_add_clean(&text, source, 60);
	if (number)
		buffer_addf(&text, ":%" PRIu64, number);
	buffer_add_cstr(&text, "  ");
	add_squeezed(&text, without_stamp(str_of(online_text(line, "text"))));
	buffer_add_cstr(&online->out, "   ");
	if (columns && terminal_columns(buffer_str(&text)) > columns - 3)
		terminal_cell(&online->out, buffer_str(&text), columns - 3);
	else
		buffer_add(&online->out, buffer_str(&text));
	buffer_add_char(&online->out, '\n');
	buffer_done(&text);
}

static void
add_evidence(struct online *online, const json_t *own)
{
	const json_t *lines = json_object_get(own, "evidence");

	if (json_array_size(lines))
		buffer_add_cstr(&online->out, _("Lines, newest first\n"));
	for (size_t i = json_array_size(lines); i-- > 0;)
		add_line(online, json_array_get(lines, i));
	buffer_add_char(&online->out, '\n');
}

/* How often before, and how long each time. */
static void
add_earlier(struct online *online, const json_t *alert)
{
	const json_t *earlier = json_object_get(detail_of(alert), "earlier"), *one;
	uint64_t n = online_u64(detail_of(alert), "earlier_week");
	struct buffer text;
	char clock[32], age[64];
	size_t i;

	if (!earlier)
		return;
	buffer_init(&text);
	if (json_is_true(json_object_get(detail_of(alert), "earlier_at_least")))
		buffer_add_cstr(&text, _("at least "));
	if (n)
		buffer_addf(&text,
			    ngettext("%" PRIu64 " time before in 7 days: ",
				     "%" PRIu64 " times before in 7 days: ", n),
			    n);
	else
		buffer_add_cstr(&text, _("not before in the last 7 days"));
	json_array_foreach(earlier, i, one)
	{
		sv_usec start = online_time(one, "start"),
			end = online_time(one, "end");
		if (i == EARLIER_SHOWN)
			break;
		online_clock(clock, start, false);
		online_age(age, end > start ? (end - start) / SV_USEC_PER_SEC : 0);
		buffer_addf(&text, "%s%s (%s)", i ? ", " : "", clock, age);
	}
	if (n > EARLIER_SHOWN)
		buffer_add_cstr(&text, ", …");
	terminal_cell(&online->out, str_of(_("History")), ALERT_TEXT_TITLE);
	terminal_wrap(&online->out, buffer_str(&text), ALERT_TEXT_TITLE,
		      online->terminal.columns);
	buffer_done(&text);
}

static void
add_silence(struct online *online, const json_t *alert)
{
	const char *where = online_text(detail_of(alert), "silence");
	struct buffer text;

	if (!where[0])
		return;
	buffer_init(&text);
	buffer_addf(&text, "sipvigil silence add \"%s\" --for 2h --reason …", where);
	if (online->terminal.columns &&
	    terminal_columns(buffer_str(&text)) + 3 > online->terminal.columns) {
		/* over two lines, and still one command */
		buffer_clear(&text);
		buffer_addf(&text,
			    "sipvigil silence add --for 2h --reason … \\\n"
			    "      \"%s\"",
			    where);
	}
	alert_text_command(online, _("Silence"), buffer_str(&text));
	buffer_done(&text);
}

void
alert_text_full(struct online *online, const json_t *alert)
{
	const json_t *own = json_object_get(alert, "sipvigil");

	add_head(online, alert);
	add_arithmetic(online, alert);
	add_cause(online, own);
	alert_text_next(online, alert);
	buffer_add_char(&online->out, '\n');
	add_evidence(online, own);
	add_earlier(online, alert);
	add_silence(online, alert);
	glyph_degrade(&online->out);
}
