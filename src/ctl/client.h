/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks the daemon over its control socket, for command-line programs: blocks, but never
 * longer than the timeout, and takes no answer beyond CLIENT_MAX_ANSWER.
 */
#pragma once

#include <jansson.h>
#include <sipvigil/base.h>

#define CLIENT_MAX_ANSWER ((size_t)16 * 1024 * 1024)
#define CLIENT_TIMEOUT (10 * SV_USEC_PER_SEC)

struct client_question {
	const char *socket;      /* path; NULL = SV_CTL_SOCKET */
	const char *command;     /* "alerts" */
	const char *const *args; /* may be NULL */
	size_t n_args;
	sv_usec timeout; /* over all; 0 = CLIENT_TIMEOUT */
};

struct client_reply {
	json_t *lines;     /* array of the answer's objects, without the last ("end") */
	int exit;          /* exit code that the daemon asks for: 0 to 3 */
	uint64_t omitted;  /* lines that the daemon left out */
	uint64_t resolved; /* `alerts`: alerts that ended lately, not shown */
	/* What went wrong and what to do, "" when nothing did; in the user's language
	 * where the client itself says it. */
	char error[300], remedy[300];
};

/**
 * 0: the daemon answered (reply->exit may still tell of an error). Negative errno: no
 * answer; error and remedy say why. The reply is to be given to client_reply_done() in
 * both cases.
 */
int client_ask(const struct client_question *question, struct client_reply *ret_reply);
void client_reply_done(struct client_reply *reply);
