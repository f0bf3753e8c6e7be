/* SPDX-License-Identifier: Apache-2.0 */
#include "drift.h"

/** Blocks before anything is usual. */
#define SURE 3
/** The share must rise by so much to be a drift, and comes down to half of it to be
 *  none any more. */
#define RISE 0.2
/** The last so many blocks make what is usual; while it drifts, ten times as many: in
 *  the end everything is usual. */
#define MEMORY 50
#define MEMORY_DRIFTING (10 * MEMORY)

static void
judge(struct drift *drift)
{
	uint32_t memory = drift->on ? MEMORY_DRIFTING : MEMORY;
	uint32_t weight = drift->blocks < memory ? drift->blocks + 1 : memory;

	drift->share = (double)drift->unknown / (double)drift->lines;
	if (drift->blocks >= SURE)
		drift->on =
			drift->share >= drift->usual + (drift->on ? RISE / 2 : RISE);
	/* the block that begins a drift is no part of what was usual */
	if (drift->on && weight < MEMORY_DRIFTING)
		weight = MEMORY_DRIFTING;
	drift->usual += (drift->share - drift->usual) / (double)weight;
	if (drift->blocks < MEMORY)
		drift->blocks++;
	drift->lines = drift->unknown = 0;
}

bool
drift_add(struct drift *drift, uint64_t lines, uint64_t unknown)
{
	/* what comes at once is one block, however much it is */
	if (lines > UINT32_MAX / 2) {
		unknown = unknown / (lines / (UINT32_MAX / 2) + 1);
		lines = UINT32_MAX / 2;
	}
	drift->lines += (uint32_t)lines;
	drift->unknown += (uint32_t)(unknown < lines ? unknown : lines);
	if (drift->lines < DRIFT_BLOCK)
		return false;
	judge(drift);
	return true;
}

/* Shares as parts of a million. */
#define PARTS 1000000.0

void
drift_save(const struct drift *drift, struct pack *out)
{
	pack_u32(out, drift->lines);
	pack_u32(out, drift->unknown);
	pack_u32(out, drift->blocks);
	pack_u32(out, (uint32_t)(drift->usual * PARTS));
	pack_u32(out, (uint32_t)(drift->share * PARTS));
	pack_u8(out, drift->on);
}

void
drift_load(struct drift *drift, struct unpack *in)
{
	struct drift loaded = { .lines = unpack_u32(in),
				.unknown = unpack_u32(in),
				.blocks = unpack_u32(in) };

	loaded.usual = (double)unpack_u32(in) / PARTS;
	loaded.share = (double)unpack_u32(in) / PARTS;
	loaded.on = unpack_u8(in) == 1;
	if (!unpack_ok(in) || loaded.unknown > loaded.lines ||
	    loaded.lines >= DRIFT_BLOCK || loaded.usual > 1 || loaded.share > 1)
		loaded = (struct drift){ 0 };
	*drift = loaded;
}
