/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of the language that an alert has. A field that a rule counts by has the
 * same name as in an event; text it is here, since a key is told as text. */
#include "expr/field.h"

#include "sip/outcome.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct expr_field table[] = {
	{ "rule", "name of the rule", EXPR_BY_HOST, false },
	{ "ruleset", "default, or the file that the rule stands in", EXPR_BY_HOST,
	  false },
	{ "service", "Nagios service of the rule", EXPR_BY_HOST, false },
	{ "severity", "warning, critical, unknown; of an end: what it was",
	  EXPR_DERIVED, false },
	{ "technique", "MITRE ATT&CK technique of the rule", EXPR_BY_HOST, false },
	{ "time", "event time of the transition", EXPR_BY_HOST, false },
	{ "peer", "trunk, endpoint or gateway as configured, if one", EXPR_BY_PBX,
	  false },
	{ "peer_ip", "address, if one; = takes networks: 192.0.2.0/24", EXPR_BY_PBX,
	  false },
	{ "host", "the host that logged, if it was one", EXPR_BY_HOST, false },
	{ "leg", "in: they asked us; out: we asked them; none", EXPR_BY_PBX, false },
	{ "method", "request method: REGISTER, INVITE, …", EXPR_BY_PBX, false },
	{ "code", "the most frequent SIP code, 0 without one", EXPR_BY_PBX, false },
	{ "attribution", "certain, or forgeable where the address is in doubt",
	  EXPR_DERIVED, false },
	{ "source", "input, where the rule counts by it", EXPR_BY_HOST, false },
	{ "pbx", "dialect, where the rule counts by it", EXPR_DERIVED, false },
	{ "role", "role of the peer, where the rule counts by it", EXPR_BY_PBX, false },
	{ "transport", "udp, tcp, …, where the rule counts by it", EXPR_BY_PBX, false },
	{ "outcome", "outcome, where the rule counts by it", EXPR_DERIVED, false },
	{ "category", "cause category, where the rule counts by it", EXPR_DERIVED,
	  false },
	{ "prefix", "network, where the rule counts by it: '203.0.113.0/24'",
	  EXPR_BY_PBX, false },
	{ "account", "peer or user, where the rule counts by it", EXPR_CLAIM, false },
	{ "user", "user name, where the rule counts by it", EXPR_CLAIM, false },
	{ "dst", "number asked for, where the rule counts by it", EXPR_CLAIM, false },
	{ "ua", "user agent, where the rule counts by it", EXPR_CLAIM, false },
};

static const char *
severity_word(unsigned v)
{
	static const char *const words[] = { "ok", "warning", "critical", "unknown" };

	return v < COUNT(words) ? words[v] : "";
}

#define AT(member) offsetof(struct expr_alert, member)

static const struct field info[] = {
	{ FIELD_TEXT, AT(rule), NULL },
	{ FIELD_TEXT, AT(ruleset), NULL },
	{ FIELD_TEXT, AT(service), NULL },
	{ FIELD_ENUM, AT(severity), severity_word },
	{ FIELD_TEXT, AT(technique), NULL },
	{ FIELD_TIME, AT(event.time), NULL },
	{ FIELD_TEXT, AT(event.peer), NULL },
	{ FIELD_IP, AT(event.peer_ip), NULL },
	{ FIELD_TEXT, AT(event.host), NULL },
	{ FIELD_ENUM, AT(event.leg), field_leg_word },
	{ FIELD_ENUM, AT(event.method), field_method_word },
	{ FIELD_U16, AT(event.code), NULL },
	{ FIELD_ENUM, AT(event.attribution), field_attribution_word },
	{ FIELD_TEXT, AT(source), NULL },
	{ FIELD_TEXT, AT(event.pbx), NULL },
	{ FIELD_TEXT, AT(event.role), NULL },
	{ FIELD_TEXT, AT(transport), NULL },
	{ FIELD_TEXT, AT(outcome), NULL },
	{ FIELD_TEXT, AT(event.category), NULL },
	{ FIELD_TEXT, AT(prefix), NULL },
	{ FIELD_TEXT, AT(account), NULL },
	{ FIELD_TEXT, AT(event.claim.user), NULL },
	{ FIELD_TEXT, AT(event.claim.dst), NULL },
	{ FIELD_TEXT, AT(event.claim.ua), NULL },
};
_Static_assert(COUNT(info) == COUNT(table), "one row of info for each field");

const struct field_set field_set_alerts = { table, info, COUNT(table) };

const struct expr_field *
expr_alert_fields(size_t *ret_n)
{
	*ret_n = COUNT(table);
	return table;
}

struct sv_str *
expr_alert_text(struct expr_alert *alert, struct sv_str name)
{
	const char *hint;
	const struct expr_field *field = field_find(&field_set_alerts, name, &hint);

	if (!field || info[field - table].kind != FIELD_TEXT)
		return NULL;
	return (struct sv_str *)(void *)((char *)alert + info[field - table].offset);
}
