/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `alerts ID` tells beside the transition itself: what the window counted and from
 * where, how often the same happened lately, and an expression that would silence it.
 */
#pragma once

#include <ctl/commands.h>

#include <jansson.h>

/** The answer's last line, which begins at `begin` and is a transition, gets a member
 *  "sipvigil.detail". */
void alert_detail_add(struct call *call, size_t begin);
/** Is this part of the key what the other side wrote? `own`: "sipvigil" of a transition. */
bool alert_detail_is_claim(const json_t *own, const char *field);
