/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket: takes connections on the loop, reads one bounded request each,
 * lets ctl/commands.h answer it, writes the answer as the client takes it, closes.
 * Nothing here blocks. Bounds: SV_CTL_MAX_CLIENTS, SV_CTL_MAX_REQUEST, SV_CTL_IDLE_SEC
 * and COMMANDS_MAX_ANSWER.
 */
#pragma once

#include <ctl/view.h>
#include <systemd/sd-event.h>

#define SERVER_PROBLEM_BYTES 240

struct server;

struct server_spec {
	const char *path;             /* of the socket */
	const struct view_host *host; /* outlives the server */
	sd_event *loop;
};

/**
 * Binds and listens. A socket that a dead daemon left is replaced, one that answers is
 * not. 0, -EADDRINUSE (another daemon is there) or another negative errno;
 * reterr_problem then says what and the remedy.
 */
int server_new(const struct server_spec *spec, struct server **ret_server,
	       char reterr_problem[SERVER_PROBLEM_BYTES]);
/** Removes the socket if it is still ours. */
void server_free(struct server *server);
uint64_t server_requests(const struct server *server);
