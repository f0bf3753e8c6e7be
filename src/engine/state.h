/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the engine, shared by engine.c, count.c, keys.c, watch.c, report.c
 * and peers.c alone.
 *
 * A *key* is one value of a rule's `by` (an address, a trunk) with its windows. It
 * lives in the pool, as small as possible:
 *
 *   struct key │ window × series │ distinct × fields │ gauge × measures   one block
 *   ring of times, set of values, name if longer than 16  blocks of their own
 *
 * A *watch* is what only few keys need: the life cycle of an alert that is pending,
 * open or cooling down, and the timer for the next instant at which something may
 * change without an event. Timers are a heap by (due, serial), so that the order in
 * which they are served does not depend on how time was advanced.
 */
#pragma once

#include "alert/cycle.h"
#include "base/buffer.h"
#include "base/pack.h"
#include "engine/distinct.h"
#include "engine/engine.h"
#include "engine/gauge.h"
#include "engine/pick.h"
#include "engine/plan.h"
#include "engine/probe.h"
#include "engine/recent.h"
#include "engine/trail.h"
#include "engine/window.h"

#define KEY_INLINE_BYTES 16
/** Value of each field with two bytes of length before it, if there are several. */
#define KEY_MAX_BYTES (RULE_MAX_KEYS * (SV_CLAIM_MAX_BYTES + 2))
/** Lists of keys by worth, a ring: the lowest is given up first. A key's worth is its
 *  count (1, 2, 4, 8 or 16, rounded down) and that of the lowest list when it came, as in
 *  Space-Saving: who comes anew is not worth less than who has been there for long, so
 *  that nobody is kept out by many that were there before. */
#define KEY_LEVELS 32
#define KEY_MAX_CREDIT 16
/** On no list: an alert is pending, open or cooling down. Never given up. */
#define KEY_PINNED KEY_LEVELS
#define ENGINE_MAX_GAPS 64
/** Reason, likely cause, what to check. */
#define REPORT_WORDS 3
/** Recent events looked at for one alert. */
#define REPORT_MAX_SCAN 4096

struct key {
	pool_handle next;         /* in its bucket */
	pool_handle older, newer; /* in its list */
	uint32_t hash;
	pool_handle watch;
	uint16_t rule;
	uint16_t name_len;
	uint8_t level;
	bool touched;  /* since it was put at the end of its list */
	uint16_t base; /* the rule's floor when it came, its lower bits */
	union {
		char bytes[KEY_INLINE_BYTES];
		pool_handle block; /* name_len > KEY_INLINE_BYTES */
	} name;
};

struct watch {
	struct cycle cycle;
	sv_usec due; /* SV_USEC_NEVER = not in the heap */
	uint64_t serial;
	sv_usec changed;   /* time of the last transition */
	sv_usec gap_until; /* a gap lies in the window until then, 0 = none */
	pool_handle key;
	uint32_t place;                  /* in the heap, from 1; 0 = not there */
	uint32_t host_hash, source_hash; /* of the latest event counted */
	pool_handle copy; /* of the last transition (report.c), while it is open */
	uint32_t copy_bytes;
};

struct key_list {
	pool_handle head, tail;
	size_t n;
	sv_usec stale; /* its head need not be looked at before this */
};

/** A rule and its keys. */
struct engine_rule {
	struct plan *plan;
	struct window_spec window;
	struct distinct_spec distinct;
	struct gauge_spec gauge[MEASURES_MAX_GAUGES];
	size_t gauges_at; /* in a key */
	sv_usec keep;     /* how long a key with gauges must be remembered, 0 = none */
	size_t n_watches;
	bool waits;    /* time alone can raise its alerts: absent() */
	bool is_asked; /* by another rule: rule(NAME) */
	bool goes_on;  /* was loaded */
	uint16_t rank; /* above all rules that it asks for */
	struct {
		uint16_t rule; /* in engine->rules */
		uint8_t order[RULE_MAX_KEYS];
	} asks[SV_ALERT_MAX_MEASURES];
	size_t key_bytes;
	struct baseline_rule learned;
	struct key_list list[KEY_LEVELS];
	uint32_t floor;  /* worth of the lowest list, at floor % KEY_LEVELS */
	uint32_t filled; /* bits of the lists that have keys */
	size_t n_keys;   /* pinned ones included */
	sv_usec stale;   /* least of the lists' */
	uint16_t place;  /* in engine->sweeps */
	uint64_t salt;   /* keeps equal names of different rules apart */
	uint16_t group;  /* in engine->groups */
	uint16_t index;  /* in engine->rules */
	bool unprobed;   /* the probe wants no more of it */
};

