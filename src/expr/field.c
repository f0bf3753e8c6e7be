/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/field.h"

#include "base/address.h"
#include "base/text.h"
#include "sip/outcome.h"

#include <stdio.h>
#include <time.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define PREFIX_BITS_V4 24u
#define PREFIX_BITS_V6 64u
#define DIAL_DIGITS 4u

_Static_assert(offsetof(struct sv_origin, source) == 0,
	       "the source of an event is read at the offset of its records");

static const struct expr_field table[] = {
	{ "time", "event time: '2026-11-22T09:31:07Z', UTC unless a zone is given",
	  EXPR_BY_HOST, false },
	{ "source", "the input as named, e.g. file:messages", EXPR_BY_HOST, true },
	{ "host", "the host that logged", EXPR_BY_HOST, true },
	{ "pbx", "dialect: asterisk, kamailio, …", EXPR_DERIVED, true },
	{ "service", "door of the PBX: sip, iax2, manager, http", EXPR_BY_PBX, true },
	{ "leg", "in: they asked us; out: we asked them; none", EXPR_BY_PBX, true },
	{ "method", "request method: REGISTER, INVITE, …", EXPR_BY_PBX, true },
	{ "code", "final SIP code, 0 without one; 4xx means 400 to 499", EXPR_BY_PBX,
	  true },
	{ "q850", "Q.850 cause, 0 without one", EXPR_BY_PBX, true },
	{ "outcome", "what came of the attempt: rejected, busy, timeout, ok, …",
	  EXPR_DERIVED, true },
	{ "failure", "true when the outcome is a failed attempt", EXPR_DERIVED, false },
	{ "count", "attempts that the event stands for", EXPR_BY_PBX, false },
	{ "peer_ip", "address of the remote party; = takes networks: 192.0.2.0/24",
	  EXPR_BY_PBX, true },
	{ "peer_port", "its port, 0 = not told", EXPR_BY_PBX, false },
	{ "transport", "udp, tcp, tls, ws, wss, sctp", EXPR_BY_PBX, true },
	{ "attribution", "certain, or forgeable where the address is in doubt",
	  EXPR_DERIVED, true },
	{ "peer", "trunk, endpoint or gateway as configured", EXPR_BY_PBX, true },
	{ "role", "role of the configured peer, e.g. trunk", EXPR_BY_PBX, true },
	{ "user", "user name that the other side gave", EXPR_CLAIM, true },
	{ "dst", "number or name that was asked for", EXPR_CLAIM, true },
	{ "ua", "user agent", EXPR_CLAIM, true },
	{ "call_id", "Call-ID", EXPR_CLAIM, true },
	{ "phrase", "reason phrase", EXPR_CLAIM, true },
	{ "category",
	  "cause category: credentials, funds, codec, …; of a gap its kind: "
	  "suppressed, lost, silent, …",
	  EXPR_DERIVED, true },
	{ "prefix",
	  "network of peer_ip: IPv4 /24, IPv6 /64, others as prefix(16, 48); for `by` "
	  "and values alone",
	  EXPR_BY_PBX, true },
	{ "account", "peer, or without one user; for `by` and values alone", EXPR_CLAIM,
	  true },
	{ "dst_prefix",
	  "first digits of dst without its +: four, others as dst_prefix(6); for `by` "
	  "and values alone",
	  EXPR_CLAIM, true },
};

/* the name functions take different enums: one shape for the table */
static const char *
service_word(unsigned v)
{
	return service_name((enum sv_service)v);
}

const char *
field_leg_word(unsigned v)
{
	return leg_name((enum sv_leg)v);
}

const char *
field_method_word(unsigned v)
{
	return method_name((enum sv_method)v);
}

static const char *
outcome_word(unsigned v)
{
	return outcome_name((enum sv_outcome)v);
}

static const char *
transport_word(unsigned v)
{
	return transport_name((enum sv_transport)v);
}

const char *
field_attribution_word(unsigned v)
{
	return attribution_name((enum sv_attribution)v);
}

#define AT(member) offsetof(struct sv_event, member)

