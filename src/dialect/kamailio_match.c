/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/kamailio_line.h"

#include "base/address.h"
#include "sip/outcome.h"

/** Places tried for one message and pattern. A hostile text has more: then its reading
 *  is in doubt, and that is all. */
#define STEPS_MAX 4096
/** No address with brackets, zone and port is longer. */
#define ADDRESS_MAX 64

/** What the fields of one way to match hold. A way sets all fields of its pattern. */
struct fields {
	struct sv_ip ip;
	uint16_t port, code;
	enum sv_transport transport;
	struct sv_str method, peer;
	struct sv_str known_call_id;
	struct sv_claims claim;
};

struct match {
	struct fields now;   /* of the way being tried */
	struct fields first; /* of the first way */
	unsigned ways, steps;
	bool doubt;
};

/** What bytes may stand in: an address with port, a number, a token (RFC 3261), a word. */
enum { A = 1, D = 2, T = 4, W = 8 };

/* clang-format off */
static const uint8_t classes[256] = {
	['!'] = T | W,  ['"' ... '$'] = W,      ['%'] = T | W,  ['&'] = W,
	['\''] = T | W, ['(' ... ')'] = W,      ['*' ... '+'] = T | W,
	[','] = W,      ['-'] = T | W,          ['.'] = A | T | W,
	['/'] = W,      ['0' ... '9'] = A | D | T | W,
	[':'] = A | W,  [';' ... '@'] = W,
	['A' ... 'F'] = A | T | W,              ['G' ... 'Z'] = T | W,
	['['] = A | W,  ['\\'] = W,             [']'] = A | W,  ['^'] = W,
	['_'] = T | W,  ['`'] = T | W,
	['a' ... 'f'] = A | T | W,              ['g' ... 'z'] = T | W,
	['{' ... '}'] = W,                      ['~'] = T | W,  [0x7f] = W,
};
/* clang-format on */

/** Class of the bytes that a field holds, 0 if it holds any. */
static inline uint8_t
field_class(char kind)
{
	switch (kind) {
	case 'a':
	case 'b':
		return A;
	case 'c':
	case 'd':
	case 't':
		return D;
	case 'm':
		return T;
	case 'w':
		return W;
	default:
		return 0;
	}
}

static inline bool
is_of(uint8_t class, char c)
{
	return classes[(unsigned char)c] & class;
}

static inline bool
field_holds(char kind, char c)
{
	uint8_t class = field_class(kind);

	return !class || is_of(class, c) || (kind == 'd' && c == '-');
}

/** The longest text from the start of `text` on that this kind of field may hold. */
static inline size_t
field_reach(char kind, struct sv_str text)
{
	uint8_t class = field_class(kind);
	size_t n = 0, max = text.len;

	if (!class)
		return max;
	if (class == A && max > ADDRESS_MAX)
		max = ADDRESS_MAX;
	if (kind == 'd' && max && text.ptr[0] == '-')
		n++;
	while (n < max && is_of(class, text.ptr[n]))
		n++;
	return n;
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
		f->port = 0;
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
add_way(struct match *m)
{
	if (m->ways++ == 0)
		m->first = m->now;
	else if (!address_equal(&m->first.ip, &m->now.ip) ||
		 m->first.code != m->now.code)
		m->doubt = true;
}

static inline size_t
literal_length(const char *pattern)
{
	size_t n = 0;

	while (pattern[n] && pattern[n] != '%')
		n++;
	return n;
}

static void try_from(struct match *m, const char *pattern, struct sv_str text);

/** One more place for a field's end. False: enough were tried. */
static inline bool
count_step(struct match *m)
{
	if (++m->steps <= STEPS_MAX)
		return true;
	m->doubt = true;
	return false;
}

/** Where the field must end, if there is one place alone: it holds nothing like the
 *  literal behind it, or that one ends the text. */
static inline bool
only_end(char kind, struct sv_str next, bool last, struct sv_str text, size_t *ret_end)
{
	if (!next.len || !field_holds(kind, next.ptr[0]))
		*ret_end = field_reach(kind, text);
	else if (last && text.len >= next.len)
		*ret_end = text.len - next.len;
	else
		return false;
	return true;
}

/** The field ends where the pattern's next literal begins: everywhere it does. */
static void
try_ends(struct match *m, const char *field, struct sv_str text, struct sv_str next)
{
	size_t reach = field_reach(field[1], text);

	for (size_t end = 0; end <= reach; end++) {
		size_t at = str_find(
			str_upto(str_from(text, end), reach - end + next.len), next);
		if (at == STR_NONE)
			return;
		end += at;
		if (!count_step(m))
			return;
		if (take_field(field[1], str_upto(text, end), &m->now))
			try_from(m, field + 2, str_from(text, end));
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
try_from(struct match *m, const char *pattern, struct sv_str text)
{
	for (;;) {
		size_t literal = literal_match(pattern, text), end;
		if (literal == STR_NONE)
			return;
		text = str_from(text, literal);
		pattern += literal;
		if (!*pattern) {
			if (!text.len)
				add_way(m);
			return;
		}
		struct sv_str next = str_make(pattern + 2, literal_length(pattern + 2));
		bool last = !pattern[2 + next.len];
		if (!only_end(pattern[1], next, last, text, &end)) {
			try_ends(m, pattern, text, next);
			return;
		}
		if (!count_step(m) ||
		    !take_field(pattern[1], str_upto(text, end), &m->now))
			return;
		text = str_from(text, end);
		pattern += 2;
	}
}

/** False: the message has not this shape. */
static bool
match_all(struct match *m, const char *pattern, struct sv_str message,
	  struct sv_str known_call_id)
{
	m->now = (struct fields){ .known_call_id = known_call_id };
	m->ways = m->steps = 0;
	m->doubt = false;
	try_from(m, pattern, message);
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

/** The field that a pattern goes on with may begin so. */
static inline bool
field_begins(const char *pattern, struct sv_str text)
{
	if (pattern[0] != '%' || !field_class(pattern[1]) || pattern[1] == 'w')
		return true; /* may be empty */
	return text.len && field_holds(pattern[1], text.ptr[0]);
}

/** The literal text of a pattern and the start of the field behind it. */
static inline bool
literal_begins(const char *pattern, struct sv_str text)
{
	size_t literal = literal_match(pattern, text);

	return literal != STR_NONE &&
	       field_begins(pattern + literal, str_from(text, literal));
}

/** Most messages differ from most patterns in their first byte, in the text before the
 *  first field or in the first byte of that. */
static bool
may_match(const char *pattern, struct sv_str message)
{
	if (!message.len)
		return false;
	if (pattern[0] != '%')
		return message.ptr[0] == pattern[0] && literal_begins(pattern, message);
	if (pattern[1] == 'c')
		return is_of(D, message.ptr[0]);
	/* a word, and what stands behind it */
	size_t reach = field_reach(pattern[1], message);
	return literal_begins(pattern + 2, str_from(message, reach)) ||
	       field_holds(pattern[1], pattern[2]);
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
