/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups: when a rule has `group_limit` alerts open that were told one by one, further
 * ones become members of one alert that stands for them all, until none of them is open
 * any more. Its key is {group: "many keys"}, its id rests on that and on the moment of
 * its first member; its transitions say how many members there are and name the first.
 * Pure; the gate decides who is a member.
 */
#pragma once

#include "alert/alert.h"
#include "base/buffer.h"
#include "base/pack.h"

#include <engine/rule.h>

#define GROUP_NAME_BYTES 64

/** A rule with a limit. */
struct group {
	/* owned */
	char *rule, *ruleset, *service, *technique;
	bool observe, ticket;
	uint64_t limit;
	uint64_t single; /* open alerts that were told one by one */
	/* of the alert that stands for the others; open while there are members */
	uint64_t members[SV_SEVERITY_UNKNOWN + 1]; /* open, by severity */
	uint64_t total, told_total; /* members ever, and when that was told last */
	enum sv_severity told;      /* severity that was told last */
	uint32_t sequence;
	sv_usec start, time; /* of the first transition and of the last */
	char name[SV_ALERT_MAX_NAMES][GROUP_NAME_BYTES];
	size_t n_names;
};

struct groups {
	struct group *of;
	size_t n;
};

/** The alert of a group; its texts live here and in the group. */
struct group_alert {
	struct sv_alert alert;
	struct sv_alert_group group;
	struct buffer reason;
	char fingerprint[ALERT_FINGERPRINT_BYTES];
};

/** 0 or -ENOMEM. */
int groups_init(struct groups *groups, const struct rule_spec *rules, size_t n);
void groups_done(struct groups *groups);
/** NULL: the rule has no limit. */
struct group *groups_find(const struct groups *groups, struct sv_str rule);

bool group_is_open(const struct group *group);
/** Is there no room for another single alert? */
static inline bool
group_is_full(const struct group *group)
{
	return group->single >= group->limit || group_is_open(group);
}
/** Its first member is about to join; nothing if it is open. */
void group_begin(struct group *group, sv_usec now);
void group_join(struct group *group, const struct sv_alert *alert);
/** A member's severity is another one now. */
void group_move(struct group *group, enum sv_severity from, enum sv_severity to);
void group_leave(struct group *group, enum sv_severity severity);
/** The group's next transition, if it has one to tell: it began, it is worse or better
 *  than was told, has twice as many members, or is over. */
bool group_step(struct group *group, sv_usec now, struct group_alert *out);
/** Its last transition. */
void group_last(const struct group *group, struct group_alert *out);
void group_alert_init(struct group_alert *out);
void group_alert_done(struct group_alert *out);

void groups_save(const struct groups *groups, struct pack *out);
/** Those of rules that still have a limit. 0 or -EBADMSG. */
int groups_load(struct groups *groups, struct unpack *in);