/** Rules with the same `by`: an event's key has one name for all of them. */
struct key_group {
	const struct plan *plan; /* the first such rule's */
	char *buf;               /* KEY_MAX_BYTES, for `name` */
	uint64_t event;          /* stats.events when the rest was filled */
	uint64_t hash;
	struct sv_str name;
	bool named;
};

/** A rule that counts the event. */
struct engine_match {
	uint16_t rule;
	uint32_t hash;      /* of the key, if it has a name */
	pool_handle cursor; /* key that is being fetched */
};

struct engine_gap {
	sv_usec time;
	uint64_t lost;
	uint32_t host_hash, source_hash; /* 0 = not told: concerns all */
};

/** Keys of one rule that wait for time alone to raise an alert. */
#define WATCH_MAX_WAITING 16384
/** Watches that can always be had; more take their memory from the pool. */
#define WATCH_SPARE 1024

struct engine {
	struct engine_rule *rules;
	size_t n_rules;
	struct cidr_set *lists;
	size_t n_lists;
	sv_usec grace;
	size_t max_keys;
	engine_sink sink;
	void *user;

	struct pool pool;
	pool_handle *buckets;
	uint32_t mask, n_buckets, max_buckets;
	uint64_t seed;
	struct run *scratch;

	struct pick pick;             /* which rules count an event */
	uint16_t *picked;             /* those of the event being fed */
	struct engine_match *matched; /* of the event being fed */
	struct key_group *groups;
	size_t n_groups;
	bool waits; /* a rule does */

	pool_handle *heap; /* 1-based */
	size_t n_heap, cap_heap;
	uint64_t serial;
	sv_usec stale; /* least of the rules' */
	/* rules in a heap by `stale`: the first place is 1, children of p are 2p and
	 * 2p + 1; and room for the places that are due */
	uint16_t *sweeps, *due;
	/* blocks set aside for watches: whatever floods the keys, an alert can be raised */
	pool_handle watch_spare[WATCH_SPARE];
	size_t n_watch_spare, n_watch_set_aside;
	/* the rule that wants memory: its own keys have blocks of the sizes that it needs */
	struct engine_rule *needy;
	bool from_most;   /* the next key goes from the rule that has most instead */
	pool_handle busy; /* key that is being counted or judged: not to be given up */

	struct {
		sv_usec due; /* SV_USEC_NEVER = it is not set */
		void (*ring)(void *user, sv_usec now);
		void *user;
	} alarm;

	struct engine_gap gaps[ENGINE_MAX_GAPS];
	size_t n_gaps; /* ever; the last ENGINE_MAX_GAPS are kept */
	struct recent recent;
	struct trail trail;
	struct baseline_table baseline;
	struct buffer words[REPORT_WORDS]; /* texts of the report being made */
	probe_sink probe;                  /* NULL with the daemon */
	void *probe_user;
	struct engine_stats stats;
};

/* keys.c */

static inline struct key *
key_at(const struct engine *engine, pool_handle handle)
{
	return pool_at(&engine->pool, handle);
}
static inline struct window *
key_windows(struct key *key)
{
	return (struct window *)(key + 1);
}
static inline struct distinct *
key_sets(const struct engine_rule *rule, struct key *key)
{
	return (struct distinct *)(key_windows(key) + rule->plan->measures.n_series);
}
static inline struct gauge *
key_gauges(const struct engine_rule *rule, struct key *key)
{
	return (struct gauge *)((char *)key + rule->gauges_at);
}
struct sv_str key_name(const struct engine *engine, const struct key *key);
/** The key's name of an event; len 0 and false if the event lacks what names it. */
bool key_name_of(const struct plan *plan, const struct sv_event *event,
		 char buf[KEY_MAX_BYTES], struct sv_str *ret_name);
/** Value of field `i` in a key's name. */
struct sv_str key_part(const struct plan *plan, struct sv_str name, size_t i);
static inline uint32_t
key_hash(const struct engine_rule *rule, const struct key_group *group)
{
	return (uint32_t)((group->hash ^ rule->salt) * 0x9e3779b97f4a7c15u >> 32);
}
/* Linear hashing: the table grows by one bucket a key, so that no key pays for a rehash
 * of all. Buckets up to n_buckets are in use; what hashes beyond belongs to the bucket
 * that is yet to be split. */
static inline pool_handle *
bucket_of(const struct engine *engine, uint32_t hash)
{
	uint32_t i = hash & engine->mask;

	return &engine->buckets[i < engine->n_buckets ? i : i & engine->mask >> 1];
}
/** The key, made if need be (another one may be given up for it); 0 = no room. */
pool_handle keys_get(struct engine *engine, struct engine_rule *rule,
		     struct sv_str name, uint32_t hash);
