/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/freeswitch_templates.h"

/* One refused request is told by up to four lines: what is wrong with it ("Can't find
 * user", an ACL), "SIP auth failure" if the profile logs it, the hangup of its session,
 * and mod_fail2ban. The first is a request, the second its verdict; the others come by
 * channels of their own. */
static const struct freeswitch_template_info templates[] = {
	[FREESWITCH_NONE] = { "", SV_TELL_ATTEMPT, SV_CHANNEL_OTHER, false },
	[FREESWITCH_AUTH_FAILURE] = { "auth-failure", SV_TELL_ANSWER, SV_CHANNEL_MAIN,
				      true },
	[FREESWITCH_NO_USER] = { "no-user", SV_TELL_REQUEST, SV_CHANNEL_MAIN, true },
	[FREESWITCH_REGISTER_ACL] = { "register-acl", SV_TELL_ATTEMPT, SV_CHANNEL_MAIN,
				      true },
	[FREESWITCH_USER_ACL] = { "user-acl", SV_TELL_REQUEST, SV_CHANNEL_MAIN, true },
	[FREESWITCH_PROXY_ACL] = { "proxy-acl", SV_TELL_DETAIL, SV_CHANNEL_MAIN,
				   false },
	[FREESWITCH_CALL_ACL] = { "call-acl", SV_TELL_ATTEMPT, SV_CHANNEL_MAIN, true },
	[FREESWITCH_EMPTY_PASSWORD] = { "empty-password", SV_TELL_DETAIL,
					SV_CHANNEL_MAIN, false },
	[FREESWITCH_NO_CONTACT] = { "no-contact", SV_TELL_ATTEMPT, SV_CHANNEL_MAIN,
				    true },
	[FREESWITCH_NO_HEADER] = { "no-header", SV_TELL_ATTEMPT, SV_CHANNEL_MAIN,
				   true },
	[FREESWITCH_SESSION_LIMIT] = { "session-limit", SV_TELL_ATTEMPT,
				       SV_CHANNEL_MAIN, true },
	[FREESWITCH_ABANDONED] = { "abandoned", SV_TELL_ATTEMPT, SV_CHANNEL_VERBOSE,
				   true },
	[FREESWITCH_FUSIONPBX] = { "fusionpbx-login", SV_TELL_ATTEMPT, SV_CHANNEL_MAIN,
				   true },
	[FREESWITCH_GATEWAY_FAILED] = { "gateway-failed", SV_TELL_ATTEMPT,
					SV_CHANNEL_MAIN, true },
	[FREESWITCH_GATEWAY_RETRY] = { "gateway-retry", SV_TELL_ATTEMPT,
				       SV_CHANNEL_MAIN, true },
	[FREESWITCH_GATEWAY_TIMEOUT] = { "gateway-timeout", SV_TELL_ATTEMPT,
					 SV_CHANNEL_MAIN, true },
	[FREESWITCH_GATEWAY_BACK] = { "gateway-back", SV_TELL_ATTEMPT, SV_CHANNEL_MAIN,
				      true },
	[FREESWITCH_PING_FAILED] = { "ping-failed", SV_TELL_ATTEMPT, SV_CHANNEL_MAIN,
				     true },
	[FREESWITCH_PING_SUCCEEDED] = { "ping-succeeded", SV_TELL_ATTEMPT,
					SV_CHANNEL_MAIN, true },
	[FREESWITCH_UNREGISTER] = { "unregister", SV_TELL_ATTEMPT, SV_CHANNEL_MAIN,
				    true },
	[FREESWITCH_USER_UNREACHABLE] = { "user-unreachable", SV_TELL_ATTEMPT,
					  SV_CHANNEL_MAIN, true },
	[FREESWITCH_USER_REACHABLE] = { "user-reachable", SV_TELL_ATTEMPT,
					SV_CHANNEL_MAIN, true },
	[FREESWITCH_USER_EXPIRED] = { "user-expired", SV_TELL_ATTEMPT, SV_CHANNEL_MAIN,
				      true },
	[FREESWITCH_HANGUP] = { "hangup", SV_TELL_ATTEMPT, SV_CHANNEL_VERBOSE, true },
	[FREESWITCH_ANSWERED] = { "answered", SV_TELL_ATTEMPT, SV_CHANNEL_VERBOSE,
				  true },
	[FREESWITCH_FAIL2BAN] = { "fail2ban", SV_TELL_ATTEMPT, SV_CHANNEL_SECURITY,
				  true },
	[FREESWITCH_FAIL2BAN_ABANDONED] = { "fail2ban-abandoned", SV_TELL_ATTEMPT,
					    SV_CHANNEL_SECURITY, true },
};

const struct freeswitch_template_info *
freeswitch_template_info(uint32_t template_id)
{
	if (template_id >= sizeof(templates) / sizeof(templates[0]) ||
	    !templates[template_id].name)
		template_id = FREESWITCH_NONE;
	return &templates[template_id];
}
