/* SPDX-License-Identifier: Apache-2.0 */
/* What is usual, in the words of an alert. */
#include "engine/measure.h"
#include "engine/state.h"

#include <math.h>

/** A count or a share, or the limit that follows from it. */
static void
add_figure(struct buffer *buf, double figure, bool share)
{
	if (isnan(figure))
		buffer_add_cstr(buf, "not known");
	else if (share)
		words_share(buf, figure);
	else
		buffer_addf(buf, figure < 10 ? "%.2g" : "%.0f", figure);
}

void
words_baseline_usual(struct buffer *buf, const struct sv_measure *m)
{
	add_figure(buf, m->usual, m->denominator > 0);
}

void
words_baseline_off(struct buffer *buf, const struct words_input *in,
		   const struct term *t)
{
	const struct measures *m = &in->rule->plan->measures;
	const struct measure *what = &m->measure[t->measure];
	const struct baseline_value *value = &in->reading->baseline[t->measure];

	if (value->periods) {
		add_figure(buf, baseline_limit(what, t, value, m->window),
			   what->baseline.share);
		buffer_add_cstr(buf, ", ");
	}
	if (what->baseline.share)
		buffer_addf(buf, "%g points %s the usual", term_limit(t) * 100,
			    what->baseline.drops ? "below" : "above");
	else
		buffer_addf(buf, "%g times the usual and at least %u", term_limit(t),
			    t->min);
}

/** ", usual at this hour: 23 (middle of 3 weeks)" */
static void
add_usual(struct buffer *buf, const struct sv_measure *m,
	  const struct baseline_spec *spec)
{
	if (m->periods == 0) {
		buffer_add_cstr(buf, ", usual at this hour: still learning");
		return;
	}
	buffer_add_cstr(buf, ", usual at this hour: ");
	add_figure(buf, m->usual, spec->share);
	buffer_addf(buf, " (%s%u %s%s)", m->periods > 1 ? "middle of " : "", m->periods,
		    spec->days == 7 ? "week" : "day", m->periods > 1 ? "s" : "");
}

void
words_baseline_learned(struct buffer *buf, const struct words_input *in)
{
	const struct measures *m = &in->rule->plan->measures;

	if (in->why && m->measure[in->why->measure].kind == SV_MEASURE_BASELINE)
		add_usual(buf, &in->alert->measure[in->why->measure],
			  &m->measure[in->why->measure].baseline);
}
