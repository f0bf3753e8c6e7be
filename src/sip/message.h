/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One SIP message (RFC 3261) read from text: start line, the headers that tell what
 * became of a request, body. Pure: views into the text it is given, nothing allocates,
 * one pass, no growth.
 *
 * Everything in a message was written by whoever sent it. Who that was is for the
 * caller to know, from what stood around the message.
 */
#pragma once

#include <sipvigil/event.h>

/** Headers that are kept; of one that comes repeatedly the first (top) one. */
enum message_header {
	MESSAGE_VIA,
	MESSAGE_FROM,
	MESSAGE_TO,
	MESSAGE_CALL_ID,
	MESSAGE_CSEQ,
	MESSAGE_CONTACT,
	MESSAGE_CONTENT_LENGTH,
	MESSAGE_AUTHORIZATION,
	MESSAGE_PROXY_AUTHORIZATION,
	MESSAGE_USER_AGENT,
	MESSAGE_SERVER,
	MESSAGE_REASON,
	MESSAGE_HEADERS
};

struct message {
	struct sv_str start; /* the start line, without its end */
	bool is_request;
	enum sv_method method; /* of a response: that of its CSeq */
	struct sv_str uri;     /* of a request */
	uint16_t code;         /* of a response, 100 to 699; else 0 */
	struct sv_str phrase;
	/* values without blanks around them; a folded one holds its line breaks */
	struct sv_str header[MESSAGE_HEADERS];
	bool stale; /* a challenge with stale=true */
	bool has_cseq;
	uint32_t cseq;
	enum sv_method cseq_method;
	struct sv_str branch; /* of the top Via, empty if it has none */
	bool has_length;
	size_t length;      /* Content-Length */
	bool complete;      /* the empty line behind the headers was there */
	size_t head_len;    /* bytes up to and with that line, or all of the text */
	struct sv_str body; /* what follows, no longer than Content-Length */
};

/** Is this line a request line or a status line? (Its end may be there or not.) */
bool message_is_start(struct sv_str line);
/** The text begins with a start line; line ends are CR LF or LF alone. False: it does
 * not. A message that was cut is read as far as it goes. */
bool message_read(struct sv_str text, struct message *ret_message);
/** Where the message ends: head and Content-Length bytes. 0: not all of it is there. */
size_t message_end(const struct message *message, struct sv_str text);
/** User part of the first SIP URI in a header or request line: "1001" of
 *  "<sip:1001:pw@host>;tag=x"; empty if it has none. */
struct sv_str message_user(struct sv_str header);
/** Cause number in a Reason header's Q.850 value, 0 if there is none. */
uint16_t message_q850(struct sv_str reason);
