/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of each threshold: the highest value that each key came to on each day, as a
 * distribution. Memory: 24 bytes for each key and threshold of the present day, at most
 * PEAKS_MAX; beyond that peaks are left out and counted (`lost`): so many more
 * (key, day) there are at most, in the classes up to their height.
 */
#pragma once

#include <sipvigil/base.h>
#include <stddef.h>

/** Keys of one day, over all thresholds: 24 MiB. */
#define PEAKS_MAX ((size_t)1 << 20)
/** Values up to this are told apart, larger ones by a sixteenth of their octave. */
#define PEAKS_EXACT 1024
#define PEAKS_CLASSES (PEAKS_EXACT + 22 * 16)

struct peak {
	uint64_t hash; /* of key and threshold; 0 = free */
	uint32_t threshold, value;
	uint32_t day;
};

struct peaks {
	struct peak *table; /* owned */
	size_t n, cap;
	uint32_t (*counts)[PEAKS_CLASSES]; /* owned; one row a threshold */
	uint32_t *highest;                 /* owned; per threshold */
	size_t n_thresholds;
	uint64_t lost;
	sv_usec day_begins, day_ends; /* of the present day */
	uint32_t day;
};

int peaks_init(struct peaks *peaks, size_t n_thresholds);
void peaks_done(struct peaks *peaks);
/** The key has come to `value` at `now`. `hash` tells keys apart, not thresholds. */
void peaks_add(struct peaks *peaks, size_t threshold, uint64_t hash, uint32_t value,
	       sv_usec now);
/** No more is to come: the present day goes into the distribution. */
void peaks_end(struct peaks *peaks);
/** How many (key, day) came to `from` or more, and to no more than `to`. */
uint64_t peaks_between(const struct peaks *peaks, size_t threshold, uint32_t from,
		       uint32_t to);
/** The lowest value to which no more than `most` (key, day) came, at least 1. */
uint32_t peaks_limit(const struct peaks *peaks, size_t threshold, uint64_t most);
