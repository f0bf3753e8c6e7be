/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/cycle.h"

void
cycle_init(struct cycle *cycle)
{
	*cycle = (struct cycle){
		.warning_since = SV_USEC_NEVER,
		.critical_since = SV_USEC_NEVER,
		.clear_since = SV_USEC_NEVER,
		.lower_since = SV_USEC_NEVER,
	};
}

static sv_usec
later(sv_usec since, sv_usec span)
{
	return since >= SV_USEC_NEVER - span ? SV_USEC_NEVER : since + span;
}

static sv_usec
max_usec(sv_usec a, sv_usec b)
{
	return a > b ? a : b;
}

static sv_usec
min_usec(sv_usec a, sv_usec b)
{
	return a < b ? a : b;
}

static void
hold(sv_usec *since, bool holds, const struct cycle_input *in)
{
	if (holds && *since == SV_USEC_NEVER)
		*since = in->now;
	else if (!holds && in->settled)
		*since = SV_USEC_NEVER;
}

/** The other way round: what begins only at a settled instant and ends at once. */
static void
rest(sv_usec *since, bool holds, const struct cycle_input *in)
{
	if (!holds)
		*since = SV_USEC_NEVER;
	else if (in->settled && *since == SV_USEC_NEVER)
		*since = in->now;
}

static enum sv_severity
ripe_severity(const struct cycle *c, const struct cycle_rule *rule,
	      const struct cycle_input *in)
{
	if (in->critical && later(c->critical_since, rule->for_usec) <= in->now)
		return SV_SEVERITY_CRITICAL;
	if (rule->has_warning && (in->warning || in->critical) &&
	    later(c->warning_since, rule->for_usec) <= in->now)
		return SV_SEVERITY_WARNING;
	return SV_SEVERITY_OK;
}

static bool
change(struct cycle *c, enum sv_alert_state state, enum sv_severity severity,
       sv_usec now, struct cycle_change *ret_change)
{
	enum sv_severity was = (enum sv_severity)c->severity;

	ret_change->state = state;
	ret_change->repeat = 0;
	c->told = now;
	ret_change->previous = c->unknown ? SV_SEVERITY_UNKNOWN : was;
	ret_change->severity =
		state == SV_ALERT_UNKNOWN ? SV_SEVERITY_UNKNOWN : severity;
	c->unknown = state == SV_ALERT_UNKNOWN;
	if (!c->unknown)
		c->severity = (uint8_t)severity;
	c->sequence++;
	return true;
}

static sv_usec
clear_at(const struct cycle *c, const struct cycle_rule *rule, sv_usec gap_until)
{
	if (c->clear_since == SV_USEC_NEVER)
		return SV_USEC_NEVER;
	return later(max_usec(c->clear_since, gap_until), rule->clear_for);
}

/** Down to warning, unless it is already on the way to being over. */
static bool
may_lower(const struct cycle *c, const struct cycle_rule *rule)
{
	return c->severity == SV_SEVERITY_CRITICAL && rule->has_warning &&
	       !c->unknown && c->clear_since == SV_USEC_NEVER;
}

/** When the alert, which is open, is told again although nothing changes. */
static sv_usec
repeat_at(const struct cycle *c, const struct cycle_rule *rule)
{
	return rule->repeat && !c->unknown ? later(c->told, rule->repeat)
					   : SV_USEC_NEVER;
}

