/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line templates of FreeSWITCH that tell something, numbered. The numbers stand in
 * sv_hints.template_id and in checkpoints: add at the end of a block, never renumber.
 */
#pragma once

#include <sipvigil/event.h>

enum freeswitch_template {
	FREESWITCH_NONE = 0,

	/* sofia_reg.c and sofia.c, incoming requests */
	FREESWITCH_AUTH_FAILURE = 1,
	FREESWITCH_NO_USER = 2,
	FREESWITCH_REGISTER_ACL = 3,
	FREESWITCH_USER_ACL = 4,
	FREESWITCH_PROXY_ACL = 5, /* names an address that a proxy's header told */
	FREESWITCH_CALL_ACL = 6,
	FREESWITCH_EMPTY_PASSWORD = 7,
	FREESWITCH_NO_CONTACT = 8,
	FREESWITCH_NO_HEADER = 9,
	FREESWITCH_SESSION_LIMIT = 10,
	FREESWITCH_ABANDONED = 11,
	FREESWITCH_FUSIONPBX = 12, /* a login to its web pages */

	/* gateways and registered users */
	FREESWITCH_GATEWAY_FAILED = 30,
	FREESWITCH_GATEWAY_RETRY = 31,
	FREESWITCH_GATEWAY_TIMEOUT = 32,
	FREESWITCH_GATEWAY_BACK = 33,
	FREESWITCH_PING_FAILED = 34,
	FREESWITCH_PING_SUCCEEDED = 35,
	FREESWITCH_UNREGISTER = 36,
	FREESWITCH_USER_UNREACHABLE = 37,
	FREESWITCH_USER_REACHABLE = 38,
	FREESWITCH_USER_EXPIRED = 39,

	/* calls */
	FREESWITCH_HANGUP = 60,
	FREESWITCH_ANSWERED = 61,

	/* mod_fail2ban */
	FREESWITCH_FAIL2BAN = 80,
	FREESWITCH_FAIL2BAN_ABANDONED = 81,
};

struct freeswitch_template_info {
	const char *name; /* for `sipvigil explain` */
	enum sv_tell tell;
	enum sv_channel channel;
	bool alone; /* counts although it is a detail, if nothing else tells */
};

/** Never NULL: an unknown number is "". */
const struct freeswitch_template_info *freeswitch_template_info(uint32_t template_id);
