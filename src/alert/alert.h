/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What identifies an alert: ids that are the same wherever and whenever the same input
 * is judged by the same rule, and the fingerprint that all incidents of a rule and key
 * share. Pure.
 */
#pragma once

#include <sipvigil/alert.h>

/** Longest fingerprint without NUL. */
#define ALERT_FINGERPRINT_BYTES 512

/**
 * "rule|field=value|…"; the value of a claim is replaced by 16 hex digits of its
 * SHA-256, that of other fields has bytes outside printable ASCII, '|' and '%' as %XX.
 * Cut at ALERT_FINGERPRINT_BYTES, never in the rule's name. Returns the length; `out`
 * gets no NUL.
 */
size_t alert_fingerprint(struct sv_str rule, const struct sv_key_part *key,
			 size_t n_key, char out[ALERT_FINGERPRINT_BYTES]);

/** Ids of transition `sequence` (from 1) and of its incident: hex of SHA-256 over rule,
 * key as it is (fields and values with their lengths), the incident's start and the
 * number (0 for the incident), cut to 128 bits. Both get a NUL. */
void alert_ids(struct sv_alert *alert);
/** The alert's last transition is told again at `alert->time`, which is another one: an id
 *  of its own, from that of the transition and this time. */
void alert_id_again(struct sv_alert *alert);
