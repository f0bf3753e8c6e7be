/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/kamailio_line.h"

#include "base/address.h"
#include "sip/outcome.h"

#include <ctype.h>

/** Places tried for one message and pattern. A hostile text has more: then its reading
 *  is in doubt, and that is all. */
#define STEPS_MAX 4096
/** No address with brackets, zone and port is longer. */
#define ADDRESS_MAX 64

/** What the fields of one way to match hold. */
struct fields {
	struct sv_ip ip;
	uint16_t port, code;
	enum sv_transport transport;
	struct sv_str method, peer;
	struct sv_str known_call_id;
	struct sv_claims claim;
};

struct match {
	struct fields first; /* of the first way */
	unsigned ways, steps;
	bool doubt;
};

static bool
is_address_char(char c)
{
	return isxdigit((unsigned char)c) || c == '.' || c == ':' || c == '[' ||
	       c == ']';
}

static bool
is_token_char(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("-.!%*_+`'~", c));
}

/** The longest text from the start of `text` on that this kind of field may hold. */
static size_t
field_reach(char kind, struct sv_str text)
{
	size_t n = 0, max = text.len;

	switch (kind) {
	case 'a':
	case 'b':
		max = max < ADDRESS_MAX ? max : ADDRESS_MAX;
		while (n < max && is_address_char(text.ptr[n]))
			n++;
		return n;
	case 'c':
	case 'd':
	case 't':
		if (n < max && text.ptr[n] == '-' && kind == 'd')
			n++;
		while (n < max && isdigit((unsigned char)text.ptr[n]))
			n++;
		return n;
	case 'm':
		while (n < max && is_token_char(text.ptr[n]))
			n++;
		return n;
	case 'w':
		while (n < max && text.ptr[n] > ' ')
			n++;
		return n;
	default:
		return max;
	}
}

/** "192.0.2.1:5060", "2001:db8::1:5060", "[2001:db8::1]:5060". */
static bool
take_address_port(struct sv_str text, struct fields *f)
{
	size_t colon = str_find_last(text, SV_STR(":"));
	uint64_t port;

	if (colon == STR_NONE || text.len - colon < 2 || text.len - colon > 6)
		return false;
	struct sv_str digits = str_from(text, colon + 1);
	if (str_take_u64(digits, &port) != digits.len || port == 0 || port > UINT16_MAX)
		return false;
	if (!address_parse(str_upto(text, colon), &f->ip))
		return false;
	f->port = (uint16_t)port;
	return true;
}

static bool
is_number(struct sv_str text)
{
	uint64_t number;

	if (text.len && text.ptr[0] == '-')
		text = str_from(text, 1);
	return text.len && text.len <= 9 && str_take_u64(text, &number) == text.len;
}

static bool
take_transport(struct sv_str text, struct fields *f)
{
	static const enum sv_transport numbers[] = {
		SV_TRANSPORT_UNKNOWN, SV_UDP, SV_TCP, SV_TLS, SV_SCTP, SV_WS, SV_WSS
	};
	uint64_t number;

	if (str_take_u64(text, &number) != text.len || !text.len ||
	    number >= sizeof(numbers) / sizeof(numbers[0]))
		return false;
	f->transport = numbers[number];
	return true;
}

/** False: what stands there cannot be this field. */
static bool
take_field(char kind, struct sv_str text, struct fields *f)
{
	uint64_t code;

	switch (kind) {
	case 'a':
		return take_address_port(text, f) || address_parse(text, &f->ip);
	case 'b':
		return take_address_port(text, f);
	case 'c':
		if (text.len != 3 || str_take_u64(text, &code) != 3 || code < 100 ||
		    code > 699)
			return false;
		f->code = (uint16_t)code;
		return true;
	case 'd':
		return is_number(text);
	case 't':
		return take_transport(text, f);
	case 'm':
		f->method = text;
		return text.len != 0;
	case 'p':
		f->peer = kamailio_claim(text);
		return text.len != 0;
	case 'u':
		f->claim.user = kamailio_claim(text);
		return true;
	case 'x':
		f->claim.dst = kamailio_claim(text);
		return true;
	case 'i':
		if (f->known_call_id.len && !str_eq(text, f->known_call_id))
			return false;
		f->claim.call_id = text; /* whole: it is hashed */
		return true;
	case 'h':
		f->claim.phrase = kamailio_claim(text);
		return true;
	case 'g':
		f->claim.ua = kamailio_claim(text);
		return true;
	default: /* 's', 'w' */
		return true;
	}
}

