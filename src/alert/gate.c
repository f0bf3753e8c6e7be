/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/gate_state.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define RELEASED_BYTES (HELD_BY_BYTES + 40)

/** What holds an alert back. */
struct cover {
	enum held_why why; /* HELD_FREE: nothing does */
	struct silence *silence;
	struct sv_str by;
	uint32_t tag; /* of the inhibitor */
};

int
gate_new(const struct gate_spec *spec, struct gate **ret_gate)
{
	struct gate *gate = calloc(1, sizeof(*gate));
	int r = gate ? 0 : -ENOMEM;

	if (r == 0) {
		gate->spec = *spec;
		group_alert_init(&gate->group);
		r = inhibitors_init(&gate->inhibitors, spec->rules, spec->n_rules);
	}
	if (r == 0)
		r = groups_init(&gate->groups, spec->rules, spec->n_rules);
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
	groups_done(&gate->groups);
	group_alert_done(&gate->group);
	held_done(&gate->held);
	free(gate);
}

static struct cover
cover_of(struct gate *gate, const struct sv_alert *alert, sv_usec now)
{
	struct cover cover = { .why = HELD_FREE };
	const struct inhibitor *inhibitor;

	cover.silence = silences_match(&gate->silences, alert, now);
	if (cover.silence) {
		cover.why = HELD_SILENCED;
		cover.by = str_of(cover.silence->id);
		return cover;
	}
	inhibitor = inhibitors_match(&gate->inhibitors, alert);
	if (inhibitor) {
		cover.why = HELD_INHIBITED;
		cover.by = inhibitors_name(&gate->inhibitors, inhibitor);
		cover.tag = inhibitor_tag(inhibitor->incident);
	}
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
	case HELD_GROUPED:
		alert->grouped = by;
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
	gate->stats.grouped += cover->why == HELD_GROUPED;
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
	held->tag = cover->tag;
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

/* Groups. An alert that is to be told for the first time is admitted: alone, or as a
 * member of its rule's group. */

static void take_open(struct gate *gate, struct sv_alert *alert);
static void take_resolved(struct gate *gate, struct sv_alert *alert);

/** What the group has to say now goes the way of any alert: it may be silenced. */
static void
step_group(struct gate *gate, struct group *group, sv_usec now)
{
	struct sv_alert alert;

	if (!group_step(group, now, &gate->group))
		return;
	gate->changes++;
	alert = gate->group.alert;
	if (alert.state == SV_ALERT_RESOLVED)
		take_resolved(gate, &alert);
	else
		take_open(gate, &alert);
}

/** The incident by which members know their group; it begins with its first member. */
static struct sv_str
incident_of(struct gate *gate, struct group *group, sv_usec now)
{
	group_begin(group, now);
	group_last(group, &gate->group);
	return str_make(gate->group.alert.incident, SV_ALERT_ID_LEN);
}

/** True: it is a member, marked; the group is to be stepped when it was told. */
static bool
admit(struct gate *gate, struct group *group, struct sv_alert *alert, sv_usec now)
{
	struct cover cover = { .why = HELD_GROUPED };

	if (!group || alert->group)
		return false;
	if (!group_is_full(group)) {
		group->single++;
		return false;
	}
	cover.by = incident_of(gate, group, now);
	struct held *held = remember(gate, &cover, alert, SV_SEVERITY_OK);
	if (!held) {
		group->single++;
		return false;
	}
	held->severity = (uint8_t)alert->severity;
	group_join(group, alert);
	hold(gate, &cover, alert);
	return true;
}

/** A transition of a member. */
static void
take_member(struct gate *gate, struct held *held, struct sv_alert *alert)
{
	struct group *group = groups_find(&gate->groups, alert->rule);
	struct held was = *held;
	struct cover cover = { .why = HELD_GROUPED, .by = str_of(was.by) };
	sv_usec time = alert->time;

	hold(gate, &cover, alert);
	if (alert->state == SV_ALERT_RESOLVED) {
		forget(gate, held);
		if (group)
			group_leave(group, (enum sv_severity)was.severity);
	} else {
		held->severity = (uint8_t)alert->severity;
		if (group)
			group_move(group, (enum sv_severity)was.severity,
				   alert->severity);
	}
	gate->spec.sink(gate->spec.user, alert);
	if (group)
		step_group(gate, group, time);
}

static void
count_single(struct gate *gate, const struct sv_alert *alert)
{
	struct group *group =
		alert->group ? NULL : groups_find(&gate->groups, alert->rule);

	if (group)
		group->single++;
}

static void
leave_single(struct gate *gate, const struct sv_alert *alert)
{
	struct group *group =
		alert->group ? NULL : groups_find(&gate->groups, alert->rule);

	if (group && group->single)
		group->single--;
}

static void
take_resolved(struct gate *gate, struct sv_alert *alert)
{
	struct held *held = held_find(&gate->held, alert->incident);
	struct held was;

	if (held && held->why == HELD_GROUPED) {
		take_member(gate, held, alert);
		return;
	}
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
	leave_single(gate, alert);
	gate->spec.sink(gate->spec.user, alert);
}

/** Nothing covers it. */
static void
take_free(struct gate *gate, struct held *held, struct sv_alert *alert)
{
	struct group *group = groups_find(&gate->groups, alert->rule);
	bool first =
		held ? held->told == SV_SEVERITY_OK : alert->state == SV_ALERT_FIRING;
	bool member = first && admit(gate, group, alert, alert->time);
	sv_usec time = alert->time;

	if (!member && held)
		forget(gate, held);
	gate->spec.sink(gate->spec.user, alert);
	if (member)
		step_group(gate, group, time);
}

static void
take_open(struct gate *gate, struct sv_alert *alert)
{
	struct held *held = held_find(&gate->held, alert->incident);
	struct cover cover;

	if (held && held->why == HELD_GROUPED) {
		take_member(gate, held, alert);
		return;
	}
	cover = cover_of(gate, alert, alert->time);
	if (cover.why != HELD_FREE) {
		enum sv_severity told = alert->state == SV_ALERT_FIRING
						? SV_SEVERITY_OK
						: alert->previous;
		if (remember(gate, &cover, alert, told))
			hold(gate, &cover, alert);
		else if (alert->state == SV_ALERT_FIRING)
			count_single(gate, alert);
		gate->spec.sink(gate->spec.user, alert);
		return;
	}
	take_free(gate, held, alert);
}

/* What an open alert is to who is told, when covers come and go. */

struct look {
	struct gate *gate;
	sv_usec now;
	uint32_t tag; /* of the inhibitor that is over */
};

/** Is it held back by the inhibitor that is over? */
static bool
was_under(void *user, const char *incident)
{
	const struct look *look = user;
	const struct held *held = held_find(&look->gate->held, incident);

	return held && held->why == HELD_INHIBITED && held->tag == look->tag;
}

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
	struct group *group = groups_find(&gate->groups, alert->rule);

	if (held->told == SV_SEVERITY_OK && group && !alert->group &&
	    group_is_full(group)) {
		/* From one cover under another: that it is open was recorded before. */
		if (admit(gate, group, &again, now))
			step_group(gate, group, now);
		return;
	}
	(void)snprintf(words, sizeof(words),
		       silenced ? "silence %s has ended" : "%s is over", held->by);
	/* An operator who has silenced what he knew of wants to hear that it goes on. */
	bool news = silenced || held->told != alert->severity;
	again.previous = (enum sv_severity)held->told;
	if (held->told == SV_SEVERITY_OK)
		count_single(gate, alert);
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
	struct held *held = held_find(&gate->held, alert->incident);
	struct sv_alert marked = *alert;

	if (held && held->why == HELD_GROUPED)
		return;
	struct cover cover = cover_of(gate, alert, look->now);

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

/** The alerts of groups, as they were told last. */
static void
each_group(const struct gate *gate, gate_sink each, void *user)
{
	struct group_alert last;

	group_alert_init(&last);
	for (size_t i = 0; i < gate->groups.n; i++) {
		const struct group *group = &gate->groups.of[i];
		if (!group_is_open(group) || group->sequence == 0)
			continue;
		group_last(group, &last);
		each(user, &last.alert);
	}
	group_alert_done(&last);
}

static void
look_again(struct gate *gate, sv_usec now)
{
	struct look look = { .gate = gate, .now = now };

	if (!gate->held.n && !gate->silences.n)
		return;
	each_group(gate, look_at, &look);
	gate->spec.open(gate->spec.user, NULL, look_at, &look);
}

/** An inhibitor is over. Looked at is what it held back alone: whoever can raise many that
 *  hold back others would make each end of one a look at all open alerts. */
static void
look_under(struct gate *gate, const struct sv_alert *over)
{
	struct look look = { .gate = gate,
			     .now = over->time,
			     .tag = inhibitor_tag(over->incident) };

	if (!gate->held.n)
		return;
	each_group(gate, look_at, &look);
	gate->spec.open(gate->spec.user, was_under, look_at, &look);
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
		look_under(gate, alert);
}

static void
note_open(void *user, const struct sv_alert *alert)
{
	struct gate *gate = user;
	const struct held *held = held_find(&gate->held, alert->incident);

	if (!alert->observe)
		(void)inhibitors_note(&gate->inhibitors, alert);
	if (!held || (held->why != HELD_GROUPED && held->told != SV_SEVERITY_OK))
		count_single(gate, alert);
}

void
gate_begin(struct gate *gate, sv_usec now)
{
	for (size_t i = 0; i < gate->groups.n; i++)
		gate->groups.of[i].single = 0;
	gate->spec.open(gate->spec.user, NULL, note_open, gate);
	silences_expire(&gate->silences, now < gate->rung ? now : gate->rung);
	/* Members whose rule was changed have left. */
	for (size_t i = 0; i < gate->groups.n; i++)
		step_group(gate, &gate->groups.of[i], now);
	look_again(gate, now);
	set_alarm(gate);
}

void
gate_orphan(struct gate *gate, struct sv_alert *alert)
{
	struct held *held = held_find(&gate->held, alert->incident);
	struct group *group = groups_find(&gate->groups, alert->rule);

	if (!held)
		return;
	memcpy(gate->orphan, held->by, sizeof(gate->orphan));
	if (held->told == SV_SEVERITY_OK)
		mark(alert, (enum held_why)held->why, str_of(gate->orphan));
	if (held->why == HELD_GROUPED && group)
		group_leave(group, (enum sv_severity)held->severity);
	forget(gate, held);
}

void
gate_groups(const struct gate *gate, gate_sink each, void *user)
{
	each_group(gate, each, user);
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
