/* SPDX-License-Identifier: Apache-2.0 */
/* Words that news of loss are made of. Part of the inputs. */
#pragma once

#include <sipvigil/base.h>
#include <time.h>

#define WORDS_TIME_BYTES 32

/** "2026-11-22 10:00:00 UTC" */
static inline void
words_of_time(sv_usec usec, char words[WORDS_TIME_BYTES])
{
	time_t t = (time_t)(usec / SV_USEC_PER_SEC);
	struct tm tm;

	if (!gmtime_r(&t, &tm) ||
	    strftime(words, WORDS_TIME_BYTES, "%F %T UTC", &tm) == 0)
		words[0] = '\0';
}