static bool
step_down(struct cycle *c, const struct cycle_rule *rule, const struct cycle_input *in,
	  struct cycle_change *ret_change)
{
	if (in->now >= clear_at(c, rule, in->gap_until)) {
		c->cooldown_until = later(in->now, rule->cooldown);
		c->clear_since = c->lower_since = SV_USEC_NEVER;
		return change(c, SV_ALERT_RESOLVED, SV_SEVERITY_OK, in->now,
			      ret_change);
	}
	if (!c->unknown && in->now >= clear_at(c, rule, 0))
		return change(c, SV_ALERT_UNKNOWN, SV_SEVERITY_UNKNOWN, in->now,
			      ret_change);
	if (may_lower(c, rule) && in->now >= later(c->lower_since, rule->clear_for)) {
		c->lower_since = SV_USEC_NEVER;
		return change(c, SV_ALERT_CHANGED, SV_SEVERITY_WARNING, in->now,
			      ret_change);
	}
	if (in->now >= repeat_at(c, rule)) {
		(void)change(c, SV_ALERT_CHANGED, (enum sv_severity)c->severity,
			     in->now, ret_change);
		ret_change->repeat = ++c->repeats;
		return true;
	}
	return false;
}

bool
cycle_step(struct cycle *c, const struct cycle_rule *rule, const struct cycle_input *in,
	   struct cycle_change *ret_change)
{
	bool open = c->severity != SV_SEVERITY_OK;

	hold(&c->warning_since, in->warning || in->critical, in);
	hold(&c->critical_since, in->critical, in);
	rest(&c->clear_since, open && in->clear, in);
	rest(&c->lower_since,
	     c->severity == SV_SEVERITY_CRITICAL && rule->has_warning && in->lower, in);

	enum sv_severity ripe = ripe_severity(c, rule, in);
	if (!open && ripe != SV_SEVERITY_OK && in->now >= c->cooldown_until) {
		c->start = in->now;
		c->sequence = 0;
		c->repeats = 0;
		return change(c, SV_ALERT_FIRING, ripe, in->now, ret_change);
	}
	if (!open)
		return false;
	if (ripe > (enum sv_severity)c->severity)
		return change(c, SV_ALERT_CHANGED, ripe, in->now, ret_change);
	if (c->unknown && !in->clear)
		return change(c, SV_ALERT_CHANGED, (enum sv_severity)c->severity,
			      in->now, ret_change);
	return in->settled && step_down(c, rule, in, ret_change);
}

/** Something that this instant, once settled, would change. */
static bool
must_settle(const struct cycle *c, const struct cycle_rule *rule,
	    const struct cycle_input *in)
{
	bool open = c->severity != SV_SEVERITY_OK;
	bool any = in->warning || in->critical;

	if (in->settled)
		return false;
	return (!any && c->warning_since != SV_USEC_NEVER) ||
	       (!in->critical && c->critical_since != SV_USEC_NEVER) ||
	       (open && in->clear && c->clear_since == SV_USEC_NEVER) ||
	       (c->severity == SV_SEVERITY_CRITICAL && rule->has_warning && in->lower &&
		c->lower_since == SV_USEC_NEVER);
}

sv_usec
cycle_due(const struct cycle *c, const struct cycle_rule *rule,
	  const struct cycle_input *in)
{
	sv_usec due = SV_USEC_NEVER;

	if (must_settle(c, rule, in))
		return in->now;
	if (c->severity != SV_SEVERITY_CRITICAL)
		due = min_usec(due, max_usec(later(c->critical_since, rule->for_usec),
					     c->cooldown_until));
	if (c->severity == SV_SEVERITY_OK && rule->has_warning)
		due = min_usec(due, max_usec(later(c->warning_since, rule->for_usec),
					     c->cooldown_until));
	if (c->severity == SV_SEVERITY_OK)
		/* the cooldown's end: what is remembered may be forgotten */
		return c->cooldown_until > in->now ? min_usec(due, c->cooldown_until)
						   : due;
	due = min_usec(due, clear_at(c, rule, c->unknown ? in->gap_until : 0));
	due = min_usec(due, repeat_at(c, rule));
	if (may_lower(c, rule))
		due = min_usec(due, later(c->lower_since, rule->clear_for));
	return due;
}

bool
cycle_idle(const struct cycle *c, sv_usec now)
{
	return c->severity == SV_SEVERITY_OK && c->warning_since == SV_USEC_NEVER &&
	       c->critical_since == SV_USEC_NEVER && c->cooldown_until <= now;
}