static const struct field info[] = {
	{ FIELD_TIME, AT(time), NULL },
	{ FIELD_TEXT, AT(records), NULL },
	{ FIELD_TEXT, AT(host), NULL },
	{ FIELD_TEXT, AT(pbx), NULL },
	{ FIELD_ENUM, AT(service), service_word },
	{ FIELD_ENUM, AT(leg), field_leg_word },
	{ FIELD_ENUM, AT(method), field_method_word },
	{ FIELD_U16, AT(code), NULL },
	{ FIELD_U16, AT(q850), NULL },
	{ FIELD_ENUM, AT(outcome), outcome_word },
	{ FIELD_BOOL, AT(outcome), NULL },
	{ FIELD_U32, AT(count), NULL },
	{ FIELD_IP, AT(peer_ip), NULL },
	{ FIELD_U16, AT(peer_port), NULL },
	{ FIELD_ENUM, AT(transport), transport_word },
	{ FIELD_ENUM, AT(attribution), field_attribution_word },
	{ FIELD_TEXT, AT(peer), NULL },
	{ FIELD_TEXT, AT(role), NULL },
	{ FIELD_TEXT, AT(claim.user), NULL },
	{ FIELD_TEXT, AT(claim.dst), NULL },
	{ FIELD_TEXT, AT(claim.ua), NULL },
	{ FIELD_TEXT, AT(claim.call_id), NULL },
	{ FIELD_TEXT, AT(claim.phrase), NULL },
	{ FIELD_TEXT, AT(category), NULL },
	{ FIELD_PREFIX, AT(peer_ip), NULL },
	{ FIELD_ACCOUNT, AT(peer), NULL },
	{ FIELD_DIAL, AT(claim.dst), NULL },
};
_Static_assert(COUNT(info) == COUNT(table), "one row of info for each field");

const struct expr_field *
expr_fields(size_t *ret_n)
{
	*ret_n = COUNT(table);
	return table;
}

const struct field_set field_set_events = { table, info, COUNT(table) };

size_t
field_index(const struct expr_field *field)
{
	return field->copy_of ? field->copy_of - 1u : (size_t)(field - table);
}

const struct field *
field_info(const struct expr_field *field)
{
	uintptr_t at = (uintptr_t)field - (uintptr_t)table;

	/* One of two tables, or a variant of one of events: no other has been given out. */
	if (field->copy_of || at < sizeof(table))
		return &info[field_index(field)];
	return &field_set_alerts.info[field - field_set_alerts.fields];
}

const struct expr_field *
field_find(const struct field_set *set, struct sv_str name, const char **ret_hint)
{
	size_t best = name.len / 3 + 2; /* a third of the letters may be wrong */

	*ret_hint = NULL;
	for (size_t i = 0; i < set->n; i++) {
		struct sv_str known = str_of(set->fields[i].name);
		if (str_eq(name, known))
			return &set->fields[i];
		size_t away = str_distance(name, known, best);
		if (away < best && away < known.len) {
			best = away;
			*ret_hint = set->fields[i].name;
		}
	}
	return NULL;
}

const struct expr_field *
expr_field_find(struct sv_str name, const char **ret_hint)
{
	return field_find(&field_set_events, name, ret_hint);
}

