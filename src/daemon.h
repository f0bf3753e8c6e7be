/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The running daemon: owns the loop, the configuration, the pipeline, inputs, outputs
 * and the control socket; knows when to advance time, to reload and to stop. Everything
 * happens on its loop; nothing in it blocks.
 */
#pragma once

#include <stdbool.h>

struct daemon;

enum daemon_exit { DAEMON_DONE = 0, DAEMON_CONFIG = 2, DAEMON_CANNOT = 3 };

struct daemon_options {
	const char *config; /* path, NULL = the usual one if it exists */
	bool foreground;    /* a person watches: alerts are told on stderr too */
};

/** Read and check the configuration, say what is wrong with it on stderr. */
enum daemon_exit daemon_check(const struct daemon_options *options);

/** Start everything. What is wrong was logged, with the remedy; then *ret_daemon is not
 *  touched. */
enum daemon_exit daemon_new(const struct daemon_options *options,
			    struct daemon **ret_daemon);
/** Until SIGTERM or SIGINT; then outputs deliver what waits, for some seconds. */
enum daemon_exit daemon_run(struct daemon *daemon);
void daemon_free(struct daemon *daemon);
