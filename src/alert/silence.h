/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Silences: which alerts page nobody, and until when. Their times are event time, so
 * that a backtest and the daemon say the same of the same log. Those of the
 * configuration stay until another configuration; those that were added while the daemon
 * runs are saved, and go when they have ended. Plain data and pure functions.
 */
#pragma once

#include "base/pack.h"

#include <expr/expr.h>
#include <sipvigil/alert.h>

/** Those of the configuration, and as many again that were added. */
#define SILENCE_MAX 500
/** Longest id, author and reason, in bytes. */
#define SILENCE_ID_BYTES 128
#define SILENCE_WORDS_BYTES 512

struct silence_spec {
	const char *id;
	const char *where;           /* expression over alerts */
	sv_usec from, until;         /* [from, until); 0 = since ever, for ever */
	const char *author, *reason; /* may be NULL */
};

struct silence {
	char *id, *where, *author, *reason; /* owned; never NULL */
	struct expr *expr;
	sv_usec from, until;
	bool configured;
	uint64_t held; /* transitions held back by it */
};

struct silences {
	struct silence *of;
	size_t n, n_configured; /* those of the configuration come first */
	uint64_t added;         /* ever: for ids */
};

void silences_done(struct silences *silences);
/** Takes those of the configuration into an empty list. 0, -EINVAL (one is no
 *  expression; the configuration has been checked), -ENOMEM. */
int silences_configure(struct silences *silences, const struct silence_spec *specs,
		       size_t n);
/** One more, with an id of its own ("s1") if spec->id is NULL. 0; -EINVAL with
 *  *reterr_error; -EEXIST; -E2BIG: too long; -ENOSPC: SILENCE_MAX; -ENOMEM. */
int silences_add(struct silences *silences, const struct silence_spec *spec,
		 const struct silence **ret_silence, struct expr_error *reterr_error);
/** 0; -ENOENT; -EPERM: it stands in the configuration. */
int silences_remove(struct silences *silences, struct sv_str id);
/** Drops what was added and has ended. */
void silences_expire(struct silences *silences, sv_usec now);
struct silence *silences_find(const struct silences *silences, struct sv_str id);
/** The first that holds the alert back at this moment, NULL = none does. */
struct silence *silences_match(const struct silences *silences,
			       const struct sv_alert *alert, sv_usec now);
bool silence_is_active(const struct silence *silence, sv_usec now);
/** The next moment after `now` at which one begins or ends. */
sv_usec silences_due(const struct silences *silences, sv_usec now);

void silences_save(const struct silences *silences, struct pack *out);
/** What was added, and the counts of the configured ones. What cannot be read any more
 *  (another release) is left out. 0 or -EBADMSG, -ENOMEM. */
int silences_load(struct silences *silences, struct unpack *in);
