/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/gate.h"

#include "alert/alert.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/** Layout of what is saved. */
#define FORMAT 1u
#define RELEASED_BYTES (HELD_BY_BYTES + 40)

struct gate {
	struct gate_spec spec;
	struct silences silences;
	struct inhibitors inhibitors;
	struct held_table held;
	struct gate_stats stats;
	sv_usec rung; /* the alarm has served all before it and itself */
	uint64_t changes;
	char orphan[HELD_BY_BYTES]; /* what held the last one */
};

/** What holds an alert back. */
struct cover {
	enum held_why why; /* HELD_FREE: nothing does */
	struct silence *silence;
	struct sv_str by;
};

int
gate_new(const struct gate_spec *spec, struct gate **ret_gate)
{
	struct gate *gate = calloc(1, sizeof(*gate));
	int r = gate ? 0 : -ENOMEM;

	if (r == 0) {
		gate->spec = *spec;
		r = inhibitors_init(&gate->inhibitors, spec->rules, spec->n_rules);
	}
	if (r == 0)
		r = silences_configure(&gate->silences, spec->silences,
				       spec->n_silences);
	if (r < 0) {
		gate_free(gate);
		return r;
	}
	*ret_gate = gate;
	return 0;
}

void
gate_free(struct gate *gate)
{
	if (!gate)
		return;
	silences_done(&gate->silences);
	inhibitors_done(&gate->inhibitors);
	held_done(&gate->held);
	free(gate);
}

static struct cover
cover_of(const struct gate *gate, const struct sv_alert *alert, sv_usec now)
{
	struct cover cover = { .why = HELD_FREE };

	cover.silence = silences_match(&gate->silences, alert, now);
	if (cover.silence) {
		cover.why = HELD_SILENCED;
		cover.by = str_of(cover.silence->id);
		return cover;
	}
	cover.by = inhibitors_match(&gate->inhibitors, alert);
	if (cover.by.len)
		cover.why = HELD_INHIBITED;
	return cover;
}

static void
mark(struct sv_alert *alert, enum held_why why, struct sv_str by)
{
	switch (why) {
	case HELD_FREE:
		break;
	case HELD_SILENCED:
		alert->silenced = by;
		break;
	case HELD_INHIBITED:
		alert->inhibited = by;
		break;
	}
}

/** A transition is held back: marked and counted. */
static void
hold(struct gate *gate, const struct cover *cover, struct sv_alert *alert)
{
	mark(alert, cover->why, cover->by);
	if (cover->silence)
		cover->silence->held++;
	gate->stats.silenced += cover->why == HELD_SILENCED;
	gate->stats.inhibited += cover->why == HELD_INHIBITED;
	gate->changes++;
}

/** The entry for an alert that is covered; NULL: no room, it is told. */
static struct held *
remember(struct gate *gate, const struct cover *cover, const struct sv_alert *alert,
	 enum sv_severity told)
{
	struct held *held = held_find(&gate->held, alert->incident);

	if (!held) {
		held = held_add(&gate->held, alert->incident);
		if (!held) {
			gate->stats.passed++;
			return NULL;
		}
		held->told = (uint8_t)told;
	}
	held->why = (uint8_t)cover->why;
	held_name(held, cover->by);
	gate->changes++;
	return held;
}

static void
forget(struct gate *gate, struct held *held)
{
	held_remove(&gate->held, held);
	gate->changes++;
}

static void
take_resolved(struct gate *gate, struct sv_alert *alert)
{
	struct held *held = held_find(&gate->held, alert->incident);
	struct held was;

	if (held && held->told == SV_SEVERITY_OK) {
		was = *held;
		struct cover cover = { .why = (enum held_why)was.why,
				       .by = str_of(was.by) };
		if (cover.why == HELD_SILENCED)
			cover.silence = silences_find(&gate->silences, cover.by);
		hold(gate, &cover, alert);
		forget(gate, held);
		gate->spec.sink(gate->spec.user, alert);
		return;
	}
	if (held)
		forget(gate, held);
	gate->spec.sink(gate->spec.user, alert);
}

static void
take_open(struct gate *gate, struct sv_alert *alert)
{
	struct cover cover = cover_of(gate, alert, alert->time);
	struct held *held;

	if (cover.why != HELD_FREE) {
		enum sv_severity told = alert->state == SV_ALERT_FIRING
						? SV_SEVERITY_OK
						: alert->previous;
		if (remember(gate, &cover, alert, told))
			hold(gate, &cover, alert);
	} else {
		held = held_find(&gate->held, alert->incident);
		if (held)
			forget(gate, held);
	}
	gate->spec.sink(gate->spec.user, alert);
}

/* What an open alert is to who is told, when covers come and go. */

struct look {
	struct gate *gate;
	sv_usec now;
};

static void
tell_known(struct gate *gate, const struct sv_alert *alert)
{
	if (gate->spec.known)
		gate->spec.known(gate->spec.user, alert);
}

static void
release(struct gate *gate, struct held *held, const struct sv_alert *alert, sv_usec now)
{
	char words[RELEASED_BYTES];
	struct sv_alert again = *alert;
	bool silenced = held->why == HELD_SILENCED;

	(void)snprintf(words, sizeof(words), silenced ? "silence %s has ended"
						      : "%s is over",
		       held->by);
	/* An operator who has silenced what he knew of wants to hear that it goes on. */
	bool news = silenced || held->told != alert->severity;
	again.previous = (enum sv_severity)held->told;
	if (alert->state != SV_ALERT_UNKNOWN)
		again.state = held->told == SV_SEVERITY_OK ? SV_ALERT_FIRING
							   : SV_ALERT_CHANGED;
	forget(gate, held);
	if (!news) {
		tell_known(gate, alert);
		return;
	}
	again.repeat = 0;
	again.released = str_of(words);
	again.measured = alert->time;
	if (now > again.time)
		again.time = now;
	alert_id_again(&again);
	gate->stats.released++;
	gate->spec.sink(gate->spec.user, &again);
}