/** The key, 0 if there is none. */
pool_handle keys_find(const struct engine *engine, const struct engine_rule *rule,
		      struct sv_str name, uint32_t hash);
/** Its count has grown, or its watch has begun or ended to matter. */
void keys_place(struct engine *engine, struct engine_rule *rule, pool_handle handle,
		bool pinned);
void keys_free(struct engine *engine, pool_handle handle);
/** A loaded key: as `saved` to the end of its list (KEY_PINNED: of none). */
void keys_restore(struct engine *engine, struct engine_rule *rule, pool_handle handle,
		  const struct key *saved);
/** Hash of a key by its name. */
uint32_t key_hash_of(const struct engine *engine, const struct engine_rule *rule,
		     struct sv_str name);
/** Give up the least valuable key; false if all are pinned. */
bool keys_evict(struct engine *engine);
/** All rules may have got another `stale`. */
void keys_order_sweeps(struct engine *engine);
/** Drop the keys whose windows are empty. */
void keys_sweep(struct engine *engine);

/* watch.c */

static inline struct watch *
watch_at(const struct engine *engine, pool_handle handle)
{
	return pool_at(&engine->pool, handle);
}
/** Judge the key at `now`: life cycle, transitions, next timer. `event` is the one that
 *  was just counted, NULL when only time has passed (the instant is settled then). */
void watch_judge(struct engine *engine, pool_handle key, sv_usec now,
		 const struct sv_event *event);
/** Serve all timers that are due before `now`. */
void watch_run(struct engine *engine, sv_usec now);
/** Ring the alarm that is due until `now`, that instant included: it comes before whatever
 *  is judged then. */
void watch_alarm(struct engine *engine, sv_usec now);
void watch_free(struct engine *engine, struct key *key);
/** Something that the key's rule asks for has changed: it is judged when the instant is
 *  settled. `from` is the watch that changed, or NULL. */
void watch_remind(struct engine *engine, pool_handle key, const struct watch *from);
/** All keys that ask for another rule, as after a load: that rule may be a new one. */
void watch_remind_all(struct engine *engine);
/** There is news of a gap: what is about to be raised because nothing came is judged
 *  afresh. */
void watch_doubt(struct engine *engine);
/** Time of the latest gap that concerns the watch, 0 = none. *ret_lost adds up what
 *  those in (now - window, now] lost. */
sv_usec watch_gap(const struct engine *engine, const struct watch *watch,
		  sv_usec window, sv_usec now, uint64_t *ret_lost);

/** A loaded life cycle for a key that has none; false without memory. */
bool watch_restore(struct engine *engine, pool_handle key, const struct watch *saved);

/** The key's numbers at `now`. */
void watch_read(struct engine *engine, struct engine_rule *rule, struct key *key,
		sv_usec now, struct reading *ret_reading);

/* probe.c */

/** Tell the probe of the key's numbers. */
void probe_tell(struct engine *engine, pool_handle key_handle, sv_usec now,
		bool settled);

/* report.c */

struct report_input {
	struct engine_rule *rule;
	pool_handle key;
	struct watch *watch;
	const struct reading *reading;
	struct cycle_change change;
	sv_usec now;
};
/** Tell the sink of a transition and keep a copy for engine_alerts(). */
void report_send(struct engine *engine, const struct report_input *input);
/** Is it one of the events that this key has counted? (Their outcomes and times were
 *  looked at before.) */
bool report_counted(struct engine *engine, const struct report_input *in,
		    const struct sv_event *event);
/** Events that the key may have counted in the window up to `until`. `ret_ip` is what
 *  ret_want may point to. */
void report_want(struct engine *engine, const struct report_input *in,
		 struct recent_want *ret_want, struct sv_ip *ret_ip);
/** The id of the incident that is open there. */
void report_incident(struct engine *engine, const struct watch *watch,
		     char ret_incident[SV_ALERT_ID_LEN + 1]);

/* words.c */

/** What the texts of a rule are filled from. */
struct words_input {
	const struct engine_rule *rule;
	const struct reading *reading;
	const struct sv_alert *alert; /* all but the texts themselves */
	const struct term *why;       /* the limit that was reached, may be NULL */
	const struct sv_event *last;  /* latest event counted, NULL = not known */
	bool at_least;                /* numbers are lower bounds */
};
/** "34 rejected credentials for 12 users in 5 min (limit 30), first 08:27:55 UTC" */
void words_reason(struct buffer *buf, const struct words_input *in);
/** A text with its slots filled. `paste`: it may be pasted into a shell, so values keep
 *  only letters, digits and _ - . : / @ +. */
void words_fill(struct buffer *buf, const char *text, const struct words_input *in,
		bool paste);

