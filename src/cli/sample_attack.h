/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attacks a pattern with its own samples, as one would who may write the claims of a
 * line: what a claim holds is replaced by copies of the line with another address. A
 * pattern that then names the other address can be made to blame anybody, which is said
 * unless its user knows (attribution = "forgeable"); one that does not know the line any
 * more can be made to look away.
 */
#pragma once

#include "base/buffer.h"
#include "conf/conf.h"
#include "dialect/registry.h"

struct sample_attack {
	bool blamed;              /* the other address was named */
	bool hidden;              /* a blank or a quote made the line unknown */
	enum pattern_field claim; /* written by the attacker, of the first finding */
	enum pattern_field hider;
	uint32_t template_id;
	struct buffer line;   /* that blamed the other address */
	struct buffer hiding; /* that was not recognised */
};

void sample_attack_done(struct sample_attack *attack);
/** All claims of all lines of a sample. 0 or -ENOMEM. */
int sample_attack_run(const struct pattern_sample *sample,
		      const struct registry *registry,
		      struct sample_attack *ret_attack);