static void
look_at(void *user, const struct sv_alert *alert)
{
	struct look *look = user;
	struct gate *gate = look->gate;
	struct cover cover = cover_of(gate, alert, look->now);
	struct held *held = held_find(&gate->held, alert->incident);
	struct sv_alert marked = *alert;

	if (cover.why == HELD_FREE) {
		if (held)
			release(gate, held, alert, look->now);
		return;
	}
	/* An inhibitor is about what comes after it. */
	if (!held && cover.why == HELD_INHIBITED)
		return;
	bool began = !held;
	if (!remember(gate, &cover, alert, alert->severity) || !began)
		return;
	mark(&marked, cover.why, cover.by);
	tell_known(gate, &marked);
}

static void
look_again(struct gate *gate, sv_usec now)
{
	struct look look = { gate, now };

	if (gate->held.n || gate->silences.n)
		gate->spec.open(gate->spec.user, look_at, &look);
}

static void
set_alarm(struct gate *gate)
{
	gate->spec.alarm(gate->spec.user, silences_due(&gate->silences, gate->rung));
}

void
gate_ring(struct gate *gate, sv_usec now)
{
	gate->rung = now;
	gate->changes++;
	look_again(gate, now);
	silences_expire(&gate->silences, now);
	set_alarm(gate);
}

void
gate_alert(struct gate *gate, const struct sv_alert *alert)
{
	struct sv_alert copy = *alert;
	bool over = false;

	if (alert->state == SV_ALERT_RESOLVED)
		take_resolved(gate, &copy);
	else
		take_open(gate, &copy);
	/* A rule on trial covers nothing. */
	if (!alert->observe)
		over = inhibitors_note(&gate->inhibitors, alert);
	if (over)
		look_again(gate, alert->time);
}

static void
note_open(void *user, const struct sv_alert *alert)
{
	struct gate *gate = user;

	if (!alert->observe)
		(void)inhibitors_note(&gate->inhibitors, alert);
}

void
gate_begin(struct gate *gate, sv_usec now)
{
	gate->spec.open(gate->spec.user, note_open, gate);
	silences_expire(&gate->silences, now < gate->rung ? now : gate->rung);
	look_again(gate, now);
	set_alarm(gate);
}

void
gate_orphan(struct gate *gate, struct sv_alert *alert)
{
	struct held *held = held_find(&gate->held, alert->incident);

	if (!held)
		return;
	memcpy(gate->orphan, held->by, sizeof(gate->orphan));
	if (held->told == SV_SEVERITY_OK)
		mark(alert, (enum held_why)held->why, str_of(gate->orphan));
	forget(gate, held);
}

void
gate_mark(const struct gate *gate, struct sv_alert *alert)
{
	const struct held *held = held_find(&gate->held, alert->incident);

	if (held)
		mark(alert, (enum held_why)held->why, str_of(held->by));
}

/* Silences that come and go by command. */

const struct silences *
gate_silences(const struct gate *gate)
{
	return &gate->silences;
}

int
gate_add(struct gate *gate, const struct silence_spec *spec, sv_usec now,
	 const struct silence **ret_silence, struct expr_error *reterr_error)
{
	int r = silences_add(&gate->silences, spec, ret_silence, reterr_error);

	if (r < 0)
		return r;
	gate->changes++;
	look_again(gate, now);
	set_alarm(gate);
	return 0;
}

int
gate_remove(struct gate *gate, struct sv_str id, sv_usec now)
{
	int r = silences_remove(&gate->silences, id);

	if (r < 0)
		return r;
	gate->changes++;
	look_again(gate, now);
	set_alarm(gate);
	return 0;
}

void
gate_stats_get(const struct gate *gate, struct gate_stats *ret_stats)
{
	*ret_stats = gate->stats;
	ret_stats->passed += gate->inhibitors.passed;
	ret_stats->held = gate->held.n;
}

uint64_t
gate_changes(const struct gate *gate)
{
	return gate->changes;
}

/* Saving. */

static void
save_silences(void *user, struct pack *out)
{
	silences_save(&((const struct gate *)user)->silences, out);
}

void
gate_save(const struct gate *gate, struct pack *out)
{
	struct gate copy = *gate;

	pack_u32(out, FORMAT);
	pack_blob(out, save_silences, &copy);
	pack_u64(out, gate->rung);
	pack_u64(out, gate->stats.silenced);
	pack_u64(out, gate->stats.inhibited);
	pack_u64(out, gate->stats.released);
	pack_u64(out, gate->stats.passed);
	held_save(&gate->held, out);
}

int
gate_load(struct gate *gate, struct unpack *in)
{
	int r;

	if (unpack_u32(in) != FORMAT)
		return -EBADMSG;
	struct unpack silences = unpack_of(unpack_blob(in));
	gate->rung = unpack_u64(in);
	gate->stats.silenced = unpack_u64(in);
	gate->stats.inhibited = unpack_u64(in);
	gate->stats.released = unpack_u64(in);
	gate->stats.passed = unpack_u64(in);
	r = silences_load(&gate->silences, &silences);
	return r < 0 ? r : held_load(&gate->held, in);
}

static bool
keep_none(void *user, const struct held *held)
{
	(void)user;
	(void)held;
	return false;
}

void
gate_forget(struct gate *gate)
{
	held_sweep(&gate->held, keep_none, NULL);
}
