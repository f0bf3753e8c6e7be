/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line templates of Kamailio and OpenSIPS that tell something, numbered. The numbers
 * stand in sv_hints.template_id and in checkpoints: add at the end of a block, never
 * renumber. What a template is within an attempt stands in kamailio_templates.c.
 */
#pragma once

#include <sipvigil/event.h>

enum kamailio_template {
	KAMAILIO_NONE = 0,

	/* acc */
	KAMAILIO_ACC_MISSED = 1,
	KAMAILIO_ACC_ANSWERED = 2,
	KAMAILIO_ACC_ACCOUNTED = 3,

	/* scripts: requests that came in */
	KAMAILIO_AUTH = 20,
	KAMAILIO_AUTH_LIMIT = 21,
	KAMAILIO_AUTH_MISMATCH = 22,
	KAMAILIO_FAILED_CALL = 23,
	KAMAILIO_UNKNOWN_NUMBER = 24,
	KAMAILIO_BLACKLISTED = 25,
	KAMAILIO_MALFORMED = 26,
	KAMAILIO_PRELOADED = 27,
	KAMAILIO_HOPS = 28,

	/* scripts: answers to what we sent */
	KAMAILIO_REPLY = 40,
	KAMAILIO_GATEWAY_FAILED = 41,

	/* scripts and modules: gateways and phones that we test */
	KAMAILIO_GATEWAY_DOWN = 50,
	KAMAILIO_GATEWAY_UP = 51,
	KAMAILIO_KEEPALIVE = 52,

	/* pike and bans */
	KAMAILIO_PIKE = 60,
	KAMAILIO_PIKE_END = 61,
	KAMAILIO_BLOCKED = 62,

	/* modules and core */
	KAMAILIO_PARSER = 80,
	KAMAILIO_TLS = 81,
	KAMAILIO_CONNECTIONS = 82,
	KAMAILIO_REGISTRAR = 83,
	KAMAILIO_STATELESS = 84,
	KAMAILIO_DATABASE = 85,

	/* our own registrations */
	KAMAILIO_OUT_REGISTER = 100,
};

struct kamailio_template_info {
	const char *name; /* for `sipvigil explain` */
	enum sv_tell tell;
	bool alone; /* counts although it is a detail, if nothing else tells */
	enum sv_channel channel;
};

/** Never NULL: an unknown number is "". */
const struct kamailio_template_info *kamailio_template_info(uint32_t template_id);
/** For struct sv_dialect. */
const char *kamailio_template_name(uint32_t template_id);
