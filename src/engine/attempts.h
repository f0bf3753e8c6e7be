/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger's memory: attempts lately told of, and the ways to find the one that a new
 * record belongs to (same session, same address, same call, same peer, same thread).
 *
 * A ring of fixed size without pointers; the oldest attempts are forgotten. Finding is
 * by chains of hash and time slot, so that a source with a million tries costs no more
 * than one with ten, and logs may be read in any order.
 */
#pragma once

#include <base/pack.h>
#include <sipvigil/event.h>

/** Without a session two records further apart than this are two attempts. */
#define ATTEMPT_NEAR (2 * SV_USEC_PER_SEC)

enum attempt_state {
	ATTEMPT_UNTOLD,  /* this channel said nothing of it yet */
	ATTEMPT_OPEN,    /* one request told; a second or the verdict may come */
	ATTEMPT_PENDING, /* a second request is held, undecided whose it is */
	ATTEMPT_CLOSED,
	ATTEMPT_STATES
};

#define ATTEMPT_CHAINS 4 /* session, address, call mark, peer name */

/** An attempt's place in a chain. */
struct attempt_link {
	uint64_t key; /* 0 = not in this chain */
	/* time of the latest attempt from here on in its chain; no walk of those need go
	 * beyond what is too old */
	sv_usec latest;
	uint32_t older; /* next one */
	uint32_t none;  /* links are saved as bytes: no hole */
};

struct attempt {
	sv_usec time;
	uint64_t session, user, peer, host; /* hashes, 0 = none; attempt_host() */
	struct attempt_link link[ATTEMPT_CHAINS];
	uint32_t seq;
	uint32_t call_mark, dial, thread;
	uint32_t kept; /* 1-based slot of the held copy of its event, 0 = none */
	struct sv_ip ip;
	uint16_t port;
	uint8_t service, leg, method, outcome;
	uint8_t state[SV_CHANNEL_COUNT]; /* enum attempt_state */
	bool has_mark;
	bool challenge; /* a challenge that waits for its answer, no attempt yet */
	bool settled;
};

struct attempts;

int attempts_new(size_t max_attempts, struct attempts **ret_attempts);
void attempts_free(struct attempts *attempts);

/** A new attempt told by `raw`, whose channel leaves it in `state`; it may take the place of the oldest one: then that one
 * is copied to *ret_lost first (seq 0 = none was lost). */
struct attempt *attempts_add(struct attempts *attempts, const struct sv_event *raw,
			     enum attempt_state state, struct attempt *ret_lost);
/** What this channel has said of it by now. */
void attempts_tell(struct attempts *attempts, struct attempt *at,
		   enum sv_channel channel, enum attempt_state state);
/** By sequence number; NULL when it was forgotten. */
struct attempt *attempts_get(struct attempts *attempts, uint32_t seq);
/** Oldest one still remembered, 0 if none; for walks in order of arrival. */
uint32_t attempts_oldest(const struct attempts *attempts);
uint32_t attempts_newest(const struct attempts *attempts);

/** What a search wants. */
struct attempt_search {
	const struct sv_event *raw;
	enum attempt_state state; /* of raw's channel */
	bool any_state;
	bool challenge;
	sv_usec span;
	/* hashes of raw's names, worked out by the first search that needs them */
	bool named;
	uint64_t user, peer, host;
};

/** A record will be looked for, and perhaps added. */
void attempts_fetch(struct attempts *a, const struct sv_event *raw);
/** Oldest match by session. */
struct attempt *attempts_by_session(struct attempts *a, struct attempt_search *s);
/** Best match by address (same user first, then oldest). */
struct attempt *attempts_by_address(struct attempts *a, struct attempt_search *s);
/** Newest match of the same call and dialling. */
struct attempt *attempts_by_call(struct attempts *a, struct attempt_search *s);
/** Newest match of the same configured peer and outcome. */
struct attempt *attempts_by_peer(struct attempts *a, struct attempt_search *s);
/** For a record without address: the attempt another channel told of moments ago. */
struct attempt *attempts_by_moment(struct attempts *a, struct attempt_search *s);

/** A further record told the call or the peer of this attempt: it is found by them from
 *  now on. */
void attempts_name(struct attempts *attempts, struct attempt *at,
		   const struct sv_event *raw);

/** Never to be found again: its record belonged to another attempt after all. */
void attempt_kill(struct attempt *attempt);

/** A hash of the host that logged, by its first label: inputs of one machine differ in
 *  whether they name its domain. 0: not known. */
uint64_t attempt_host(struct sv_str host);
/** Not of two machines, as far as is known: a name and an address may be one's. */
bool attempt_hosts_agree(uint64_t a, uint64_t b);

/** Do these two outcomes tell of the same verdict? (Wrong password, unknown account and
 *  address refused are one verdict told by different channels.) */
bool attempt_outcomes_agree(enum sv_outcome a, enum sv_outcome b);

/** All of it as bytes, and into an empty one. `max_kept`: slots that attempts may name.
 *  0; -EBADMSG, then it is empty again. */
void attempts_save(const struct attempts *attempts, struct pack *out);
int attempts_load(struct attempts *attempts, struct unpack *in, uint32_t max_kept);
