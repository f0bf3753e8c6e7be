/* SPDX-License-Identifier: Apache-2.0 */
/* The table of a backtest: one row a rule, worst first. */
#include "cli/tally.h"

#include "base/i18n.h"
#include "base/text.h"
#include "cli/online.h"

#include <stdio.h>
#include <stdlib.h>

#define PIPE_COLUMNS 80
#define NUMBER_COLUMNS 7
#define LONGEST_COLUMNS 9
#define MAX_NAME_COLUMNS 24
#define SHOWN_SUBJECTS 6
/* From so many alerts on it is worth asking about a peer that makes them all. */
#define MANY_ALERTS 10

struct table {
	const struct tally *tally;
	const struct terminal *terminal;
	struct buffer *out;
	struct buffer cell;
	size_t name, rest; /* columns */
};

static void
add_longest(struct table *t, sv_usec longest)
{
	uint64_t sec = longest / SV_USEC_PER_SEC;
	char text[64];

	if (sec >= 7200)
		(void)snprintf(text, sizeof(text), _("%llu h %02llu"),
			       (unsigned long long)(sec / 3600),
			       (unsigned long long)(sec % 3600 / 60));
	else
		online_age(text, sec);
	terminal_cell_right(t->out, str_of(text), LONGEST_COLUMNS);
}

/** Adds " (22)" and the like as long as it fits. False: it does not. */
static bool
add_fitting(struct table *t, const char *text, size_t left)
{
	size_t have = terminal_columns(buffer_str(&t->cell));

	if (have + terminal_columns(str_of(text)) + left > t->rest)
		return false;
	buffer_add_cstr(&t->cell, text);
	return true;
}

static void
fill_subjects(struct table *t, size_t index)
{
	const struct tally_rule *rule = &t->tally->rules[index];
	const struct tally_subject *top[SHOWN_SUBJECTS + 1];
	size_t n = tally_subjects(t->tally, index, SHOWN_SUBJECTS + 1, top), shown = 0;
	char text[TALLY_SUBJECT_BYTES + 40];

	for (size_t i = 0; i < n && i < SHOWN_SUBJECTS; i++) {
		(void)snprintf(text, sizeof(text), "%s%s (%llu)", i ? ", " : "",
			       top[i]->text, (unsigned long long)top[i]->alerts);
		if (!add_fitting(t, text, i + 1 < n ? 3 : 0) && i)
			break;
		if (i == 0 && t->cell.len == 0)
			buffer_add_cstr(&t->cell, text);
		shown++;
	}
	if (shown < n)
		buffer_add_cstr(&t->cell, ", …");
	if (n == 1 && rule->alerts >= MANY_ALERTS)
		(void)add_fitting(t, _("  ← one makes all: allow it?"), 0);
	if (rule->observe)
		(void)add_fitting(t, _("  (observed only)"), 0);
}

/** The last cell, cut to what there is. */
static void
end_row(struct table *t, size_t columns)
{
	buffer_add_cstr(t->out, "  ");
	if (terminal_columns(buffer_str(&t->cell)) > columns)
		terminal_cell(t->out, buffer_str(&t->cell), columns);
	else
		buffer_add(t->out, buffer_str(&t->cell));
	buffer_add_char(t->out, '\n');
}

/** In place of the figures, which are all nothing. */
static void
add_nearest(struct table *t, const struct tally_rule *rule)
{
	char when[32];

	/* TRANSLATORS: how near the rule came to an alert, followed by "8 of 10 …" */
	buffer_add_cstr(&t->cell, _("nearest: "));
	probe_near_words(&t->cell, &rule->near, rule->window);
	if (rule->near.share >= 1)
		buffer_add_cstr(&t->cell, _(", too short"));
	tally_clock(t->tally, rule->near_time, when);
	buffer_addf(&t->cell, ", %s, %s", rule->near_key, when);
	end_row(t, t->rest + 2 * NUMBER_COLUMNS + LONGEST_COLUMNS);
}

