/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints: which records were seen, so that a copy of one record that comes by another
 * input (messages and full, file and journal) is known as such.
 *
 * Two equal lines in the *same* stream are two records: an attacker who tries twice in
 * one second writes the same line twice. So the n-th occurrence in one stream is a copy
 * of the n-th occurrence in another, and of nothing else.
 *
 * A ring of fixed size; the oldest prints are forgotten. 64 streams are told apart: of
 * more, some copies count as records of their own. Plain data, no clock.
 */
#pragma once

#include <base/pack.h>
#include <sipvigil/event.h>

/** Copies of one record bear times at most this far apart (stamps of whole seconds, and
 *  a syslog daemon's own). */
#define PRINTS_SPAN (3 * SV_USEC_PER_SEC)

struct prints;

int prints_new(size_t max_prints, struct prints **ret_prints);
void prints_free(struct prints *prints);

/** Is this record a copy of one that another stream delivered? Then **ret_value is what
 *  was stored with that one. Else it is remembered and **ret_value is 0, to be set by
 * the caller before the next call. */
bool prints_seen(struct prints *prints, const struct sv_event *raw,
		 uint32_t **ret_value);

/** All of it as bytes, and into an empty one. 0; -EBADMSG, then it is empty again. */
void prints_save(const struct prints *prints, struct pack *out);
int prints_load(struct prints *prints, struct unpack *in);
