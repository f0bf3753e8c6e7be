/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/difference.h"

#include "alert/render.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/patterns.h"
#include "cli/rulefile.h"
#include "ruleset.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_ALERTS 256

/** The open alert of this key, 0 = none. */
static uint32_t *
find_open(struct difference_side *side, uint64_t key)
{
	uint32_t *link = &side->open[key % DIFFERENCE_BUCKETS];

	while (*link && side->alerts[*link - 1].key != key)
		link = &side->alerts[*link - 1].older;
	return link;
}

static struct difference_alert *
add_alert(struct difference_side *side)
{
	if (side->n == DIFFERENCE_MAX_ALERTS)
		return NULL;
	if (side->n == side->cap) {
		size_t cap = side->cap ? side->cap * 2 : FIRST_ALERTS;
		struct difference_alert *grown =
			realloc(side->alerts, cap * sizeof(*grown));
		if (!grown)
			return NULL;
		side->alerts = grown;
		side->cap = cap;
	}
	return &side->alerts[side->n++];
}

static void
set_subject(struct difference_alert *to, const struct sv_alert *alert)
{
	struct buffer text;

	buffer_init(&text);
	render_alert_subject(&text, alert);
	tally_subject_set(to->subject, buffer_str(&text));
	buffer_done(&text);
}

static const char *
rule_name(const struct conf *conf, struct sv_str name)
{
	for (size_t i = 0; i < conf->n_rules; i++)
		if (str_eq(name, str_of(conf->rules[i].name)))
			return conf->rules[i].name;
	return "";
}

static void
take_alert(struct difference_side *side, const struct sv_alert *alert)
{
	uint64_t key = str_hash(alert->fingerprint, 1);
	uint32_t *link = find_open(side, key);
	struct difference_alert *one = *link ? &side->alerts[*link - 1] : NULL;

	if (alert->state == SV_ALERT_FIRING) {
		if (sv_alert_is_held(alert))
			return; /* nobody is told */
		one = add_alert(side);
		if (!one) {
			side->lost++;
			return;
		}
		*one = (struct difference_alert){
			.key = key,
			.rule = rule_name(side->conf, alert->rule),
			.start = alert->time,
			.worst = alert->severity,
			.worst_since = alert->time,
			.open = true,
			.older = side->open[key % DIFFERENCE_BUCKETS],
		};
		set_subject(one, alert);
		side->open[key % DIFFERENCE_BUCKETS] = (uint32_t)side->n;
		return;
	}
	if (!one)
		return;
	if (alert->state == SV_ALERT_RESOLVED) {
		one->open = false;
		one->end = alert->time;
		*link = one->older;
	} else if (alert->severity != SV_SEVERITY_UNKNOWN &&
		   alert->severity > one->worst) {
		one->worst = alert->severity;
		one->worst_since = alert->time;
	}
}

static void
take_old(void *user, const struct sv_alert *alert)
{
	take_alert(&((struct difference *)user)->side[0], alert);
}

static void
take_new(void *user, const struct sv_alert *alert)
{
	take_alert(&((struct difference *)user)->side[1], alert);
}

/** What the one pipeline gets, the other gets too. */
static void
pass_on(void *user, const struct sv_event *raw)
{
	pipeline_raw(((struct difference *)user)->side[1].pipeline, raw);
}

static int
make_pipeline(struct difference *d, size_t index, bool single)
{
	struct difference_side *side = &d->side[index];
	struct engine_spec engine = ruleset_engine(side->conf);
	struct pipeline_spec spec = {
		.single = single,
		.engine = &engine,
		.peers = side->conf->peers,
		.n_peers = side->conf->n_peers,
		.silences = side->conf->silences,
		.n_silences = side->conf->n_silences,
		.raw = index == 0 ? pass_on : NULL,
		.alert = index == 0 ? take_old : take_new,
		.user = d,
	};
	struct expr_error error;
	size_t rule;

	return pipeline_new(&spec, &side->pipeline, &rule, &error);
}

static int
by_key(const void *a, const void *b)
{
	const struct difference_alert *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->start < y->start ? -1 : x->start > y->start;
}

static sv_usec
time_of(const struct difference_row *row)
{
	return row->was ? row->was->start : row->is->start;
}

static int
by_time(const void *a, const void *b)
{
	const struct difference_row *x = a, *y = b;

	if (time_of(x) != time_of(y))
		return time_of(x) < time_of(y) ? -1 : 1;
	const struct difference_alert *p = x->was ? x->was : x->is;
	const struct difference_alert *q = y->was ? y->was : y->is;
	int r = strcmp(p->rule, q->rule);
	return r ? r : strcmp(p->subject, q->subject);
}

static struct difference_rule *
rule_row(struct difference *d, const char *name)
{
	for (size_t i = 0; i < d->n_rules; i++)
		if (d->rules[i].name && strcmp(d->rules[i].name, name) == 0)
			return &d->rules[i];
	d->rules[d->n_rules] = (struct difference_rule){ .name = name };
	return &d->rules[d->n_rules++];
}

