/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inputs of the running daemon and the streams of their sources: one stream per
 * file or journal, its raw events go to the pipeline. Knows how far each source is read
 * and what is wrong with it. Loop thread only.
 */
#pragma once

#include <conf/conf.h>
#include <ctl/view.h>

struct intake;
struct registry;
struct stream;

struct intake_spec {
	sd_event *loop;
	const char *host; /* for records that name none; outlives the intake */
	void (*raw)(void *user, const struct sv_event *raw);
	void *user;
};

int intake_new(const struct intake_spec *spec, struct intake **ret_intake);
/** Stops and frees all inputs. */
void intake_free(struct intake *intake);

/** The dialects of all streams, those there are and those to come: before
 *  intake_apply(). It must outlive the intake, or the next one given. */
void intake_change(struct intake *intake, const struct registry *registry);
/** Make the inputs those of `conf`: what did not change goes on where it is. Number of
 *  inputs that could not be started; each was logged and stays with its problem. */
size_t intake_apply(struct intake *intake, const struct conf *conf);

/** Positions and streams of all inputs. Changes nothing, allocates nothing. */
void intake_save(const struct intake *intake, struct pack *out);
/** Before the first intake_apply(): inputs go on where the ones of the same kind and
 *  title were. 0, -EBADMSG, -ENOMEM. */
int intake_restore(struct intake *intake, struct unpack *in);

/** At the end: takes what would be gone with the program. */
void intake_drain(struct intake *intake);
/** Everything that can be read has been read: time is the clock's. */
bool intake_caught_up(const struct intake *intake);
/** No input waits for something that it cannot read. */
bool intake_reachable(const struct intake *intake);
/** Records that all inputs have delivered. */
uint64_t intake_records(const struct intake *intake);
/** Once a second: rates, and what is wrong with a source. `clock`: µs since 1970. */
void intake_tick(struct intake *intake, sv_usec clock);
/** After it: what began to be wrong, or lasts, as events of the log itself. `time` is
 *  the event time that is reached. */
void intake_tell(struct intake *intake, sv_usec time);
/** Borrowed until the next call. */
const struct view_source *intake_view(struct intake *intake, size_t *ret_n);
/** Likewise the syslog receivers. */
const struct view_syslog *intake_receivers(struct intake *intake, size_t *ret_n);
/** For outputs: is there data, what is the worst trouble. */
void intake_health(struct intake *intake, struct output_health *ret_health);
