/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A banner being read from its left: for the rows of sipmsg_banner.c alone. Each
 * function takes what it is named after off the text, or says false.
 */
#pragma once

#include "base/text.h"
#include "dialect/sipmsg_state.h"

struct sipmsg_cursor {
	struct sv_parse_context *ctx; /* NULL: recognise only, read no date */
	struct sv_str text;
	struct sipmsg_banner *banner;
};

/** The text begins with this word: it is taken. */
static inline bool
sipmsg_cursor_skip(struct sipmsg_cursor *c, const char *word)
{
	struct sv_str w = str_of(word);

	if (!str_starts(c->text, w))
		return false;
	c->text = str_from(c->text, w.len);
	return true;
}

void sipmsg_cursor_skip_blanks(struct sipmsg_cursor *c);
bool sipmsg_cursor_take_number(struct sipmsg_cursor *c, uint64_t *ret);
/** A date with time, or a time of day. */
bool sipmsg_cursor_take_time(struct sipmsg_cursor *c);
struct sv_str sipmsg_cursor_take_word(struct sipmsg_cursor *c);
bool sipmsg_cursor_take_end(struct sipmsg_cursor *c, struct sipmsg_end *ret_end);
/** The other end of a tool that names one only; `way` says which it is. */
void sipmsg_cursor_set_peer(struct sipmsg_cursor *c, enum sipmsg_way way,
			    struct sipmsg_end peer);
bool sipmsg_cursor_take_way(struct sipmsg_cursor *c, const char *in, const char *out,
			    enum sipmsg_way *ret);
/** "UDP:" or "UDP " or "udp/" in front of an address. */
void sipmsg_cursor_take_transport(struct sipmsg_cursor *c);
/** The peer's address up to `tail`. */
bool sipmsg_cursor_take_peer(struct sipmsg_cursor *c, enum sipmsg_way way,
			     const char *tail);
/** The peer's address is all that is left but a colon. */
bool sipmsg_cursor_take_last_peer(struct sipmsg_cursor *c, enum sipmsg_way way);

/* sipmsg_capture.c: what capture tools write */

bool sipmsg_capture_sngrep(struct sipmsg_cursor *c);
bool sipmsg_capture_ngrep(struct sipmsg_cursor *c);
bool sipmsg_capture_tcpdump(struct sipmsg_cursor *c);
bool sipmsg_capture_tshark(struct sipmsg_cursor *c);
bool sipmsg_capture_sipdump(struct sipmsg_cursor *c);
/** The next line of a banner: 0 it is none, 1 more to come, 2 that was the last one. */
int sipmsg_capture_more(struct sipmsg_cursor *c);

/* sipmsg_pbx.c: what PBXes write */

bool sipmsg_pbx_siptrace(struct sipmsg_cursor *c);
bool sipmsg_pbx_pjsip(struct sipmsg_cursor *c);
bool sipmsg_pbx_chan_sip(struct sipmsg_cursor *c);
bool sipmsg_pbx_history(struct sipmsg_cursor *c);
bool sipmsg_pbx_pjsua(struct sipmsg_cursor *c);
bool sipmsg_pbx_audiocodes(struct sipmsg_cursor *c);
bool sipmsg_pbx_oracle(struct sipmsg_cursor *c);
bool sipmsg_pbx_avaya(struct sipmsg_cursor *c);
bool sipmsg_pbx_cisco(struct sipmsg_cursor *c);
bool sipmsg_pbx_cisco_debug(struct sipmsg_cursor *c);
/** "Received:" or "Sent:", with both ends behind it or without. */
bool sipmsg_pbx_cisco_way(struct sipmsg_cursor *c);

/* sipmsg_vendor.c */

bool sipmsg_vendor_ribbon(struct sipmsg_cursor *c);
bool sipmsg_vendor_yate(struct sipmsg_cursor *c);
bool sipmsg_vendor_avaya_sm(struct sipmsg_cursor *c);
bool sipmsg_vendor_avaya_sbce(struct sipmsg_cursor *c);
/** As sipmsg_capture_more(). */
int sipmsg_vendor_avaya_sm_more(struct sipmsg_cursor *c);
int sipmsg_vendor_avaya_sbce_more(struct sipmsg_cursor *c);