static void
add_row(struct difference *d, const struct difference_alert *was,
	const struct difference_alert *is)
{
	struct difference_row row = { .was = was, .is = is };
	const struct difference_alert *one = was ? was : is;

	assert(one);
	struct difference_rule *rule = rule_row(d, one->rule);
	if (!is)
		row.kind = DIFFERENCE_ONLY_OLD;
	else if (!was)
		row.kind = DIFFERENCE_ONLY_NEW;
	else if (was->start != is->start || was->end != is->end ||
		 was->open != is->open || was->worst != is->worst ||
		 was->worst_since != is->worst_since)
		row.kind = DIFFERENCE_CHANGED;
	rule->n[row.kind]++;
	if (row.kind != DIFFERENCE_SAME)
		d->rows[d->n_rows++] = row;
}

static bool
overlap(const struct difference_alert *a, const struct difference_alert *b)
{
	return a->key == b->key && a->start <= b->end && b->start <= a->end;
}

static int
compare(struct difference *d)
{
	struct difference_side *was = &d->side[0], *is = &d->side[1];
	size_t i = 0, k = 0;

	d->rows = calloc(was->n + is->n + 1, sizeof(*d->rows));
	d->rules =
		calloc(was->conf->n_rules + is->conf->n_rules + 2, sizeof(*d->rules));
	if (!d->rows || !d->rules)
		return -ENOMEM;
	for (size_t s = 0; s < 2; s++) {
		struct difference_side *side = &d->side[s];
		for (size_t r = 0; r < side->conf->n_rules; r++) {
			struct difference_rule *row =
				rule_row(d, side->conf->rules[r].name);
			row->in_old |= s == 0;
			row->in_new |= s == 1;
		}
		for (size_t a = 0; a < side->n; a++)
			if (side->alerts[a].open)
				side->alerts[a].end = d->result.last;
		if (side->n)
			qsort(side->alerts, side->n, sizeof(*side->alerts), by_key);
	}
	while (i < was->n || k < is->n) {
		const struct difference_alert *a = i < was->n ? &was->alerts[i] : NULL;
		const struct difference_alert *b = k < is->n ? &is->alerts[k] : NULL;
		if (a && b && overlap(a, b)) {
			add_row(d, a, b);
			i++;
			k++;
		} else if (!b || (a && by_key(a, b) < 0)) {
			add_row(d, a, NULL);
			i++;
		} else {
			add_row(d, NULL, b);
			k++;
		}
	}
	if (d->n_rows)
		qsort(d->rows, d->n_rows, sizeof(*d->rows), by_time);
	return 0;
}

int
difference_run(struct difference *d, const struct sources *sources)
{
	bool single = sources_single(sources);
	int r = make_pipeline(d, 0, single);

	if (r == 0)
		r = make_pipeline(d, 1, single);
	if (r == 0)
		r = sources_run(sources, d->side[0].pipeline, &d->result);
	if (r < 0)
		return r;
	sv_usec last = d->result.last;
	pipeline_flush(d->side[1].pipeline,
		       sources->until && last > sources->until ? sources->until : last);
	return compare(d);
}

void
difference_done(struct difference *d)
{
	for (size_t s = 0; s < 2; s++) {
		pipeline_free(d->side[s].pipeline);
		free(d->side[s].alerts);
	}
	free(d->rows);
	free(d->rules);
}

static int
run_loaded(const struct difference_request *request, struct difference *d)
{
	struct terminal terminal;
	struct buffer out;
	int r = difference_run(d, request->sources);

	if (r < 0) {
		fprintf(stderr, "sipvigil backtest: %s\n",
			r == -ENOENT ? _("there is no such dialect (list: sipvigil "
					 "dialects)")
				     : strerror(-r));
		return r == -ENOENT ? EXIT_USAGE : EXIT_CANNOT;
	}
	terminal_init(&terminal, 1);
	buffer_init(&out);
	if (request->json)
		difference_json(d, &out);
	else
		difference_print(d, &terminal, &out);
	bool printed = terminal_print(&out);
	buffer_done(&out);
	return printed && !d->result.unread ? EXIT_DONE : EXIT_CANNOT;
}

int
difference_command(const struct difference_request *request)
{
	struct conf_options options = *request->options;
	struct difference *d = calloc(1, sizeof(*d));
	struct registry *registry = NULL;
	int code = EXIT_USAGE;

	if (!d)
		return EXIT_CANNOT;
	options.path = request->old_path;
	struct conf *was = rulefile_load(&options);
	options.path = request->new_path;
	struct conf *is = rulefile_load(&options);
	d->side[0] = (struct difference_side){ .path = request->old_path, .conf = was };
	d->side[1] = (struct difference_side){ .path = request->new_path, .conf = is };
	if (was && is) {
		/* lines are read once: by the patterns of the new one */
		registry = patterns_of(is);
		request->sources->registry = registry;
		code = registry ? run_loaded(request, d) : EXIT_CANNOT;
		if (registry)
			patterns_tell(registry);
	}
	difference_done(d);
	free(d);
	registry_free(registry);
	conf_free(was);
	conf_free(is);
	return code;
}
