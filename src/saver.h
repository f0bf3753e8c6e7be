/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Saves the daemon's state every few seconds without holding up reading: a child
 * process has the memory as it was at one moment between two turns of the loop, writes
 * the checkpoint from it and ends. What stands still is the time of one fork(), which is
 * counted. The child dies with its parent, so that no old child overwrites the file of
 * the next daemon. Loop thread only.
 */
#pragma once

#include "store/checkpoint.h"

#include <systemd/sd-event.h>

struct saver;

struct saver_spec {
	sd_event *loop;
	const char *path; /* of the checkpoint, kept */
	sv_usec interval; /* between two saves; 0 = only at stop */
	const char *writer;
	const struct checkpoint_part *parts; /* kept */
	size_t n_parts;
	/** Is there anything new to save? Asked when `ready` said yes; not asked at
	 *  stop; may be NULL. */
	bool (*wanted)(void *user);
	/** May it be saved now? Called before each save; may be NULL. */
	bool (*ready)(void *user);
	void *user;
};

struct saver_stats {
	uint64_t saved, failed,
		put_off;          /* put_off: not ready, or the last one not done */
	uint64_t bytes;           /* of the newest */
	sv_usec took;             /* µs that its writing took, in the child */
	sv_usec stall, stall_max; /* µs that the daemon stood still for it */
	sv_usec last;             /* clock when the newest was safe, 0 = none */
	char problem[200];        /* "" or why the last one failed, with the remedy */
};

/** 0 or negative errno. */
int saver_new(const struct saver_spec *spec, struct saver **ret_saver);
/** Another interval (µs). */
void saver_set_interval(struct saver *saver, sv_usec interval);
/** Save at once, waiting five seconds for it at most: the loop stands still. 0 or
 *  negative errno; -EAGAIN: not ready. */
int saver_save(struct saver *saver);
/** The same, and stop saving. */
int saver_finish(struct saver *saver);
void saver_free(struct saver *saver);
void saver_stats_get(const struct saver *saver, struct saver_stats *ret_stats);
