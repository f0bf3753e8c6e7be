/* SPDX-License-Identifier: Apache-2.0 */
/* The advice in words, with a small chart of the past for each threshold. */
#include "cli/advise.h"

#include "base/i18n.h"
#include "base/text.h"
#include "cli/advise_classes.h"
#include "cli/online.h"

#include <inttypes.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>

#define PIPE_COLUMNS 80
#define LABEL_COLUMNS 10
#define FIGURE_COLUMNS 9
#define BAR_COLUMNS 30
#define SETTING_INDENT 10
#define NAME_COLUMNS 23
#define SEVERITY_COLUMNS 8
#define LIMIT_COLUMNS 6
#define WEEK_COLUMNS 8
#define LOWEST_COLUMNS 8
#define SHORT_COLUMNS                                              \
	(NAME_COLUMNS + 1 + SEVERITY_COLUMNS + LIMIT_COLUMNS + 2 + \
	 ADVISE_MAX_CLASSES + WEEK_COLUMNS + LOWEST_COLUMNS + 2)
/* Of so few rules (-r) all have their charts. */
#define CHARTS_ALL 4

struct pen {
	const struct advise *advise;
	const struct tally *tally;
	const struct terminal *terminal;
	struct buffer *out;
	struct buffer line;
	size_t columns;
	bool all; /* charts also of what is fine */
};

/** What is in the pen's line, broken within the width. */
static void
end_line(struct pen *pen, size_t indent)
{
	terminal_wrap(pen->out, buffer_str(&pen->line), indent, pen->columns);
	buffer_clear(&pen->line);
}

static void
add_weekly(struct pen *pen, uint64_t alerts)
{
	tally_weekly_words(&pen->line, tally_weekly(alerts, pen->advise->span));
}

/** "auth-bruteforce, warning: count >= 10 in 5 min. Highest of each peer_ip and day:" */
static void
print_head(struct pen *pen, const struct threshold *t)
{
	const struct rule_spec *rule = &pen->advise->conf->rules[t->rule];
	const char *op = t->term.op == TERM_ABOVE ? ">" : ">=";
	char limit[40];

	advise_limit(t, t->now, limit);
	buffer_addf(&pen->line, "%s, %s: %s %s %s", rule->name,
		    t->critical ? _("critical") : _("warning"), t->measure, op, limit);
	if (t->term.min)
		buffer_addf(&pen->line, " min %u", (unsigned)t->term.min);
	buffer_add_cstr(&pen->line, _(" in "));
	probe_span_words(&pen->line, rule->window);
	buffer_add_cstr(&pen->line, _(". Highest of each "));
	for (size_t i = 0; i < rule->n_by; i++)
		buffer_addf(&pen->line, "%s%s", i ? "+" : "", rule->by[i]);
	buffer_add_cstr(&pen->line, rule->n_by ? _(" and day:") : _("day:"));
	end_line(pen, 0);
}

static void
print_class(struct pen *pen, const struct threshold *t,
	    const struct advise_class *class, uint64_t most)
{
	bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	size_t bar = most ? (size_t)(class->n * BAR_COLUMNS / most) : 0;
	char label[64], figure[32];

	if (class->n && bar == 0)
		bar = 1;
	advise_class_label(t, class, label);
	terminal_cell_right(pen->out, str_of(label), LABEL_COLUMNS);
	buffer_add_cstr(pen->out, "  ");
	for (size_t i = 0; i < BAR_COLUMNS; i++)
		buffer_add_cstr(pen->out, i >= bar ? " " : utf8 ? "█" : "#");
	online_number(figure, class->n);
	terminal_cell_right(pen->out, str_of(figure), FIGURE_COLUMNS);
	if (class->from == t->now)
		buffer_addf(pen->out, "   %s", _("← the limit"));
	buffer_add_char(pen->out, '\n');
}

static const char *
alerts_words(const struct threshold *t)
{
	return t->partial ? _("critical ones a week") : _("alerts a week");
}

