/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What operators let their scripts log (xlog, KSR.log): the default configurations, the
 * guides that are copied, and the shapes that these have in common. A line that is none
 * of these may hold anything anywhere.
 */
#include "dialect/kamailio_line.h"

#include "base/address.h"

#define IN SV_LEG_IN
#define OUT SV_LEG_OUT

/** Results of authentication functions. The numbers of the two proxies differ. */
static const struct auth_result {
	int kamailio, opensips;
	enum sv_outcome outcome;
} results[] = {
	{ -2, -2, SV_REJECTED },   /* wrong password */
	{ -3, -1, SV_UNKNOWN },    /* no such user */
	{ -1, -5, SV_ERROR },      /* the check itself failed: no database */
	{ -4, -3, SV_CHALLENGED }, /* stale nonce: asked once more */
	{ -5, -4, SV_CHALLENGED }, /* no credentials: a first request */
	{ -6, 0, SV_CHALLENGED },  /* nonce used before: asked once more */
	{ -7, 0, SV_REJECTED },    /* the account's time is over */
	{ -8, 0, SV_FORBIDDEN },   /* another user's name in From or To */
};

/** "… cause -2" at the end: what stands elsewhere may be a caller's text. */
static bool
cause_at_end(struct sv_str text, int *ret_cause)
{
	size_t at = str_find_last(text, SV_STR(" cause "));
	uint64_t number;

	if (at == STR_NONE)
		return false;
	text = str_from(text, at + strlen(" cause "));
	bool negative = text.len && text.ptr[0] == '-';
	text = str_from(text, negative ? 1 : 0);
	if (!text.len || str_take_u64(text, &number) != text.len || number > 999)
		return false;
	*ret_cause = negative ? -(int)number : (int)number;
	return true;
}

/** Which challenge it was, when the line does not tell: that of its method. Without a
 *  method most likely that of a registration. */
static void
fill_auth_code(struct sv_event *ev)
{
	if (!ev->code)
		ev->code = ev->method == SV_METHOD_UNKNOWN || ev->method == SV_REGISTER
				   ? 401
				   : 407;
}

static enum sv_parse
finish_auth(struct kamailio_line *line, struct sv_event *ev)
{
	int cause;

	fill_auth_code(ev);
	if (cause_at_end(line->body, &cause)) {
		for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
			if (cause == (line->opensips ? results[i].opensips
						     : results[i].kamailio))
				ev->outcome = results[i].outcome;
		if (cause >= 0 || ev->outcome == SV_CHALLENGED)
			return SV_PARSE_SKIP;
		if (ev->outcome == SV_ERROR)
			ev->category = SV_STR("database");
	}
	return kamailio_emit(line, ev);
}

static enum sv_parse
finish_limit(struct kamailio_line *line, struct sv_event *ev)
{
	fill_auth_code(ev);
	return kamailio_emit(line, ev);
}

/** The gateway's URI as the dispatcher list has it. */
static enum sv_parse
finish_gateway(struct kamailio_line *line, struct sv_event *ev)
{
	struct sv_str s = ev->peer;
	struct sv_ip ip;
	uint16_t port;
	size_t end;

	if (str_starts(s, SV_STR("sip:")) || str_starts(s, SV_STR("sips:")))
		s = str_from(s, str_find_char(s, ':') + 1);
	for (end = 0; end < s.len && s.ptr[end] != ';' && s.ptr[end] != ' '; end++)
		;
	ev->peer = str_upto(s, end);
	if (address_parse_port(ev->peer, &ip, &port)) {
		ev->peer_ip = ip;
		ev->peer_port = port;
	}
	return kamailio_emit(line, ev);
}

