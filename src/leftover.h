/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alerts that alerts.db has open and the engine has not: their rule was removed while
 * the daemon was down, or what was counted for them was lost (a checkpoint that was set
 * aside). Nobody would ever say that they are over, so they are ended from their last
 * transition as it stands in alerts.db. Pure but for that file.
 */
#pragma once

#include "alert/gate.h"
#include "engine/engine.h"
#include "store/history.h"

struct leftover_spec {
	struct history *history; /* safe: nothing that was put is missing in the file */
	struct engine *engine;
	const struct gate *gate;       /* its groups are open too; may be NULL */
	const struct rule_spec *rules; /* that are in force */
	size_t n_rules;
	/* All logs are read to their end: what the engine has not made again by now, it
	 * will not. Else only alerts of rules that are gone end. */
	bool settled;
	engine_sink sink; /* gets the resolved transition of each */
	void *user;
};

/** 1: there is nothing left to end; 0: ask again later; negative errno. */
int leftover_end(const struct leftover_spec *spec);

/** A transition as render_alert_json() has written it, as far as it takes to end it. Its
 *  texts live as long as *ret_owner, which leftover_forget() frees. False: it is none.
 */
bool leftover_read(struct sv_str json, struct sv_alert *ret_alert, void **ret_owner);
void leftover_forget(void *owner);
