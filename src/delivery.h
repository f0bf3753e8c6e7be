/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outputs of the running daemon: makes them from the configuration, hands each
 * transition and event to all of them, and on reload keeps those whose section did not
 * change. An output that cannot be made stays in the list with its problem; the rest
 * goes on. Loop thread only.
 */
#pragma once

#include <conf/conf.h>
#include <ctl/view.h>

struct delivery;

/** `identity` outlives the delivery. */
int delivery_new(sd_event *loop, const struct output_identity *identity,
		 struct delivery **ret_delivery);
void delivery_free(struct delivery *delivery);

/** Make the outputs those of `conf`; what is gone gets `patience` to deliver. Failures
 *  are logged and kept as problems. Number of outputs that could not be made. */
size_t delivery_apply(struct delivery *delivery, const struct conf *conf,
		      sv_usec patience);
void delivery_alert(struct delivery *delivery, const struct sv_alert *alert);
/** What was given to delivery_alert() is safe: outputs send it. */
void delivery_drain(struct delivery *delivery);
/** An alert as it is, of which outputs have heard before: for those that tell how
 *  things stand. */
void delivery_known(struct delivery *delivery, const struct sv_alert *alert);
void delivery_event(struct delivery *delivery, const struct sv_event *event);
void delivery_health(struct delivery *delivery, const struct output_health *health);
/** Does any output want settled events? */
bool delivery_wants_events(const struct delivery *delivery);
/** Deliver what waits, for at most `timeout` altogether. */
void delivery_stop(struct delivery *delivery, sv_usec timeout);
/** Borrowed until the next call. */
const struct view_output *delivery_view(struct delivery *delivery, size_t *ret_n);