static void
add_row(struct table *t, size_t index)
{
	const struct tally_rule *rule = &t->tally->rules[index];
	char text[32];

	terminal_cell(t->out, str_of(rule->name), t->name);
	online_number(text, rule->alerts);
	terminal_cell_right(t->out, str_of(text), NUMBER_COLUMNS);
	buffer_clear(&t->cell);
	if (!rule->alerts) {
		add_nearest(t, rule);
		return;
	}
	tally_weekly_words(&t->cell, tally_weekly(rule->alerts, t->tally->span));
	terminal_cell_right(t->out, buffer_str(&t->cell), NUMBER_COLUMNS);
	online_number(text, rule->nights);
	terminal_cell_right(t->out, str_of(text), NUMBER_COLUMNS);
	add_longest(t, rule->longest);
	buffer_clear(&t->cell);
	fill_subjects(t, index);
	end_row(t, t->rest);
}

static void
add_title(struct table *t)
{
	buffer_add_cstr(t->out, terminal_bold(t->terminal));
	terminal_cell(t->out, str_of(_("rule")), t->name);
	terminal_cell_right(t->out, str_of(_("alerts")), NUMBER_COLUMNS);
	terminal_cell_right(t->out, str_of(_("a week")), NUMBER_COLUMNS);
	terminal_cell_right(t->out, str_of(_("nights")), NUMBER_COLUMNS);
	terminal_cell_right(t->out, str_of(_("longest")), LONGEST_COLUMNS);
	buffer_addf(t->out, "  %s%s\n", _("would page"), terminal_plain(t->terminal));
}

static bool
is_worse(const struct tally_rule *x, const struct tally_rule *y)
{
	if (x->alerts != y->alerts)
		return x->alerts > y->alerts;
	if (x->near.share != y->near.share)
		return x->near.share > y->near.share;
	return strcmp(x->name, y->name) < 0;
}

/** The rules' places, worst first. */
static void
sort(const struct tally *tally, size_t *order)
{
	for (size_t i = 0; i < tally->n_rules; i++) {
		size_t at = i;
		for (; at && is_worse(&tally->rules[i], &tally->rules[order[at - 1]]);
		     at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
}

/** Rules without one event have one line together. */
static void
add_idle(struct table *t, const size_t *order)
{
	size_t idle = 0;

	buffer_clear(&t->cell);
	for (size_t i = 0; i < t->tally->n_rules; i++) {
		const struct tally_rule *rule = &t->tally->rules[order[i]];
		if (rule->counted || rule->alerts)
			continue;
		buffer_addf(&t->cell, "%s%s", idle ? ", " : "", rule->name);
		idle++;
	}
	if (!idle)
		return;
	struct buffer line;
	buffer_init(&line);
	buffer_addf(&line,
		    ngettext("No event counted for %zu rule: ",
			     "No event counted for %zu rules: ", idle),
		    idle);
	buffer_add(&line, buffer_str(&t->cell));
	terminal_wrap(t->out, buffer_str(&line), 0,
		      t->terminal->columns ? t->terminal->columns : PIPE_COLUMNS);
	buffer_done(&line);
}

void
tally_print(const struct tally *tally, const struct terminal *terminal,
	    struct buffer *out)
{
	struct table t = {
		.tally = tally, .terminal = terminal, .out = out, .name = 4
	};
	size_t columns = terminal->columns ? terminal->columns : PIPE_COLUMNS;
	size_t *order = calloc(tally->n_rules + 1, sizeof(*order)), shown = 0;

	if (!order)
		return;
	for (size_t i = 0; i < tally->n_rules; i++) {
		const struct tally_rule *rule = &tally->rules[i];
		size_t wide = strlen(rule->name);
		shown += rule->counted || rule->alerts;
		if ((rule->counted || rule->alerts) && wide > t.name)
			t.name = wide;
	}
	if (t.name > MAX_NAME_COLUMNS)
		t.name = MAX_NAME_COLUMNS;
	size_t used = t.name + 3 * NUMBER_COLUMNS + LONGEST_COLUMNS + 2;
	t.rest = columns > used + 8 ? columns - used : 8;
	sort(tally, order);
	buffer_init(&t.cell);
	if (shown)
		add_title(&t);
	for (size_t i = 0; i < tally->n_rules; i++)
		if (tally->rules[order[i]].counted || tally->rules[order[i]].alerts)
			add_row(&t, order[i]);
	add_idle(&t, order);
	if (tally->unnamed)
		buffer_addf(out,
			    ngettext("%llu alert of a key beyond the first %d is "
				     "counted without its name.\n",
				     "%llu alerts of keys beyond the first %d are "
				     "counted without their names.\n",
				     tally->unnamed),
			    (unsigned long long)tally->unnamed, TALLY_MAX_SUBJECTS);
	buffer_done(&t.cell);
	free(order);
}