/** `keep: 3.1 alerts a week; 7 a week need 8 at least (with 7: 9.2)` */
static void
print_advice(struct pen *pen, const struct threshold *t)
{
	const struct advise *advise = pen->advise;
	bool keep = advise_enough(advise, t->alerts);
	char high[40], low[40];

	advise_limit(t, t->high, high);
	advise_limit(t, t->low, low);
	if (t->hopeless) {
		bool others = t->high > advise->peaks.highest[t - advise->thresholds];
		if (others)
			buffer_add_cstr(&pen->line,
					_("no limit here is enough: what else raises "
					  "this rule makes "));
		else
			buffer_addf(&pen->line, _("no limit is enough: even %s makes "),
				    high);
		add_weekly(pen, t->with);
		buffer_addf(&pen->line, " %s", alerts_words(t));
		return;
	}
	if (keep)
		buffer_add_cstr(&pen->line, _("keep it: "));
	else
		buffer_addf(&pen->line, "%s: ", high);
	add_weekly(pen, keep ? t->alerts : t->with);
	buffer_addf(&pen->line, " %s", alerts_words(t));
	if (!keep) {
		buffer_add_cstr(&pen->line, _(" instead of "));
		add_weekly(pen, t->alerts);
	} else if (t->high != t->now) {
		buffer_addf(&pen->line, _("; %s would do as well: "), high);
		add_weekly(pen, t->with);
	}
	if (t->high - t->low > 1)
		buffer_addf(&pen->line, _("; not tried: between %s and %s"), low, high);
	else if (t->low) {
		buffer_addf(&pen->line, _(" (with %s: "), low);
		add_weekly(pen, t->below);
		buffer_add_char(&pen->line, ')');
	}
}

/** What to write into the configuration, where the limit is to be another one. */
static void
print_setting(struct pen *pen, const struct threshold *t)
{
	if (t->hopeless || advise_enough(pen->advise, t->alerts))
		return;
	buffer_addf(pen->out, "%*s", SETTING_INDENT, "");
	buffer_addf(&pen->line, "rule \"%s\" { amend = true %s = \"",
		    pen->advise->conf->rules[t->rule].name,
		    t->critical ? "critical" : "warning");
	advise_condition(pen->advise, t, t->high, &pen->line);
	buffer_add_cstr(&pen->line, "\" }");
	/* a text may go on in the next line, as every blank there counts as one */
	end_line(pen, SETTING_INDENT);
}

static void
print_chart(struct pen *pen, const struct threshold *t,
	    const struct advise_class *class, size_t n)
{
	uint64_t most = 0;

	for (size_t i = 0; i < n; i++)
		most = class[i].n > most ? class[i].n : most;
	buffer_add_char(pen->out, '\n');
	print_head(pen, t);
	for (size_t i = 0; i < n; i++)
		print_class(pen, t, &class[i], most);
	buffer_addf(pen->out, "  %s%s%s", terminal_bold(pen->terminal), _("advice"),
		    terminal_plain(pen->terminal));
	size_t wide = terminal_columns(str_of(_("advice")));
	buffer_addf(pen->out, "%*s", wide < 8 ? (int)(8 - wide) : 1, "");
	print_advice(pen, t);
	end_line(pen, 10);
	print_setting(pen, t);
}