void words_span(struct buffer *buf, sv_usec span);
/** How long something has lasted: two figures are enough. */
void words_lasting(struct buffer *buf, sv_usec span);
/** What values of the field are called, one or many. */
const char *words_plural(const struct expr_field *field, bool one);

/* words_gauge.c */

/** The number of a measure that keeps a gauge. */
void words_gauge(struct buffer *buf, const struct words_input *in, size_t measure);
/** The limit that was reached is one of absent(). */
bool words_gauge_absent(const struct words_input *in);
void words_gauge_returned(struct buffer *buf, const struct words_input *in);
/** What holds is that other rules are open or are not: no limit, no count. */
bool words_gauge_of_rules(const struct words_input *in);
void words_gauge_rules(struct buffer *buf, const struct words_input *in);
/** A share as a percentage. */
void words_share(struct buffer *buf, double share);

/* words_baseline.c */

/** What is usual, as a figure. */
void words_baseline_usual(struct buffer *buf, const struct sv_measure *measure);
/** "20, 4 times the usual and at least 30", "40 %, 20 points below the usual" */
void words_baseline_off(struct buffer *buf, const struct words_input *in,
			const struct term *term);
/** ", usual at this hour: 23 (middle of 3 weeks)", if the limit is made of it. */
void words_baseline_learned(struct buffer *buf, const struct words_input *in);

/* archive.c */

/** Keep a copy of the alert with the watch, as far as there is memory; replaces the
 *  former one. */
void archive_keep(struct engine *engine, struct watch *watch,
		  const struct sv_alert *alert);
void archive_drop(struct engine *engine, struct watch *watch);
/** The copy as a text of bytes (empty without one), and back: 0 or -EBADMSG. */
void archive_save(const struct engine *engine, const struct watch *watch,
		  struct pack *out);
int archive_load(struct engine *engine, const struct engine_rule *rule,
		 struct watch *watch, struct sv_str bytes);
/** Tells of a saved copy whose rule is gone: its arithmetic is left out. 0 or -EBADMSG */
int archive_tell(struct sv_str bytes, engine_sink sink, void *user);

/* count.c */

/** How often the event counts. */
static inline uint32_t
count_weight(const struct sv_event *event)
{
	return event->outcome == SV_GAP || event->count == 0 ? 1 : event->count;
}
/** The rule counts the event, and judges the key. */
void count_event(struct engine *engine, const struct engine_match *match,
		 const struct sv_event *event);

/* gauges.c */

/** Once the plan of the rule is known: adds to key_bytes. */
void gauges_init(struct engine *engine, struct engine_rule *rule);
void gauges_count(struct engine *engine, struct engine_rule *rule, struct key *key,
		  const struct sv_event *event);
void gauges_read(struct engine *engine, struct engine_rule *rule, struct key *key,
		 sv_usec now, struct reading *ret_reading);
/** When one of their numbers changes next without an event. */
sv_usec gauges_change(const struct engine_rule *rule, struct key *key, sv_usec now);
/** Time alone may raise an alert for the key. */
bool gauges_wait(const struct engine_rule *rule, struct key *key, sv_usec now);
/** The key is not to be dropped as empty before this instant; 0 = it may be. */
sv_usec gauges_keep(const struct engine *engine, const struct engine_rule *rule,
		    struct key *key);
void gauges_done(struct engine_rule *rule, struct key *key);
void gauges_save(const struct engine_rule *rule, const struct key *key,
		 struct pack *out);

/* compound.c */

/** Finds the rules that rules ask for. 0 or -EINVAL with the index of the rule. */
int compound_link(struct engine *engine, size_t *ret_index);
void compound_read(struct engine *engine, const struct engine_rule *rule,
		   const struct key *key, struct reading *ret_reading);
/** An alert of the key has begun or ended. */
void compound_tell(struct engine *engine, pool_handle key);
/** After a load: rules that ask for others may be new, or others than before. 0 or
 *  -ENOMEM. */
int compound_loaded(struct engine *engine);

/* engine.c */

/* learn.c */

/** What all rules learn from the first event on. 0 or -ENOMEM. */
int learn_init(struct engine *engine, size_t max_histories);
/** The event is part of what is usual for its key. */
void learn_event(struct engine *engine, const struct engine_rule *rule,
		 const struct engine_match *match, const struct sv_event *event);
/** Fills reading->baseline. */
void learn_read(const struct engine *engine, const struct engine_rule *rule,
		const struct key *key, sv_usec now, struct reading *reading);
void learn_save(const struct engine *engine, struct pack *out);
int learn_load(struct engine *engine, struct unpack *in);

/** Works out what keeps names of this rule apart, from engine->seed. */
void rule_salt(const struct engine *engine, struct engine_rule *rule);
