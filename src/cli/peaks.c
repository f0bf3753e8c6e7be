/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/peaks.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define FIRST_CAP 4096

int
peaks_init(struct peaks *peaks, size_t n_thresholds)
{
	*peaks = (struct peaks){ .n_thresholds = n_thresholds, .cap = FIRST_CAP };
	peaks->table = calloc(FIRST_CAP, sizeof(*peaks->table));
	peaks->counts = calloc(n_thresholds + 1, sizeof(*peaks->counts));
	peaks->highest = calloc(n_thresholds + 1, sizeof(*peaks->highest));
	return peaks->table && peaks->counts && peaks->highest ? 0 : -ENOMEM;
}

void
peaks_done(struct peaks *peaks)
{
	free(peaks->table);
	free(peaks->counts);
	free(peaks->highest);
}

/** Class of a value: itself, or a sixteenth of its octave. */
static size_t
class_of(uint32_t value)
{
	if (value < PEAKS_EXACT)
		return value;
	unsigned octave = 31u - (unsigned)__builtin_clz(value); /* 10 … 31 */

	return PEAKS_EXACT + (octave - 10) * 16 + (value >> (octave - 4) & 15);
}

/** The lowest value of a class. */
static uint32_t
class_from(size_t class)
{
	if (class < PEAKS_EXACT)
		return (uint32_t) class;
	unsigned octave = 10 + (unsigned)(class - PEAKS_EXACT) / 16;

	return (16u + (uint32_t)(class - PEAKS_EXACT) % 16) << (octave - 4);
}

static void
settle(struct peaks *peaks, const struct peak *peak)
{
	peaks->counts[peak->threshold][class_of(peak->value)]++;
}

static struct peak *
place_of(struct peak *table, size_t cap, uint64_t hash)
{
	size_t i = hash & (cap - 1);

	while (table[i].hash && table[i].hash != hash)
		i = (i + 1) & (cap - 1);
	return &table[i];
}

/** Days that are over leave the table, which grows if that is not enough. */
static bool
make_room(struct peaks *peaks)
{
	size_t today = 0;

	if (peaks->n * 2 < peaks->cap)
		return true;
	for (size_t i = 0; i < peaks->cap; i++)
		today += peaks->table[i].hash && peaks->table[i].day == peaks->day;
	if (today >= PEAKS_MAX)
		return false;
	size_t cap = peaks->cap;
	while (today * 4 > cap && cap < 2 * PEAKS_MAX)
		cap *= 2;
	assert(cap);
	struct peak *fresh = calloc(cap, sizeof(*fresh));
	if (!fresh)
		return false;
	for (size_t i = 0; i < peaks->cap; i++) {
		const struct peak *peak = &peaks->table[i];
		if (!peak->hash)
			continue;
		if (peak->day == peaks->day)
			*place_of(fresh, cap, peak->hash) = *peak;
		else
			settle(peaks, peak);
	}
	free(peaks->table);
	peaks->table = fresh;
	peaks->cap = cap;
	peaks->n = today;
	return true;
}

/** The local day of `now`. */
static void
turn_to(struct peaks *peaks, sv_usec now)
{
	time_t sec = (time_t)(now / SV_USEC_PER_SEC);
	struct tm tm;

	if (!localtime_r(&sec, &tm))
		return;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	time_t begins = mktime(&tm);
	tm.tm_mday++;
	tm.tm_isdst = -1;
	time_t ends = mktime(&tm);
	peaks->day_begins = begins > 0 ? (sv_usec)begins * SV_USEC_PER_SEC : 0;
	peaks->day_ends = ends > 0 ? (sv_usec)ends * SV_USEC_PER_SEC : SV_USEC_NEVER;
	peaks->day = (uint32_t)(begins / 3600); /* another number for another day */
}

void
peaks_add(struct peaks *peaks, size_t threshold, uint64_t hash, uint32_t value,
	  sv_usec now)
{
	if (now < peaks->day_begins || now >= peaks->day_ends)
		turn_to(peaks, now);
	hash = ((hash ^ (threshold + 1)) * 0x9e3779b97f4a7c15u) | 1;
	struct peak *peak = place_of(peaks->table, peaks->cap, hash);
	if (!peak->hash) {
		if (!make_room(peaks)) {
			peaks->lost++;
			return;
		}
		peak = place_of(peaks->table, peaks->cap, hash);
		*peak = (struct peak){ .hash = hash,
				       .threshold = (uint32_t)threshold,
				       .day = peaks->day };
		peaks->n++;
	} else if (peak->day != peaks->day) {
		settle(peaks, peak);
		peak->day = peaks->day;
		peak->value = 0;
	}
	if (value > peak->value)
		peak->value = value;
	if (value > peaks->highest[threshold])
		peaks->highest[threshold] = value;
}

void
peaks_end(struct peaks *peaks)
{
	for (size_t i = 0; i < peaks->cap; i++) {
		if (peaks->table[i].hash)
			settle(peaks, &peaks->table[i]);
		peaks->table[i].hash = 0;
	}
	peaks->n = 0;
}

uint64_t
peaks_between(const struct peaks *peaks, size_t threshold, uint32_t from, uint32_t to)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < PEAKS_CLASSES; i++) {
		uint32_t lowest = class_from(i);
		if (lowest >= from && lowest <= to)
			sum += peaks->counts[threshold][i];
	}
	return sum;
}

uint32_t
peaks_limit(const struct peaks *peaks, size_t threshold, uint64_t most)
{
	uint64_t sum = 0;

	for (size_t i = PEAKS_CLASSES; i-- > 1;) {
		sum += peaks->counts[threshold][i];
		if (sum > most)
			return i + 1 < PEAKS_CLASSES ? class_from(i + 1) : UINT32_MAX;
	}
	return 1;
}
