/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the dialect cisco.
 *
 *   cisco.c          what stands in front of "%FACILITY-SEVERITY-MNEMONIC:", debug output
 *   cisco_gateway.c  IOS and IOS XE: refused calls, call history, dial peers
 *   cisco_manager.c  Unified Communications Manager: alarms with "[name=value]" pairs
 *
 * It rests on documents: Cisco's guides of system messages, of toll-fraud prevention, of
 * internal error codes and of serviceability alarms, and single lines that people
 * published.
 */
#pragma once

#include "base/text.h"
#include "dialect/appliance.h"

/** A SIP message is no longer: a line of a debug dump may be the caller's so far. */
#define CISCO_REACH ((uint32_t)65536)

/** Numbers stand in checkpoints: add at the end of a block, never renumber. */
enum cisco_template {
	CISCO_NONE = 0,

	/* gateways */
	CISCO_TOLL_FRAUD = 1,
	CISCO_INTERNAL_ERROR = 2,
	CISCO_CALL_HISTORY = 3,
	CISCO_DIAL_PEER = 4,
	CISCO_CONNECTIONS = 5,

	/* Unified Communications Manager */
	CISCO_LOGIN = 20,
	CISCO_SUSPICIOUS = 21,
	CISCO_UNREGISTERED = 22,
	CISCO_REGISTERED = 23,
	CISCO_TRANSIENT = 24,
	CISCO_TRUNK_DOWN = 25,
	CISCO_TRUNK_PART = 26,
	CISCO_TRUNK_UP = 27,
	CISCO_TEMPLATES
};

struct cisco_state {
	bool in_debug;  /* lines without a stamp go on with debug output */
	uint32_t reach; /* bytes to come that may be of a caller's message */
};

struct cisco_line {
	struct appliance_line at;
	struct sv_str facility, mnemonic;
	char severity;
};

/** One message of the table: its facility, its name, who reads it. */
struct cisco_row {
	const char *facility, *mnemonic;
	enum sv_parse (*read)(struct cisco_line *line);
};

void cisco_begin(const struct cisco_line *line, enum cisco_template id,
		 struct sv_event *event);
enum sv_parse cisco_emit(struct cisco_line *line, struct sv_event *event);

/* cisco_gateway.c */

enum sv_parse cisco_gateway_iec(struct cisco_line *line);
enum sv_parse cisco_gateway_history(struct cisco_line *line);
enum sv_parse cisco_gateway_dial_peer(struct cisco_line *line);
enum sv_parse cisco_gateway_connections(struct cisco_line *line);

/* cisco_manager.c */

enum sv_parse cisco_manager_login(struct cisco_line *line);
enum sv_parse cisco_manager_suspicious(struct cisco_line *line);
enum sv_parse cisco_manager_unregistered(struct cisco_line *line);
enum sv_parse cisco_manager_registered(struct cisco_line *line);
enum sv_parse cisco_manager_transient(struct cisco_line *line);
enum sv_parse cisco_manager_trunk_down(struct cisco_line *line);
enum sv_parse cisco_manager_trunk_part(struct cisco_line *line);
enum sv_parse cisco_manager_trunk_up(struct cisco_line *line);