/* clang-format off */
static const struct kamailio_row rows[] = {
	/* credentials */
	{ "Auth_error for %u from %a cause %d",
	  KAMAILIO_AUTH, 0, IN, 0, SV_REJECTED, finish_auth },
	{ "Auth error for %u from %a cause %d",
	  KAMAILIO_AUTH, 0, IN, 0, SV_REJECTED, finish_auth },
	{ "Auth_error for %u from %b cause %d",
	  KAMAILIO_AUTH, 0, IN, 0, SV_REJECTED, finish_auth },
	{ "Auth_error for %u from %a",
	  KAMAILIO_AUTH, 0, IN, 0, SV_REJECTED, finish_auth },
	{ "Auth error for %u from %a",
	  KAMAILIO_AUTH, 0, IN, 0, SV_REJECTED, finish_auth },
	{ "Auth failure %u from %a: count=%d",
	  KAMAILIO_AUTH, 0, IN, 0, SV_REJECTED, finish_auth },
	{ "Auth failure %u from %a",
	  KAMAILIO_AUTH, 0, IN, 0, SV_REJECTED, finish_auth },
	{ "auth failed %u from %a cause %d",
	  KAMAILIO_AUTH, 0, IN, 0, SV_REJECTED, finish_auth },
	{ "auth failed for %u from %a",
	  KAMAILIO_AUTH, 0, IN, 0, SV_REJECTED, finish_auth },
	{ "auth failed %u from %a ua=%g",
	  KAMAILIO_AUTH, 0, IN, 0, SV_REJECTED, finish_auth },
	{ "auth failed %u from %a",
	  KAMAILIO_AUTH, 0, IN, 0, SV_REJECTED, finish_auth },
	{ "Authentication failed for %u from %a",
	  KAMAILIO_AUTH, 0, IN, 0, SV_REJECTED, finish_auth },
	{ "AUTH: rejected malformed username from %a",
	  KAMAILIO_MALFORMED, 400, IN, 0, SV_MALFORMED, NULL },
	{ "Auth threshold exceeded for %u - banning",
	  KAMAILIO_AUTH_LIMIT, 0, IN, 0, SV_BLOCKED, NULL },
	{ "Auth rate limited for %u (%a)",
	  KAMAILIO_AUTH_LIMIT, 0, IN, 0, SV_BLOCKED, finish_limit },
	{ "Auth user %u does not match To user %s from %a",
	  KAMAILIO_AUTH_MISMATCH, 403, IN, 0, SV_FORBIDDEN, NULL },
	{ "Auth user %u does not match From user %s from %a",
	  KAMAILIO_AUTH_MISMATCH, 403, IN, 0, SV_FORBIDDEN, NULL },

	/* floods and bans */
	{ "ALERT: pike blocking %m from %u (IP:%b)",
	  KAMAILIO_BLOCKED, 0, IN, 0, SV_BLOCKED, kamailio_block_request },
	{ "pike blocking %m from %u (IP:%b)",
	  KAMAILIO_BLOCKED, 0, IN, 0, SV_BLOCKED, kamailio_block_request },
	{ "Callid %i -- pike blocking %m from %u (IP:%b)",
	  KAMAILIO_BLOCKED, 0, IN, 0, SV_BLOCKED, kamailio_block_request },
	{ "PIKE: Blocking IP %a - rate limit exceeded",
	  KAMAILIO_BLOCKED, 0, IN, 0, SV_BLOCKED, kamailio_block_request },
	{ "request from blocked IP - %m from %u (IP:%b)",
	  KAMAILIO_BLOCKED, 0, IN, 0, SV_BLOCKED, kamailio_block_request },
	{ "ALERT: %m from %a blocked because %s",
	  KAMAILIO_BLACKLISTED, 0, IN, 0, SV_ACL, NULL },
	{ "%m from %a blocked because %s blacklisted",
	  KAMAILIO_BLACKLISTED, 0, IN, 0, SV_ACL, NULL },

	/* calls that failed, by the caller */
	{ "call failed: %c %h - %m from %u (%b) to %x callid=%i",
	  KAMAILIO_FAILED_CALL, 0, IN, 0, 0, NULL },
	{ "call failed: %c %h - %m from %u (%b) to %x",
	  KAMAILIO_FAILED_CALL, 0, IN, 0, 0, NULL },
	{ "unknown extension %x from %u (%b) - sending %c",
	  KAMAILIO_UNKNOWN_NUMBER, 0, IN, SV_INVITE, SV_NOTFOUND, NULL },
	{ "Backend failed: %c (CID: %i)",
	  KAMAILIO_FAILED_CALL, 0, IN, SV_INVITE, 0, NULL },
	{ "SCRIPT: INVITE failure routing - ruri: %x - code:%c",
	  KAMAILIO_FAILED_CALL, 0, IN, SV_INVITE, 0, NULL },
	{ "%w failure %c for %u -> %x",
	  KAMAILIO_FAILED_CALL, 0, IN, 0, 0, NULL },
	{ "too many hops sending %c",
	  KAMAILIO_HOPS, 0, IN, 0, SV_LOOP, NULL },

	/* broken and forbidden packets */
	{ "Malformed SIP request from %b",
	  KAMAILIO_MALFORMED, 400, IN, 0, SV_MALFORMED, NULL },
	{ "Malformed SIP message from %b",
	  KAMAILIO_MALFORMED, 400, IN, 0, SV_MALFORMED, NULL },
	{ "Malformed SIP response from %b",
	  KAMAILIO_MALFORMED, 0, 0, 0, SV_MALFORMED, NULL },
	{ "received invalid sip packet",
	  KAMAILIO_MALFORMED, 400, IN, 0, SV_MALFORMED, NULL },
	{ "Attempt to route with preloaded Route's [%u/%s/%x/%i]",
	  KAMAILIO_PRELOADED, 403, IN, 0, SV_FORBIDDEN, NULL },

	/* answers of those whom we called */
	{ "Incoming reply %c %h from %b (%m) [%i]",
	  KAMAILIO_REPLY, 0, OUT, 0, 0, NULL },
	{ "Incoming reply %c %h from %a",
	  KAMAILIO_REPLY, 0, OUT, 0, 0, NULL },
	{ "Reply %c %h from %a",
	  KAMAILIO_REPLY, 0, OUT, 0, 0, NULL },
	{ "Response received: %c %h from %a...",
	  KAMAILIO_REPLY, 0, OUT, 0, 0, NULL },
	{ "Response received: %c %h from %a",
	  KAMAILIO_REPLY, 0, OUT, 0, 0, NULL },
	{ "Failure reply %c from %a - triggering failover",
	  KAMAILIO_REPLY, 0, OUT, 0, 0, NULL },
	{ "[%i] incoming reply %c",
	  KAMAILIO_REPLY, 0, OUT, 0, 0, NULL },
	{ "[%i] Reply %c %h",
	  KAMAILIO_REPLY, 0, OUT, 0, 0, NULL },
	{ "incoming reply %c",
	  KAMAILIO_REPLY, 0, OUT, 0, 0, NULL },
	{ "%c %h from %a",
	  KAMAILIO_REPLY, 0, OUT, 0, 0, NULL },

	/* gateways */
	{ "Destination down: %m %p (%s)",
	  KAMAILIO_GATEWAY_DOWN, 0, OUT, SV_OPTIONS, SV_UNREACHABLE, finish_gateway },
	{ "Destination down: %p",
	  KAMAILIO_GATEWAY_DOWN, 0, OUT, SV_OPTIONS, SV_UNREACHABLE, finish_gateway },
	{ "Destination up: %m %p (%s)",
	  KAMAILIO_GATEWAY_UP, 0, OUT, SV_OPTIONS, SV_REACHABLE, finish_gateway },
	{ "Destination up: %p",
	  KAMAILIO_GATEWAY_UP, 0, OUT, SV_OPTIONS, SV_REACHABLE, finish_gateway },
	{ "Backend DOWN: %p",
	  KAMAILIO_GATEWAY_DOWN, 0, OUT, SV_OPTIONS, SV_UNREACHABLE, finish_gateway },
	{ "Backend UP: %p",
	  KAMAILIO_GATEWAY_UP, 0, OUT, SV_OPTIONS, SV_REACHABLE, finish_gateway },
	{ "Failed GW %p detected",
	  KAMAILIO_GATEWAY_FAILED, 0, OUT, SV_INVITE, SV_ERROR, finish_gateway },
	{ "Failed trunk %p/%s detected",
	  KAMAILIO_GATEWAY_FAILED, 0, OUT, SV_INVITE, SV_ERROR, finish_gateway },
	/* a phone's contact: its own text */
	{ "request sent to %x completed with code: %c, Type %d",
	  KAMAILIO_KEEPALIVE, 0, OUT, SV_OPTIONS, 0, NULL },
	{ 0 },
};
/* clang-format on */

