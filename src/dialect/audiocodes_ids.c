/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The intrusion detection system of AudioCodes: a word for each event, an alarm when a
 * rule's threshold is crossed, a note when an address is banned. Names in these texts
 * are the administrator's, addresses the box's; no caller's text is in them.
 */
#include "dialect/audiocodes_line.h"

#include "base/address.h"
#include "sip/outcome.h"

#include <ctype.h>

/** A threshold stands for so many attempts at most. */
#define COUNT_MAX 10000

/** Words of events (user's manual, "Types of Malicious Events and Syslog Text String"). */
static const struct {
	const char *word;
	enum sv_outcome outcome;
} events[] = {
	{ "abuse-tls-auth-fail", SV_ERROR },
	{ "abuse-websocket-fail", SV_ERROR },
	{ "malformed-invalid-msg-len", SV_MALFORMED },
	{ "malformed-parse-error", SV_MALFORMED },
	{ "malformed-message-policy", SV_MALFORMED },
	{ "malformed-miss-header", SV_MALFORMED },
	{ "malformed-miss-content-len", SV_MALFORMED },
	{ "malformed-header-overflow", SV_MALFORMED },
	{ "auth-establish-fail", SV_REJECTED },
	{ "auth-reject-response", SV_REJECTED },
	{ "establish-classify-fail", SV_ACL },
	{ "establish-route-fail", SV_NOTFOUND },
	{ "establish-local-reject", SV_REFUSED },
	{ "establish-remote-reject", SV_REFUSED },
	{ "establish-malicious-signature-db-reject", SV_ACL },
	{ "establish-cac-reject", SV_BLOCKED },
	{ "flow-no-match-tu", SV_CANCELED },
	{ "flow-no-match-transaction", SV_CANCELED },
};

/** Rules of a policy, as alarms name their reasons. */
static const struct {
	const char *begin;
	enum sv_outcome outcome;
} reasons[] = {
	{ "Connection abuse", SV_ERROR },
	{ "Malformed message", SV_MALFORMED },
	{ "Authentication failure", SV_REJECTED },
	{ "Dialog establish", SV_REFUSED },
};

/** "!! [ERROR] ", "?? [WARNING] " */
static void
skip_level(struct sv_str *s)
{
	struct sv_str rest = *s, word;

	while (rest.len &&
	       (rest.ptr[0] == '!' || rest.ptr[0] == '?' || rest.ptr[0] == ' '))
		rest = str_from(rest, 1);
	if (rest.len == s->len || !appliance_skip(&rest, "["))
		return;
	if (appliance_take(&rest, "]", &word) && word.len <= 16) {
		appliance_skip_blanks(&rest);
		*s = rest;
	}
}

/** The word of an event in its place: first, or in a message that begins with "IDS". */
static enum sv_outcome
find_event(struct sv_str s)
{
	bool ids = str_starts(s, SV_STR("IDS"));

	for (bool first = true; s.len && (first || ids); first = false) {
		size_t n = 0;
		while (n < s.len &&
		       (islower((unsigned char)s.ptr[n]) || s.ptr[n] == '-'))
			n++;
		for (size_t i = 0; n && i < sizeof(events) / sizeof(events[0]); i++)
			if (str_eq(str_upto(s, n), str_of(events[i].word)))
				return events[i].outcome;
		while (n < s.len && !islower((unsigned char)s.ptr[n]))
			n++;
		s = str_from(s, n ? n : 1);
	}
	return SV_OUTCOME_NONE;
}

static enum sv_parse
event_word(struct appliance_line *line, struct sv_str s)
{
	enum sv_outcome outcome = find_event(str_upto(s, 256));
	struct sv_event ev;

	if (outcome == SV_OUTCOME_NONE)
		return SV_PARSE_SKIP;
	audiocodes_begin(line, AUDIOCODES_IDS_EVENT, &ev);
	ev.leg = SV_LEG_IN;
	ev.outcome = outcome;
	return appliance_emit(line, &ev);
}

/** "10.33.5.111:62990udp", "10.33.5.110(NI:0)", "10.33.5.110" */
static bool
read_source(struct sv_str s, struct sv_event *ev)
{
	size_t n = 0, open = str_find_char(s, '(');

	s = str_trim(str_upto(s, open == STR_NONE ? s.len : open));
	while (n < s.len && isalpha((unsigned char)s.ptr[s.len - 1 - n]))
		n++;
	/* letters at the end of an IPv6 address are a part of it */
	if (n >= 2 && transport_find(str_from(s, s.len - n), &ev->transport))
		s.len -= n;
	return address_parse_port(s, &ev->peer_ip, &ev->peer_port);
}

