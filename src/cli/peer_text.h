/* SPDX-License-Identifier: Apache-2.0 */
/* Peers of the daemon's answer in words: what `peers` and `top` have in common. */
#pragma once

#include "cli/online.h"

/** "503 ×61", "rejected ×34"; "" without a failure. */
void peer_text_worst(struct buffer *out, const json_t *peer);
/** "18.0 %" of the calls, "–" without any. */
void peer_text_share(char out[32], const json_t *peer);
/** The rules that have an alert open about it, "trunk-down, busy-flood"; its doubt. */
void peer_text_state(struct buffer *out, const json_t *peer);
/** One peer of `peers NAME`, all that is known. */
void peer_text_full(struct online *online, const json_t *peer);
