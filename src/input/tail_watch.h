/* SPDX-License-Identifier: Apache-2.0 */
/*
 * News of folders by inotify, where inotify serves. Part of the file input.
 */
#pragma once

#include <sipvigil/base.h>
#include <systemd/sd-event.h>

struct tail_watch;

enum tail_news {
	TAIL_NEWS_GROWN,   /* `name` in the folder was written to or truncated */
	TAIL_NEWS_NAMES,   /* names came or went */
	TAIL_NEWS_MISSED,  /* too many news: look at everything */
	TAIL_NEWS_THATS_IT /* end of this batch: now is the time to act */
};

struct tail_watch_sink {
	/** `folder` is what tail_watch_add() returned; `name` is set with GROWN alone.
	 */
	void (*news)(void *user, enum tail_news news, int folder, const char *name);
	void *user;
};

/** 0 or negative errno. Without inotify on this machine all folders must be polled. */
int tail_watch_new(sd_event *loop, const struct tail_watch_sink *sink,
		   struct tail_watch **ret_watch);
void tail_watch_free(struct tail_watch *watch);

/** A number for the folder, the same whenever it is added again, or -1: changes there
 *  are not told (network file system, no such folder, too many watches). */
int tail_watch_add(struct tail_watch *watch, const char *folder);
/** The same for the folder of a file. -1 also where the file is a link: what it leads to
 *  is written elsewhere. */
int tail_watch_add_of(struct tail_watch *watch, const char *path);
