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

struct pen {
	const struct advise *advise;
	const struct tally *tally;
	const struct terminal *terminal;
	struct buffer *out;
	struct buffer line;
	size_t columns;
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
		buffer_add_cstr(&pen->line, _("no limit here is enough: what else "
					      "raises this rule makes "));
		add_weekly(pen, t->with);
		buffer_addf(&pen->line, " %s", alerts_words(t));
		return;
	}
	if (keep)
		buffer_add_cstr(&pen->line, _("keep it: "));
	else
		buffer_addf(&pen->line, _("%s: "), high);
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
	struct buffer *out = pen->out;

	if (t->hopeless || advise_enough(pen->advise, t->alerts))
		return;
	buffer_addf(out, "          rule \"%s\" { amend = true  %s = \"",
		    pen->advise->conf->rules[t->rule].name,
		    t->critical ? "critical" : "warning");
	advise_condition(pen->advise, t, t->high, out);
	buffer_add_cstr(out, "\" }\n");
}

static void
print_threshold(struct pen *pen, size_t index)
{
	const struct threshold *t = &pen->advise->thresholds[index];
	struct advise_class class[ADVISE_MAX_CLASSES];
	size_t n = advise_classes(pen->advise, index, class);
	uint64_t most = 0;

	if (!t->searched)
		return;
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

/** Rules in the order of their alerts. */
static void
print_rules(struct pen *pen)
{
	const struct advise *advise = pen->advise;
	size_t n = advise->conf->n_rules;
	bool *told = calloc(n + 1, sizeof(*told));

	for (size_t k = 0; told && k < n; k++) {
		size_t best = n;
		for (size_t i = 0; i < n; i++)
			if (!told[i] &&
			    (best == n || pen->tally->rules[i].alerts >
						  pen->tally->rules[best].alerts))
				best = i;
		told[best] = true;
		for (size_t i = advise->first[best]; i < advise->first[best + 1]; i++)
			print_threshold(pen, i);
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
	print_rules(&pen);
	buffer_done(&pen.line);
}