/** "Major threshold (3) cross. Policy: My Policy (3), Rule: Malformed messages, Last event:
 *  SIP parser error, Source: 10.33.5.111:62990udp, SIP Interface: SIPInterface_0 (0)." */
static enum sv_parse
policy(struct appliance_line *line, struct sv_str s)
{
	struct sv_str head, rule = { 0 }, source;
	uint64_t count = 1;
	struct sv_event ev;

	if (!appliance_take(&s, "threshold (", &head))
		return SV_PARSE_SKIP;
	(void)str_take_u64(s, &count);
	size_t at = str_find_last(s, SV_STR(", Source: "));
	size_t reason = str_find(s, SV_STR(", Rule: "));
	if (at == STR_NONE)
		return SV_PARSE_SKIP; /* all sources together: nobody is named */
	source = str_from(s, at + 10);
	size_t end = str_find(source, SV_STR(","));
	source = str_upto(source, end == STR_NONE ? source.len : end);
	if (reason != STR_NONE && reason < at)
		rule = str_make(s.ptr + reason + 8, at - reason - 8);
	audiocodes_begin(line, AUDIOCODES_IDS_ALARM, &ev);
	ev.outcome = SV_REFUSED;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (str_starts(rule, str_of(reasons[i].begin)))
			ev.outcome = reasons[i].outcome;
	if (!read_source(source, &ev))
		return SV_PARSE_SKIP;
	ev.leg = SV_LEG_IN;
	ev.count = count > COUNT_MAX ? COUNT_MAX : (count ? (uint32_t)count : 1);
	return appliance_emit(line, &ev);
}

/** "Threshold crossed for scope value IP. Severity=minor. Current value=NUM" */
static enum sv_parse
threshold(struct appliance_line *line, struct sv_str s)
{
	struct sv_str address, between;
	uint64_t count = 1;
	struct sv_event ev;

	if (!appliance_skip(&s, "Threshold crossed for scope value ") ||
	    !appliance_take(&s, ". Severity=", &address))
		return SV_PARSE_SKIP;
	if (appliance_take(&s, "Current value=", &between))
		(void)str_take_u64(s, &count);
	audiocodes_begin(line, AUDIOCODES_IDS_THRESHOLD, &ev);
	if (!read_source(address, &ev))
		return SV_PARSE_SKIP;
	ev.leg = SV_LEG_IN;
	ev.outcome = SV_REFUSED;
	ev.count = count > COUNT_MAX ? COUNT_MAX : (count ? (uint32_t)count : 1);
	return appliance_emit(line, &ev);
}

/** "Added IP 10.33.5.110 to blacklist" */
static enum sv_parse
blacklist(struct appliance_line *line, struct sv_str s)
{
	struct sv_str address;
	struct sv_event ev;

	if (!appliance_skip(&s, "Added IP ") ||
	    !appliance_take(&s, " to blacklist", &address))
		return SV_PARSE_SKIP;
	audiocodes_begin(line, AUDIOCODES_BLACKLIST, &ev);
	if (!read_source(address, &ev))
		return SV_PARSE_SKIP;
	ev.leg = SV_LEG_IN;
	ev.outcome = SV_BLOCKED;
	return appliance_emit(line, &ev);
}

static const struct {
	const char *name;
	enum sv_parse (*read)(struct appliance_line *line, struct sv_str text);
} alarms[] = {
	{ "acIDSPolicyAlarm", policy },
	{ "acIDSThresholdCrossNotification", threshold },
	{ "acIDSBlacklistNotification", blacklist },
};

enum sv_parse
audiocodes_ids(struct appliance_line *line, struct sv_str s)
{
	skip_level(&s);
	/* "Added IP …" may come without the alarm's name */
	if (str_starts(s, SV_STR("Added IP ")))
		return blacklist(line, s);
	if (!appliance_skip(&s, "RAISE-ALARM:") && !appliance_skip(&s, "SEND-EVENT:"))
		return event_word(line, s);
	appliance_skip_blanks(&s);
	for (size_t i = 0; i < sizeof(alarms) / sizeof(alarms[0]); i++) {
		struct sv_str text = s;
		if (!appliance_skip(&text, alarms[i].name) ||
		    !(appliance_skip(&text, ";") || appliance_skip(&text, ":")))
			continue;
		appliance_skip_blanks(&text);
		(void)appliance_skip(&text, "Textual Description:");
		appliance_skip_blanks(&text);
		size_t end = str_find(text, SV_STR("; "));
		return alarms[i].read(line,
				      str_upto(text, end == STR_NONE ? text.len : end));
	}
	return SV_PARSE_SKIP;
}
