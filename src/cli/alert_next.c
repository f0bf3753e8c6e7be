/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Check next": commands that can be pasted. Only values that the PBX or the kernel wrote
 * go into one, only if they are plain words, and addresses only after they were read as
 * such. A command is never broken or cut: it would not run.
 */
#include "base/address.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/alert_text.h"
#include "sip/outcome.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define BEFORE (60 * SV_USEC_PER_SEC)
#define SIP_PORT 5060

struct facts {
	char ip[ADDRESS_TEXT_BYTES]; /* "" = none */
	bool v6;
	const char *name; /* plain, or "" */
	const char *pbx;
	const char *method; /* of SIP, or "" */
	bool out;
	uint64_t port;
	sv_usec from, to;
	char incident[9]; /* 8 hex digits */
};

static bool
is_plain(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	return text[0] && text[0] != '-' && text[strspn(text, plain)] == '\0';
}

static void
take_address(struct facts *facts, const char *text)
{
	struct sv_ip ip;

	if (!address_parse(str_of(text), &ip))
		return;
	(void)address_print(&ip, facts->ip);
	facts->v6 = ip.family == 6;
}

static void
gather(struct facts *facts, const json_t *alert)
{
	const json_t *own = json_object_get(alert, "sipvigil");
	const json_t *detail = json_object_get(alert, "sipvigil.detail");
	const json_t *window = json_object_get(own, "window");
	const char *peer = online_text(json_object_get(own, "key"), "peer");
	const char *method = online_text(json_object_get(alert, "sip"), "method");
	enum sv_method known;

	*facts = (struct facts){
		.name = is_plain(peer) ? peer : "",
		.pbx = online_text(detail, "pbx"),
		.method = method_find(str_of(method), &known) && is_plain(method)
				  ? method
				  : "",
		.out = strcmp(online_text(own, "leg"), "out") == 0,
		.port = online_u64(detail, "port"),
		.from = online_time(window, "first"),
		.to = online_time(alert, "@timestamp"),
	};
	(void)snprintf(facts->incident, sizeof(facts->incident), "%.8s",
		       online_text(own, "incident"));
	if (!is_plain(facts->incident))
		facts->incident[0] = '\0';
	if (online_text(own, "attribution")[0])
		return; /* somebody else may have written the address */
	take_address(facts, online_text(json_object_get(alert, "source"), "ip"));
	if (!facts->ip[0])
		take_address(facts,
			     online_text(json_object_get(alert, "server"), "ip"));
}

static void
put(struct online *online, bool *first, struct buffer *command)
{
	alert_text_command(online, *first ? _("Check next") : "", buffer_str(command));
	buffer_clear(command);
	*first = false;
}

/* The rule's own advice, one line for each part. Its values were cleaned for a shell by
 * the engine. */
static void
put_advice(struct online *online, bool *first, const char *advice)
{
	struct sv_str rest = str_of(advice);

	while (rest.len) {
		size_t end = str_find(rest, SV_STR("; "));
		struct sv_str part = str_upto(rest, end);
		struct buffer clean;

		buffer_init(&clean);
		buffer_add_clean(&clean, part, 400);
		terminal_cell(&online->out,
			      *first ? str_of(_("Check next")) : SV_STR(""),
			      ALERT_TEXT_TITLE);
		terminal_wrap(&online->out, buffer_str(&clean), ALERT_TEXT_TITLE,
			      online->terminal.columns);
		buffer_done(&clean);
		*first = false;
		rest = end == STR_NONE ? SV_STR("") : str_from(rest, end + 2);
	}
}

static void
put_asterisk(struct online *online, bool *first, const struct facts *facts)
{
	struct buffer line;

	buffer_init(&line);
	if (facts->name[0]) {
		buffer_addf(&line, "asterisk -rx 'pjsip show endpoint %s'",
			    facts->name);
		put(online, first, &line);
	}
	if (facts->ip[0] && (facts->port || facts->out))
		buffer_addf(&line,
			    "asterisk -rx 'pjsip show history where addr = "
			    "%s%s%s:%" PRIu64 "'",
			    facts->v6 ? "[" : "", facts->ip, facts->v6 ? "]" : "",
			    facts->port ? facts->port : SIP_PORT);
	else if (facts->method[0])
		buffer_addf(&line,
			    "asterisk -rx 'pjsip show history where "
			    "sip.msg.request.method = %s'",
			    facts->method);
	if (line.len)
		put(online, first, &line);
	buffer_done(&line);
}

static void
put_capture(struct online *online, bool *first, const struct facts *facts)
{
	struct buffer line;

	if (!facts->ip[0])
		return;
	buffer_init(&line);
	buffer_addf(&line, "sngrep -d any host %s", facts->ip);
	put(online, first, &line);
	buffer_addf(&line, "tcpdump -nni any -w %s.pcap 'host %s and port %d'",
		    facts->incident[0] ? facts->incident : "sip", facts->ip, SIP_PORT);
	put(online, first, &line);
	buffer_done(&line);
}

/* The journal of the PBX around the window, in local time as journalctl reads it. */
static void
put_journal(struct online *online, bool *first, const struct facts *facts)
{
	static const char *const units[] = { "asterisk", "freeswitch", "kamailio",
					     "opensips" };
	time_t from = (time_t)((facts->from - BEFORE) / SV_USEC_PER_SEC);
	time_t to = (time_t)((facts->to + 2 * BEFORE) / SV_USEC_PER_SEC);
	char since[32], until[32];
	struct tm a, b;
	struct buffer line;

	if (facts->from <= BEFORE || !localtime_r(&from, &a) || !localtime_r(&to, &b))
		return;
	(void)strftime(since, sizeof(since), "%Y-%m-%d %H:%M", &a);
	(void)strftime(until, sizeof(until), "%Y-%m-%d %H:%M", &b);
	buffer_init(&line);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(facts->pbx, units[i]) != 0)
			continue;
		buffer_addf(&line, "journalctl -u %s -S '%s' -U '%s'", units[i], since,
			    until);
		put(online, first, &line);
	}
	buffer_done(&line);
}

void
alert_text_next(struct online *online, const json_t *alert)
{
	const json_t *own = json_object_get(alert, "sipvigil");
	struct facts facts;
	bool first = true;

	gather(&facts, alert);
	put_advice(online, &first, online_text(own, "check"));
	if (strcmp(facts.pbx, "asterisk") == 0)
		put_asterisk(online, &first, &facts);
	put_capture(online, &first, &facts);
	put_journal(online, &first, &facts);
}
