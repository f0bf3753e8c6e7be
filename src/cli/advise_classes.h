/* SPDX-License-Identifier: Apache-2.0 */
/* The classes that a threshold's distribution is shown in: their borders are its limit,
 * half of it, and the next higher limit of the same measure or three times it. */
#pragma once

#include "cli/advise.h"

#define ADVISE_MAX_CLASSES 4

struct advise_class {
	uint32_t from, to; /* in units, both included; to UINT32_MAX: no end */
	uint64_t n;        /* (key, day) */
};

/** How many there are; without those above all that was seen. */
size_t advise_classes(const struct advise *advise, size_t index,
		      struct advise_class ret[ADVISE_MAX_CLASSES]);
/** "1–4", "30+", "10–29 %" */
void advise_class_label(const struct threshold *t, const struct advise_class *class,
			char out[64]);
