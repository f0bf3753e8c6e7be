/* SPDX-License-Identifier: Apache-2.0 */
/* The words of measures that keep a gauge or ask for other rules. */
#include "base/text.h"
#include "engine/state.h"

#define DAY (86400 * SV_USEC_PER_SEC)
/* Bytes of an expression that are shown. */
#define EXPRESSION_SHOWN 80
#define NAME_SHOWN 64

static void
add_learnt(struct buffer *buf, sv_usec span)
{
	if (span % DAY == 0)
		buffer_addf(buf, "%llu d", (unsigned long long)(span / DAY));
	else
		words_span(buf, span);
}

bool
words_gauge_absent(const struct words_input *in)
{
	return in->why && in->rule->plan->measures.measure[in->why->measure].kind ==
				  SV_MEASURE_ABSENT;
}

void
words_gauge(struct buffer *buf, const struct words_input *in, size_t measure)
{
	const struct measures *m = &in->rule->plan->measures;
	const struct gauge_what *what = &m->gauge[m->measure[measure].gauge - 1];
	const struct sv_measure *told = &in->alert->measure[measure];

	switch ((enum gauge_kind)what->kind) {
	case GAUGE_REPEATED:
		buffer_addf(buf, ", %llu %s %u times or more",
			    (unsigned long long)told->numerator,
			    words_plural(what->field, told->numerator == 1),
			    (unsigned)what->repeats);
		break;
	case GAUGE_NOVELTY:
		buffer_addf(buf, "%llu new %s, not seen in ",
			    (unsigned long long)told->numerator,
			    words_plural(what->field, told->numerator == 1));
		add_learnt(buf, what->span);
		buffer_add_cstr(buf, " before,");
		break;
	case GAUGE_ABSENT:
		buffer_add_cstr(buf, "nothing");
		if (what->text) {
			buffer_add_cstr(buf, " with ");
			buffer_add_clean(buf, str_of(what->text), EXPRESSION_SHOWN);
		}
		buffer_add_cstr(buf, " for ");
		words_lasting(buf, (sv_usec)(told->value * 1e6));
		break;
	}
}

void
words_gauge_returned(struct buffer *buf, const struct words_input *in)
{
	buffer_add_cstr(buf, "over: it came again, lasted ");
	words_lasting(buf, in->alert->time - in->alert->start);
}

bool
words_gauge_of_rules(const struct words_input *in)
{
	return in->why && in->rule->plan->measures.measure[in->why->measure].kind ==
				  SV_MEASURE_RULE;
}

void
words_gauge_rules(struct buffer *buf, const struct words_input *in)
{
	const struct measures *m = &in->rule->plan->measures;

	for (size_t i = 0; i < m->n_rules; i++) {
		buffer_add_cstr(buf, i ? ", " : "");
		buffer_add_clean(buf, str_of(m->rule[i].text), NAME_SHOWN);
		buffer_add_cstr(buf,
				in->reading->rule[i] ? " is open" : " is not open");
	}
}
