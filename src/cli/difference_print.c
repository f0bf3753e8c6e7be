/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/difference.h"

#include "alert/render.h"
#include "base/emit.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/online.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define PIPE_COLUMNS 80
#define NAME_COLUMNS 23
#define NUMBER_COLUMNS 9
#define DETAIL_INDENT 12

static const char *const severities[] = {
	[SV_SEVERITY_OK] = "OK",
	[SV_SEVERITY_WARNING] = "WARNING",
	[SV_SEVERITY_CRITICAL] = "CRITICAL",
	[SV_SEVERITY_UNKNOWN] = "UNKNOWN",
};
static const char *const kinds[] = {
	[DIFFERENCE_SAME] = "same",
	[DIFFERENCE_CHANGED] = "changed",
	[DIFFERENCE_ONLY_OLD] = "only_old",
	[DIFFERENCE_ONLY_NEW] = "only_new",
};

static void
local(sv_usec time, char out[32])
{
	time_t sec = (time_t)(time / SV_USEC_PER_SEC);
	struct tm tm;

	out[0] = '\0';
	if (localtime_r(&sec, &tm))
		(void)strftime(out, 32, "%Y-%m-%d %H:%M:%S", &tm);
}

/** "14 min earlier", "0 s": how `is` lies against `was`. */
static void
add_shift(struct buffer *out, sv_usec was, sv_usec is)
{
	char age[64];

	online_age(age, (was > is ? was - is : is - was) / SV_USEC_PER_SEC);
	buffer_addf(out, is < was ? _("%s earlier") : _("%s later"), age);
}

/** What has changed in an alert that is in both. */
static void
add_change(struct buffer *out, const struct difference_row *row)
{
	const struct difference_alert *was = row->was, *is = row->is;
	bool more = false;

	assert(was && is);
	if (was->worst != is->worst) {
		buffer_addf(out, _("%s instead of %s"), _(severities[is->worst]),
			    _(severities[was->worst]));
		more = true;
	} else if (was->worst_since != is->worst_since && was->start == is->start) {
		buffer_addf(out, "%s ", _(severities[is->worst]));
		add_shift(out, was->worst_since, is->worst_since);
		more = true;
	}
	if (was->start != is->start) {
		buffer_addf(out, "%s%s", more ? ", " : "", _("begins "));
		add_shift(out, was->start, is->start);
		more = true;
	}
	if (was->end != is->end || was->open != is->open) {
		buffer_addf(out, "%s", more ? ", " : "");
		if (is->open && !was->open) {
			buffer_add_cstr(out, _("does not end"));
		} else if (was->open && !is->open) {
			buffer_add_cstr(out, _("ends"));
		} else {
			buffer_add_cstr(out, _("ends "));
			add_shift(out, was->end, is->end);
		}
	}
}

static void
add_lasting(struct buffer *out, const struct difference_alert *alert)
{
	char age[64];

	online_age(age, (alert->end - alert->start) / SV_USEC_PER_SEC);
	if (alert->open)
		buffer_add_cstr(out, _("open to the end of the logs"));
	else
		buffer_addf(out, _("lasting %s"), age);
}

static void
print_row(const struct difference_row *row, size_t columns, struct buffer *out)
{
	static const char signs[] = { ' ', '~', '-', '+' };
	const struct difference_alert *alert = row->was ? row->was : row->is;
	struct buffer head, rest;
	char clock[32];

	local(alert->start, clock);
	buffer_init(&head);
	buffer_init(&rest);
	buffer_addf(&head, "%c %s  %s  %s  %s", signs[row->kind], clock,
		    _(severities[alert->worst]), alert->rule, alert->subject);
	if (row->kind == DIFFERENCE_CHANGED)
		add_change(&rest, row);
	else
		add_lasting(&rest, alert);
	size_t wide = terminal_columns(buffer_str(&head));
	if (wide > columns)
		terminal_cell(out, buffer_str(&head), columns);
	else
		buffer_add(out, buffer_str(&head));
	if (wide + 2 + terminal_columns(buffer_str(&rest)) <= columns) {
		buffer_add_cstr(out, "  ");
		wide += 2;
	} else {
		buffer_addf(out, "\n%*s", DETAIL_INDENT, "");
		wide = DETAIL_INDENT;
	}
	terminal_wrap(out, buffer_str(&rest), wide, columns);
	buffer_done(&head);
	buffer_done(&rest);
}

static void
print_number(struct buffer *out, uint64_t number)
{
	char text[32];

	online_number(text, number);
	terminal_cell_right(out, number ? str_of(text) : SV_STR("–"), NUMBER_COLUMNS);
}

