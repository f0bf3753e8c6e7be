/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the commands that ask the daemon have in common: options, the question, what is
 * said when there is no answer, and how values of the answer are shown.
 */
#pragma once

#include "cli/command.h"
#include "cli/terminal.h"
#include "ctl/client.h"

#define ONLINE_MAX_ARGS 8

struct online_spec {
	const char *const *flags;  /* "--all": passed on; NULL-terminated or NULL */
	const char *const *values; /* "--span": passed on with its value */
	size_t max_words;          /* other arguments passed on */
};

struct online {
	bool json;
	const char *socket; /* NULL = the usual one */
	const char *args[ONLINE_MAX_ARGS];
	size_t n_args, n_words;
	struct client_reply reply;
	struct terminal terminal;
	struct buffer out;
};

/**
 * Take the command line, ask the daemon. True: the answer is in online->reply and is to
 * be shown. False: all is said and done (a mistake, no daemon, or --json); end with
 * *ret_code. Always followed by online_done().
 */
bool online_ask(struct online *online, const struct command *command, int argc,
		char **argv, const struct online_spec *spec, int *ret_code);
/** Print what was built in online->out; exit code. */
int online_end(struct online *online);
void online_done(struct online *online);

/** Members of an answer, 0 or "" when absent. */
const char *online_text(const json_t *object, const char *key);
uint64_t online_u64(const json_t *object, const char *key);
/** NaN when absent. */
double online_double(const json_t *object, const char *key);
/** RFC 3339 text of the answer as µs since 1970; 0 = absent or none. */
sv_usec online_time(const json_t *object, const char *key);

/** "1,204" */
void online_number(char out[32], uint64_t number);
/** "11 MiB" */
void online_bytes(char out[32], uint64_t bytes);
/** "6 days", "3 h", "12 min", "40 s" */
void online_age(char out[64], uint64_t seconds);
/** Local time: "08:31:07" today, "Nov 21 08:31" on other days. */
void online_clock(char out[32], sv_usec time, bool seconds);
/** Name of the local zone: "CET". */
void online_zone(char out[32]);
/** OK, WARNING, CRITICAL, UNKNOWN of a severity's word. */
enum sv_severity online_severity(const char *word);
/** The alert's key values, cleaned, claims in quotes. */
void online_subject(struct buffer *buf, const json_t *alert);
