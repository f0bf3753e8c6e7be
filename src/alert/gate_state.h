/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the gate, for gate.c and gate_saved.c alone. */
#pragma once

#include "alert/gate.h"
#include "alert/group.h"

struct gate {
	struct gate_spec spec;
	struct silences silences;
	struct inhibitors inhibitors;
	struct groups groups;
	struct held_table held;
	struct gate_stats stats;
	sv_usec rung; /* the alarm has served all before it and itself */
	uint64_t changes;
	char orphan[HELD_BY_BYTES]; /* what held the last one */
	struct group_alert group;   /* the one being told */
};
