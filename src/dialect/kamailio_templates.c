/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/kamailio_templates.h"

/* A failed call is told by acc (MAIN), by the script's failure route (VERBOSE), and the
 * callee's answer by its reply route (OTHER, which is the other leg). */
static const struct kamailio_template_info templates[] = {
	[KAMAILIO_NONE] = { "", SV_TELL_ATTEMPT, false, SV_CHANNEL_OTHER },
	[KAMAILIO_ACC_MISSED] = { "acc-missed", SV_TELL_ATTEMPT, true,
				  SV_CHANNEL_MAIN },
	[KAMAILIO_ACC_ANSWERED] = { "acc-answered", SV_TELL_ATTEMPT, true,
				    SV_CHANNEL_MAIN },
	[KAMAILIO_ACC_ACCOUNTED] = { "acc-accounted", SV_TELL_ATTEMPT, true,
				     SV_CHANNEL_MAIN },
	[KAMAILIO_AUTH] = { "auth", SV_TELL_ATTEMPT, true, SV_CHANNEL_VERBOSE },
	[KAMAILIO_AUTH_LIMIT] = { "auth-limit", SV_TELL_ATTEMPT, true,
				  SV_CHANNEL_VERBOSE },
	[KAMAILIO_AUTH_MISMATCH] = { "auth-mismatch", SV_TELL_ATTEMPT, true,
				     SV_CHANNEL_VERBOSE },
	[KAMAILIO_FAILED_CALL] = { "failed-call", SV_TELL_ATTEMPT, true,
				   SV_CHANNEL_VERBOSE },
	[KAMAILIO_UNKNOWN_NUMBER] = { "unknown-number", SV_TELL_ATTEMPT, true,
				      SV_CHANNEL_VERBOSE },
	[KAMAILIO_BLACKLISTED] = { "blacklisted", SV_TELL_ATTEMPT, true,
				   SV_CHANNEL_VERBOSE },
	[KAMAILIO_MALFORMED] = { "malformed", SV_TELL_ATTEMPT, true,
				 SV_CHANNEL_VERBOSE },
	[KAMAILIO_PRELOADED] = { "preloaded-route", SV_TELL_ATTEMPT, true,
				 SV_CHANNEL_VERBOSE },
	[KAMAILIO_HOPS] = { "hops", SV_TELL_ATTEMPT, true, SV_CHANNEL_VERBOSE },
	[KAMAILIO_REPLY] = { "reply", SV_TELL_ATTEMPT, true, SV_CHANNEL_OTHER },
	[KAMAILIO_GATEWAY_FAILED] = { "gateway-failed", SV_TELL_ATTEMPT, true,
				      SV_CHANNEL_VERBOSE },
	[KAMAILIO_GATEWAY_DOWN] = { "gateway-down", SV_TELL_ATTEMPT, true,
				    SV_CHANNEL_MAIN },
	[KAMAILIO_GATEWAY_UP] = { "gateway-up", SV_TELL_ATTEMPT, true,
				  SV_CHANNEL_MAIN },
	[KAMAILIO_KEEPALIVE] = { "keepalive", SV_TELL_ATTEMPT, true, SV_CHANNEL_MAIN },
	[KAMAILIO_PIKE] = { "pike", SV_TELL_ATTEMPT, true, SV_CHANNEL_MAIN },
	[KAMAILIO_PIKE_END] = { "pike-end", SV_TELL_DETAIL, false, SV_CHANNEL_MAIN },
	[KAMAILIO_BLOCKED] = { "blocked", SV_TELL_ATTEMPT, true, SV_CHANNEL_VERBOSE },
	[KAMAILIO_PARSER] = { "parser", SV_TELL_ATTEMPT, true, SV_CHANNEL_MAIN },
	[KAMAILIO_TLS] = { "tls", SV_TELL_ATTEMPT, true, SV_CHANNEL_MAIN },
	[KAMAILIO_CONNECTIONS] = { "connections", SV_TELL_ATTEMPT, true,
				   SV_CHANNEL_MAIN },
	[KAMAILIO_REGISTRAR] = { "registrar", SV_TELL_ATTEMPT, true, SV_CHANNEL_MAIN },
	[KAMAILIO_STATELESS] = { "stateless", SV_TELL_DETAIL, true, SV_CHANNEL_MAIN },
	[KAMAILIO_DATABASE] = { "database", SV_TELL_DETAIL, true, SV_CHANNEL_MAIN },
	[KAMAILIO_OUT_REGISTER] = { "out-register", SV_TELL_ATTEMPT, true,
				    SV_CHANNEL_MAIN },
};

const struct kamailio_template_info *
kamailio_template_info(uint32_t template_id)
{
	if (template_id >= sizeof(templates) / sizeof(templates[0]) ||
	    !templates[template_id].name)
		template_id = KAMAILIO_NONE;
	return &templates[template_id];
}

const char *
kamailio_template_name(uint32_t template_id)
{
	const char *name = kamailio_template_info(template_id)->name;

	return name[0] ? name : "?";
}
