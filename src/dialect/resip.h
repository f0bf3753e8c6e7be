/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The short form in which programs made with reSIProcate name a message in their logs
 * (resip/stack/SipMessage.cxx, encodeBrief()):
 *
 *   SipReq:  REGISTER pbx.example tid=917d3a45 cseq=2 REGISTER contact=1001@192.0.2.9:42464 / 2 from(wire)
 *   SipResp: 403 tid=917d3a45 cseq=2 REGISTER / 2 from(tu)
 *
 * "wire": it came from the network; "tu": this program sends it. Contact and address of
 * a request are the sender's, and may hold anything; what stands before and behind them
 * is read from the left and from the right.
 */
#pragma once

#include <sipvigil/event.h>

struct resip_brief {
	bool is_request;
	bool from_wire;
	enum sv_method method;
	uint16_t code;         /* of a response */
	struct sv_str tid;     /* of a response: the transaction */
	struct sv_str contact; /* of a request, a claim */
};

/** The text begins with a message in short form and ends with it. */
bool resip_brief_read(struct sv_str text, struct resip_brief *ret_brief);
/** No longer than a claim may be. */
struct sv_str resip_claim(struct sv_str text);