#define ROWS (sizeof(rows) / sizeof(rows[0]) - 1)
_Static_assert(ROWS <= KAMAILIO_SCRIPTS, "a place for each pattern");

void
kamailio_script_begin(struct kamailio_state *st)
{
	for (size_t i = ROWS; i-- > 0;) {
		uint8_t *first = &st->scripts[rows[i].pattern[0] & 127];
		st->next_script[i] = *first;
		*first = (uint8_t)(i + 1);
	}
}

/** The row behind `i` (both from 1) that begins with the same byte, 0: none. A saved
 *  state is not trusted to go forward. */
static inline size_t
next_row(const struct kamailio_state *st, size_t i)
{
	size_t next = st->next_script[i - 1];

	return next > i && next <= ROWS ? next : 0;
}

static inline size_t
first_row(const struct kamailio_state *st, char c)
{
	size_t i = (unsigned char)c < sizeof(st->scripts) ? st->scripts[(size_t)c] : 0;

	return i <= ROWS ? i : 0;
}

/** Most rows of a first byte differ from the message in the second one. */
static inline bool
second_fits(const struct kamailio_row *row, struct sv_str message)
{
	char c = row->pattern[1];

	return row->pattern[0] == '%' || c == '%' ||
	       (message.len > 1 && message.ptr[1] == c);
}