static void
add_way(struct match *m, const struct fields *f)
{
	if (m->ways++ == 0)
		m->first = *f;
	else if (!address_equal(&m->first.ip, &f->ip) || m->first.code != f->code)
		m->doubt = true;
}

static void try_from(struct match *m, const char *pattern, struct sv_str text,
		     const struct fields *f);

/** The field ends where the pattern's next literal begins: everywhere it does. */
static void
try_field(struct match *m, const char *pattern, struct sv_str text,
	  const struct fields *f)
{
	char kind = pattern[1];
	size_t reach = field_reach(kind, text);

	pattern += 2;
	size_t literal = strcspn(pattern, "%");
	struct sv_str next = str_make(pattern, literal);
	for (size_t end = literal ? 0 : reach;; end++) {
		struct fields with = *f;
		if (literal) {
			size_t at = str_find(
				str_upto(str_from(text, end), reach - end + literal),
				next);
			if (at == STR_NONE)
				return;
			end += at;
		}
		if (++m->steps > STEPS_MAX) {
			m->doubt = true;
			return;
		}
		if (take_field(kind, str_upto(text, end), &with))
			try_from(m, pattern, str_from(text, end), &with);
		if (end >= reach)
			return;
	}
}

/** Bytes of the pattern's literal text up to its next field, STR_NONE if the text does
 *  not begin so. */
static inline size_t
literal_match(const char *pattern, struct sv_str text)
{
	size_t n = 0;

	for (; pattern[n] && pattern[n] != '%'; n++)
		if (n == text.len || text.ptr[n] != pattern[n])
			return STR_NONE;
	return n;
}

static void
try_from(struct match *m, const char *pattern, struct sv_str text,
	 const struct fields *f)
{
	size_t literal = literal_match(pattern, text);

	if (literal == STR_NONE)
		return;
	text = str_from(text, literal);
	pattern += literal;
	if (*pattern)
		try_field(m, pattern, text, f);
	else if (!text.len)
		add_way(m, f);
}

/** False: the message has not this shape. */
static bool
match_all(struct match *m, const char *pattern, struct sv_str message,
	  struct sv_str known_call_id)
{
	struct fields none = { .known_call_id = known_call_id };

	m->ways = m->steps = 0;
	m->doubt = false;
	try_from(m, pattern, message, &none);
	return m->ways != 0;
}

static void
fill(struct sv_event *ev, const struct fields *f)
{
	ev->peer_ip = f->ip;
	ev->peer_port = f->port;
	ev->transport = f->transport;
	ev->peer = f->peer;
	ev->claim = f->claim;
	if (f->code)
		ev->code = f->code;
	if (f->method.len)
		ev->method = method_of(f->method);
}

/** Most messages differ from most patterns in their first byte, or in the text before
 *  the first field. */
static bool
may_match(const char *pattern, struct sv_str message)
{
	if (!message.len)
		return false;
	if (pattern[0] != '%')
		return message.ptr[0] == pattern[0] &&
		       literal_match(pattern, message) != STR_NONE;
	return pattern[1] != 'c' || isdigit((unsigned char)message.ptr[0]);
}

bool
kamailio_row_begins(const struct kamailio_row *row, struct sv_str message)
{
	size_t literal = literal_match(row->pattern, message);

	return literal != STR_NONE && literal > 0;
}

bool
kamailio_row_fits(const struct kamailio_row *row, const struct kamailio_line *line,
		  const struct kamailio_head *head, struct kamailio_reading *reading)
{
	struct sv_event *ev = &reading->event;
	struct match m;

	if (!may_match(row->pattern, head->message) ||
	    !match_all(&m, row->pattern, head->message, head->call_id))
		return false;
	kamailio_event(line, row->template_id, ev);
	ev->leg = row->leg;
	ev->method = row->method;
	ev->code = row->code;
	ev->outcome = row->outcome;
	fill(ev, &m.first);
	size_t tail = strlen(row->pattern) - 1;
	reading->row = row;
	reading->doubt = m.doubt;
	reading->closed =
		row->pattern[tail - 1] != '%' || strchr("abcdmwt", row->pattern[tail]);
	return true;
}

bool
kamailio_rows(const struct kamailio_row *row, const struct kamailio_line *line,
	      const struct kamailio_head *head, struct kamailio_reading *reading)
{
	for (; row->pattern; row++)
		if (kamailio_row_fits(row, line, head, reading))
			return true;
	return false;
}