static void
print_rules(const struct difference *d, struct buffer *out)
{
	static const char *const titles[] = { N_("old"),      N_("new"),
					      N_("same"),     N_("changed"),
					      N_("only old"), N_("only new") };

	terminal_cell(out, str_of(_("rule")), NAME_COLUMNS);
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		terminal_cell_right(out, str_of(_(titles[i])), NUMBER_COLUMNS);
	buffer_add_char(out, '\n');
	for (size_t i = 0; i < d->n_rules; i++) {
		const struct difference_rule *r = &d->rules[i];
		const uint64_t *n = r->n;
		if (n[DIFFERENCE_CHANGED] + n[DIFFERENCE_ONLY_OLD] +
			    n[DIFFERENCE_ONLY_NEW] ==
		    0)
			continue;
		terminal_cell(out, str_of(r->name), NAME_COLUMNS);
		uint64_t both = n[DIFFERENCE_SAME] + n[DIFFERENCE_CHANGED];
		print_number(out, both + n[DIFFERENCE_ONLY_OLD]);
		print_number(out, both + n[DIFFERENCE_ONLY_NEW]);
		for (size_t k = 0; k < 4; k++)
			print_number(out, n[k]);
		buffer_add_char(out, '\n');
	}
}

static void
print_one_sided(const struct difference *d, size_t columns, struct buffer *out)
{
	struct buffer text;

	buffer_init(&text);
	for (int in_new = 0; in_new < 2; in_new++) {
		size_t n = 0;
		buffer_clear(&text);
		for (size_t i = 0; i < d->n_rules; i++) {
			const struct difference_rule *r = &d->rules[i];
			if (in_new ? r->in_old : r->in_new)
				continue;
			buffer_addf(&text, "%s%s",
				    n++      ? ", "
				    : in_new ? _("Rules only in the new one: ")
					     : _("Rules only in the old one: "),
				    r->name);
		}
		if (n)
			terminal_wrap(out, buffer_str(&text), 0, columns);
	}
	buffer_done(&text);
}

void
difference_print(const struct difference *d, const struct terminal *terminal,
		 struct buffer *out)
{
	size_t columns = terminal->columns ? terminal->columns : PIPE_COLUMNS;
	uint64_t sum[4] = { 0 };
	char lines[32];

	for (size_t i = 0; i < d->n_rules; i++)
		for (size_t k = 0; k < 4; k++)
			sum[k] += d->rules[i].n[k];
	online_number(lines, d->result.records);
	if (d->n_rows == 0) {
		buffer_addf(out,
			    _("No difference: %" PRIu64 " alerts with either, over %s "
			      "lines.\n"),
			    sum[DIFFERENCE_SAME], lines);
	} else {
		buffer_addf(out,
			    _("%" PRIu64 " alerts only with the old one (-), %" PRIu64
			      " only with the new one (+),\n%" PRIu64
			      " changed (~), %" PRIu64 " the same, over %s lines.\n\n"),
			    sum[DIFFERENCE_ONLY_OLD], sum[DIFFERENCE_ONLY_NEW],
			    sum[DIFFERENCE_CHANGED], sum[DIFFERENCE_SAME], lines);
		print_rules(d, out);
		buffer_add_char(out, '\n');
	}
	for (size_t i = 0; i < d->n_rows; i++)
		print_row(&d->rows[i], columns, out);
	print_one_sided(d, columns, out);
	if (d->side[0].lost + d->side[1].lost)
		buffer_addf(out,
			    _("More than %zu alerts: %" PRIu64 " were not compared.\n"),
			    DIFFERENCE_MAX_ALERTS, d->side[0].lost + d->side[1].lost);
}

static void
emit_alert(struct buffer *out, const char *key, const struct difference_alert *alert)
{
	if (!alert)
		return;
	emit_open(out, key, '{');
	emit_time(out, "start", alert->start);
	if (!alert->open)
		emit_time(out, "end", alert->end);
	emit_word(out, "severity", render_severity_name(alert->worst));
	emit_time(out, "severity_since", alert->worst_since);
	emit_close(out, '}');
}

void
difference_json(const struct difference *d, struct buffer *out)
{
	for (size_t i = 0; i < d->n_rows; i++) {
		const struct difference_row *row = &d->rows[i];
		const struct difference_alert *alert = row->was ? row->was : row->is;
		buffer_add_char(out, '{');
		emit_word(out, "kind", kinds[row->kind]);
		emit_text(out, "rule", str_of(alert->rule));
		emit_text(out, "key", str_of(alert->subject));
		emit_alert(out, "old", row->was);
		emit_alert(out, "new", row->is);
		buffer_add_cstr(out, "}\n");
	}
	for (size_t i = 0; i < d->n_rules; i++) {
		const struct difference_rule *r = &d->rules[i];
		buffer_add_cstr(out, "{\"kind\":\"rule\"");
		emit_text(out, "rule", str_of(r->name));
		emit_bool(out, "in_old", r->in_old);
		emit_bool(out, "in_new", r->in_new);
		for (size_t k = 0; k < 4; k++)
			emit_u64(out, kinds[k], r->n[k]);
		buffer_add_cstr(out, "}\n");
	}
	buffer_add_cstr(out, "{\"kind\":\"logs\"");
	emit_time(out, "first", d->result.first);
	emit_time(out, "last", d->result.last);
	emit_u64(out, "lines", d->result.records);
	emit_u64(out, "not_compared", d->side[0].lost + d->side[1].lost);
	buffer_add_cstr(out, "}\n");
}
