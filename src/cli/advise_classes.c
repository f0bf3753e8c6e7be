/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/advise_classes.h"

#include <stdio.h>

/** The next higher limit of the same rule and measure; 0: none. */
static uint32_t
next_limit(const struct advise *advise, size_t index)
{
	const struct threshold *t = &advise->thresholds[index];
	uint32_t next = 0;

	for (size_t i = advise->first[t->rule]; i < advise->first[t->rule + 1]; i++) {
		const struct threshold *other = &advise->thresholds[i];
		if (other->term.measure == t->term.measure &&
		    other->tenth == t->tenth && other->term.unit == t->term.unit &&
		    other->now > t->now && (next == 0 || other->now < next))
			next = other->now;
	}
	return next;
}

size_t
advise_classes(const struct advise *advise, size_t index,
	       struct advise_class ret[ADVISE_MAX_CLASSES])
{
	const struct threshold *t = &advise->thresholds[index];
	uint32_t least = t->kind == SV_MEASURE_RATIO ? 0 : 1;
	uint32_t next = next_limit(advise, index);
	uint64_t third =
		(uint64_t)t->now * 3 < UINT32_MAX ? (uint64_t)t->now * 3 : UINT32_MAX;

	if (t->kind == SV_MEASURE_RATIO && third > 100 * t->tenth)
		third = 100 * t->tenth;
	const uint32_t border[] = { least, (t->now + 1) / 2, t->now,
				    next ? next : (uint32_t)third };
	size_t n = 0;

	for (size_t i = 0; i < ADVISE_MAX_CLASSES; i++) {
		uint32_t to = UINT32_MAX;
		if (i + 1 < ADVISE_MAX_CLASSES)
			to = border[i + 1] ? border[i + 1] - 1 : 0;
		if (to < border[i] ||
		    (i + 1 < ADVISE_MAX_CLASSES && border[i + 1] == border[i]))
			continue;
		if (i > 2 && border[i] > advise->peaks.highest[index])
			continue;
		ret[n++] = (struct advise_class){ border[i], to,
						  peaks_between(&advise->peaks, index,
								border[i], to) };
	}
	return n;
}

static int
print_units(const struct threshold *t, uint32_t units, char out[24])
{
	if (t->tenth > 1 && units % t->tenth)
		return snprintf(out, 24, "%u.%u", units / t->tenth, units % t->tenth);
	return snprintf(out, 24, "%u", units / t->tenth);
}

void
advise_class_label(const struct threshold *t, const struct advise_class *class,
		   char out[64])
{
	const char *unit = t->kind == SV_MEASURE_RATIO ? " %" : "";
	char from[24], to[24];

	bool last = t->kind == SV_MEASURE_RATIO && class->from >= 100 * t->tenth;
	(void)print_units(t, class->from, from);
	(void)print_units(t, class->to, to);
	if (class->to == UINT32_MAX && !last)
		(void)snprintf(out, 64, "%s+%s", from, unit);
	else if (class->from == class->to || last)
		(void)snprintf(out, 64, "%s%s", from, unit);
	else
		(void)snprintf(out, 64, "%s–%s%s", from, to, unit);
}
