/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drift: the share of lines that are not understood rises above what is usual in a
 * source, as it does after an upgrade that words them otherwise. Judged block by block
 * of lines, not of time, so that a quiet log is not judged by three lines. Plain data.
 */
#pragma once

#include <base/pack.h>

/** Lines of a block. */
#define DRIFT_BLOCK 200

struct drift {
	uint32_t lines, unknown; /* of the block that is not full yet */
	uint32_t blocks; /* that the usual share rests on, as far as it counts */
	double usual;    /* share, 0 to 1 */
	double share;    /* of the last full block */
	bool on;
};

/** `lines` came, `unknown` of them not understood. True: a block became full. */
bool drift_add(struct drift *drift, uint64_t lines, uint64_t unknown);
void drift_save(const struct drift *drift, struct pack *out);
void drift_load(struct drift *drift, struct unpack *in);