/** The first row that fits of those whose pattern begins with this byte. */
static bool
rows_fit(char first, const struct kamailio_line *line, const struct kamailio_head *head,
	 struct kamailio_reading *reading)
{
	const struct kamailio_state *st = line->state;

	for (size_t i = first_row(st, first); i; i = next_row(st, i)) {
		if (second_fits(&rows[i - 1], head->message) &&
		    kamailio_row_fits(&rows[i - 1], line, head, reading)) {
			reading->unsure = st->misfits[(i - 1) / 64] >> (i - 1) % 64 & 1;
			return true;
		}
	}
	return false;
}

/** This script writes lines that begin like a pattern and are none of its kind: then its
 *  own pattern may be a shorter one, and what stands behind a caller's text. */
static void
note_misfits(const struct kamailio_line *line, const struct kamailio_head *head)
{
	if (line->n_heads > 1 || line->doubtful)
		return;
	struct kamailio_state *st = line->state;
	for (size_t i = first_row(st, head->message.ptr[0]); i; i = next_row(st, i))
		if (second_fits(&rows[i - 1], head->message) &&
		    kamailio_row_begins(&rows[i - 1], head->message))
			st->misfits[(i - 1) / 64] |= UINT64_C(1) << (i - 1) % 64;
}

enum kamailio_way
kamailio_script_read(const struct kamailio_line *line, const struct kamailio_head *head,
		     struct kamailio_reading *reading)
{
	if (!head->message.len)
		return KAMAILIO_OPEN;
	if (rows_fit(head->message.ptr[0], line, head, reading) ||
	    rows_fit('%', line, head, reading))
		return KAMAILIO_FITS;
	note_misfits(line, head);
	return KAMAILIO_OPEN;
}

bool
kamailio_script_probe(struct sv_str text)
{
	for (const struct kamailio_row *row = rows; row->pattern; row++) {
		size_t literal = strcspn(row->pattern, "%");
		if (literal >= 10 && str_starts(text, str_make(row->pattern, literal)))
			return true;
	}
	return false;
}
