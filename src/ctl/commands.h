/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of the control socket: a table of word, help and function, and one
 * function that turns a request line into the whole answer. No descriptors, so tests
 * and fuzzers call it directly. Requests may hold anything.
 */
#pragma once

#include <ctl/view.h>

/** An answer is cut (and says so: "omitted") from this size on, bytes. */
#define COMMANDS_MAX_ANSWER ((size_t)4 * 1024 * 1024)
/** Arguments of one request. */
#define COMMANDS_MAX_ARGS 16

/** One request being answered. */
struct call {
	const struct view_host *host;
	const char *args[COMMANDS_MAX_ARGS + 1]; /* NULL at the end */
	size_t n_args;
	struct buffer *out;
	uint64_t omitted; /* lines left out for COMMANDS_MAX_ANSWER or a limit asked for
			   */
	uint64_t resolved; /* `alerts`: ended lately, not shown */
	char error[256], remedy[256];
};

struct ctl_command {
	const char *word;
	const char *help;
	/** Appends lines to call->out; returns the exit code of the client (0 to 3) and
	 * for other than 0 sets call->error. */
	int (*run)(struct call *call);
};

const struct ctl_command *commands_table(size_t *ret_n);

/** Append the answer to `request` (one line, its end removed) to `out`, last line
 *  included: {"end":true,…}. */
void commands_answer(const struct view_host *host, struct sv_str request,
		     struct buffer *out);
/** An answer that is only the end: for requests that cannot even be read. */
void commands_refuse(struct buffer *out, int code, const char *error,
		     const char *remedy);

/** Rows of the table that have files of their own. */
int commands_status(struct call *call);
int commands_stats(struct call *call);
int commands_alerts(struct call *call);
int commands_peers(struct call *call);
int commands_why_not(struct call *call);
int commands_silence(struct call *call);
int commands_top(struct call *call);

bool commands_has(const char *word);
/** Says so; exit code 2. */
int commands_wrong_argument(struct call *call, const char *argument);

/** End the line that was just appended from `begin` on; false (and the line taken back,
 *  counted as omitted) when the answer is full. */
bool commands_line(struct call *call, size_t begin);