/** The classes as a row of bars. */
static void
add_bars(struct pen *pen, const struct advise_class *class, size_t n)
{
	static const char *const bars[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	uint64_t most = 1;

	for (size_t i = 0; i < n; i++)
		most = class[i].n > most ? class[i].n : most;
	for (size_t i = 0; i < ADVISE_MAX_CLASSES; i++) {
		size_t high = i < n ? (size_t)(class[i].n * 7 / most) : 0;
		if (i >= n || class[i].n == 0)
			buffer_add_char(pen->out, ' ');
		else if (utf8)
			buffer_add_cstr(pen->out, bars[high]);
		else
			buffer_add_char(pen->out, (char)('1' + high));
	}
}

/** "auth-slow  warning  20  ▇▂▁   0   13  count" */
static void
print_short(struct pen *pen, const struct threshold *t,
	    const struct advise_class *class, size_t n)
{
	char text[40];

	terminal_cell(pen->out, str_of(pen->advise->conf->rules[t->rule].name),
		      NAME_COLUMNS);
	buffer_add_char(pen->out, ' ');
	terminal_cell(pen->out, str_of(t->critical ? _("critical") : _("warning")),
		      SEVERITY_COLUMNS);
	advise_limit(t, t->now, text);
	terminal_cell_right(pen->out, str_of(text), LIMIT_COLUMNS);
	buffer_add_cstr(pen->out, "  ");
	add_bars(pen, class, n);
	add_weekly(pen, t->alerts);
	terminal_cell_right(pen->out, buffer_str(&pen->line), WEEK_COLUMNS);
	advise_limit(t, t->high, text);
	terminal_cell_right(pen->out, str_of(text), LOWEST_COLUMNS);
	buffer_add_cstr(pen->out, "  ");
	buffer_clear(&pen->line);
	buffer_add_cstr(&pen->line, t->measure);
	size_t left = pen->columns - SHORT_COLUMNS;
	if (terminal_columns(buffer_str(&pen->line)) > left)
		terminal_cell(pen->out, buffer_str(&pen->line), left);
	else
		buffer_add(pen->out, buffer_str(&pen->line));
	buffer_add_char(pen->out, '\n');
	buffer_clear(&pen->line);
}

static void
print_short_title(struct pen *pen)
{
	buffer_add_char(pen->out, '\n');
	buffer_add_cstr(&pen->line,
			_("Enough as they are. The bars: below half of the limit, "
			  "below it, above it, far above; larger ones: -r RULE."));
	end_line(pen, 0);
	buffer_add_cstr(pen->out, terminal_bold(pen->terminal));
	terminal_cell(pen->out, str_of(_("rule")), NAME_COLUMNS);
	terminal_cell(pen->out, SV_STR(""), SEVERITY_COLUMNS + 1);
	terminal_cell_right(pen->out, str_of(_("limit")), LIMIT_COLUMNS);
	buffer_add_cstr(pen->out, "  ");
	terminal_cell(pen->out, str_of(_("past")), ADVISE_MAX_CLASSES);
	terminal_cell_right(pen->out, str_of(_("a week")), WEEK_COLUMNS);
	/* TRANSLATORS: the lowest limit that is enough; at most 8 columns */
	terminal_cell_right(pen->out, str_of(_("lowest")), LOWEST_COLUMNS);
	buffer_addf(pen->out, "  %s%s\n", _("measure"), terminal_plain(pen->terminal));
}

static bool
is_fine(const struct pen *pen, const struct threshold *t)
{
	return !t->hopeless && advise_enough(pen->advise, t->alerts);
}

/** Those of a rule that are fine or those that are not. */
static void
print_rule(struct pen *pen, size_t rule, bool fine)
{
	const struct advise *advise = pen->advise;
	struct advise_class class[ADVISE_MAX_CLASSES];

	for (size_t i = advise->first[rule]; i < advise->first[rule + 1]; i++) {
		const struct threshold *t = &advise->thresholds[i];
		if (!t->searched || is_fine(pen, t) != fine)
			continue;
		size_t n = advise_classes(advise, i, class);
		if (fine && !pen->all)
			print_short(pen, t, class, n);
		else
			print_chart(pen, t, class, n);
	}
}

static size_t
count_fine(const struct pen *pen)
{
	size_t n = 0;

	for (size_t i = 0; i < pen->advise->n_thresholds; i++)
		n += pen->advise->thresholds[i].searched &&
		     is_fine(pen, &pen->advise->thresholds[i]);
	return n;
}

/** Rules in the order of their alerts. */
static void
print_rules(struct pen *pen, bool fine)
{
	size_t n = pen->advise->conf->n_rules;
	bool *told = calloc(n + 1, sizeof(*told));

	for (size_t k = 0; told && k < n; k++) {
		size_t best = n;
		for (size_t i = 0; i < n; i++)
			if (!told[i] &&
			    (best == n || pen->tally->rules[i].alerts >
						  pen->tally->rules[best].alerts))
				best = i;
		told[best] = true;
		print_rule(pen, best, fine);
	}
	free(told);
}

void
advise_print(const struct advise *advise, const struct tally *tally,
	     const struct terminal *terminal, struct buffer *out)
{
	struct pen pen = { .advise = advise,
			   .tally = tally,
			   .terminal = terminal,
			   .out = out,
			   .all = advise->conf->n_rules <= CHARTS_ALL,
			   .columns = terminal->columns ? terminal->columns
							: PIPE_COLUMNS };

	buffer_init(&pen.line);
	buffer_addf(&pen.line,
		    _("Advice for at most %" PRIu64 " alerts a week and threshold "
		      "(--per-week), each limit changed alone, found by running the "
		      "rules %zu times."),
		    advise->per_week, advise->readings);
	if (advise->span < TALLY_LEAST_SPAN)
		buffer_add_cstr(&pen.line, _(" The logs tell of less than a day, which "
					     "is taken as one day."));
	buffer_add_char(out, '\n');
	end_line(&pen, 0);
	if (advise->peaks.lost) {
		buffer_addf(&pen.line,
			    _("More than %zu keys in a day: the charts may lack up to "
			      "%" PRIu64 " of them."),
			    PEAKS_MAX, advise->peaks.lost);
		end_line(&pen, 0);
	}
	if (advise->evicted) {
		buffer_addf(&pen.line,
			    _("%" PRIu64 " keys were given up for the memory limit "
			      "while limits were tried: alerts may be too few."),
			    advise->evicted);
		end_line(&pen, 0);
	}
	print_rules(&pen, false);
	if (count_fine(&pen) && !pen.all)
		print_short_title(&pen);
	print_rules(&pen, true);
	buffer_done(&pen.line);
}