static struct sv_str
time_text(sv_usec time, char *buf, size_t buf_bytes)
{
	time_t sec = (time_t)(time / SV_USEC_PER_SEC);
	struct tm tm;
	char date[24];

	if (time == 0 || !gmtime_r(&sec, &tm) ||
	    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		return (struct sv_str){ buf, 0 };
	int n = snprintf(buf, buf_bytes, "%s.%06uZ", date,
			 (unsigned)(time % SV_USEC_PER_SEC));
	return str_make(buf, n > 0 && (size_t)n < buf_bytes ? (size_t)n : 0);
}

static struct sv_str
number_text(unsigned v, char *buf, size_t buf_bytes)
{
	int n = v ? snprintf(buf, buf_bytes, "%u", v) : 0;

	return str_make(buf, n > 0 && (size_t)n < buf_bytes ? (size_t)n : 0);
}

/* Of some attempts the log names the endpoint that the PBX has found, of others only
 * the user that was given: the same account, whatever a peer section calls it. */
static struct sv_str
account_of(const struct sv_event *event)
{
	if (event->account.len)
		return event->account;
	return event->peer.len ? event->peer : event->claim.user;
}

/** Length of the prefix of an address. */
static unsigned
bits_of(const struct expr_field *field, const struct sv_ip *ip)
{
	if (ip->family == 4)
		return field->number[0] ? field->number[0] : PREFIX_BITS_V4;
	return field->number[1] ? field->number[1] : PREFIX_BITS_V6;
}

static struct sv_ip
network_of(const struct expr_field *field, const struct sv_ip *ip)
{
	return address_mask(ip, bits_of(field, ip));
}

/** What is dialled first: digits, * and #. Of a name nothing. */
static struct sv_str
dial_of(const struct expr_field *field, const struct sv_event *event)
{
	struct sv_str dst = event->claim.dst;
	size_t most = field->number[0] ? field->number[0] : DIAL_DIGITS, n = 0;

	if (dst.len && dst.ptr[0] == '+')
		dst = str_from(dst, 1);
	while (n < dst.len && n < most && dst.ptr[n] &&
	       strchr("0123456789*#", dst.ptr[n]))
		n++;
	return str_upto(dst, n);
}

/** `bits` of a network; 0 = an address. */
static struct sv_str
address_text(const struct sv_ip *ip, unsigned bits, char *buf, size_t buf_bytes)
{
	char text[ADDRESS_TEXT_BYTES];

	if (address_print(ip, text) == 0)
		return str_make(buf, 0);
	int n = bits ? snprintf(buf, buf_bytes, "%s/%u", text, bits)
		     : snprintf(buf, buf_bytes, "%s", text);
	return str_make(buf, n > 0 && (size_t)n < buf_bytes ? (size_t)n : 0);
}

struct sv_str
expr_field_text(const struct expr_field *field, const struct sv_event *event, char *buf,
		size_t buf_bytes)
{
	const struct field *f = field_info(field);
	struct sv_ip ip;

	switch (f->kind) {
	case FIELD_ENUM:
		return str_of(f->word(field_u32(event, f->offset)));
	case FIELD_U16:
		return number_text(field_u16(event, f->offset), buf, buf_bytes);
	case FIELD_U32:
		return number_text(field_u32(event, f->offset), buf, buf_bytes);
	case FIELD_TIME:
		return time_text(event->time, buf, buf_bytes);
	case FIELD_TEXT:
		return field_text(event, f->offset);
	case FIELD_IP:
		return address_text(&event->peer_ip, 0, buf, buf_bytes);
	case FIELD_BOOL:
		return outcome_is_failure(event->outcome) ? SV_STR("true")
							  : SV_STR("false");
	case FIELD_PREFIX:
		ip = network_of(field, &event->peer_ip);
		return address_text(&ip, bits_of(field, &ip), buf, buf_bytes);
	case FIELD_ACCOUNT:
		return account_of(event);
	case FIELD_DIAL:
		return dial_of(field, event);
	}
	return str_make(buf, 0);
}

static struct sv_str
ip_key(const struct sv_ip *ip, char *buf)
{
	size_t n = ip->family == 4 ? 4 : ip->family == 6 ? 16 : 0;

	memcpy(buf, ip->bytes, n);
	return str_make(buf, n);
}

struct sv_str
expr_field_key(const struct expr_field *field, const struct sv_event *event,
	       char buf[EXPR_KEY_BYTES])
{
	const struct field *f = field_info(field);
	struct sv_ip ip;
	uint32_t v;

	switch (f->kind) {
	case FIELD_ENUM:
		v = field_u32(event, f->offset);
		buf[0] = (char)v;
		return str_make(buf, v != 0);
	case FIELD_U16:
		v = field_u16(event, f->offset);
		memcpy(buf, &v, 2);
		return str_make(buf, v ? 2 : 0);
	case FIELD_U32:
		v = field_u32(event, f->offset);
		memcpy(buf, &v, 4);
		return str_make(buf, v ? 4 : 0);
	case FIELD_TIME:
		memcpy(buf, &event->time, sizeof(event->time));
		return str_make(buf, event->time ? sizeof(event->time) : 0);
	case FIELD_TEXT:
		return str_upto(field_text(event, f->offset), SV_CLAIM_MAX_BYTES);
	case FIELD_IP:
		return ip_key(&event->peer_ip, buf);
	case FIELD_BOOL:
		buf[0] = 1;
		return str_make(buf, outcome_is_failure(event->outcome));
	case FIELD_PREFIX:
		ip = network_of(field, &event->peer_ip);
		return ip_key(&ip, buf);
	case FIELD_DIAL:
		return dial_of(field, event);
	case FIELD_ACCOUNT:
		return str_upto(account_of(event), SV_CLAIM_MAX_BYTES);
	}
	return str_make(buf, 0);
}

static uint32_t
key_number(struct sv_str key)
{
	uint32_t v = 0;

	memcpy(&v, key.ptr, key.len < sizeof(v) ? key.len : sizeof(v));
	return v;
}

struct sv_str
expr_key_text(const struct expr_field *field, struct sv_str key, char *buf,
	      size_t buf_bytes)
{
	const struct field *f = field_info(field);
	struct sv_ip ip = { 0 };
	sv_usec time = 0;

	if (f->kind == FIELD_ENUM) /* 0 is a word in some lists */
		return str_of(f->word(key.len ? (unsigned char)key.ptr[0] : 0));
	if (key.len == 0 || f->kind == FIELD_TEXT || f->kind == FIELD_ACCOUNT ||
	    f->kind == FIELD_DIAL)
		return key;
	switch (f->kind) {
	case FIELD_U16:
	case FIELD_U32:
		return number_text(key_number(key), buf, buf_bytes);
	case FIELD_TIME:
		memcpy(&time, key.ptr, key.len < sizeof(time) ? key.len : sizeof(time));
		return time_text(time, buf, buf_bytes);
	case FIELD_ENUM:
	case FIELD_TEXT:
	case FIELD_ACCOUNT:
	case FIELD_DIAL:
		break;
	case FIELD_BOOL:
		return SV_STR("true");
	case FIELD_IP:
	case FIELD_PREFIX:
		ip.family = key.len == 4 ? 4 : 6;
		memcpy(ip.bytes, key.ptr, key.len < 16 ? key.len : 16);
		return address_text(&ip,
				    f->kind == FIELD_PREFIX ? bits_of(field, &ip) : 0,
				    buf, buf_bytes);
	}
	return key;
}
