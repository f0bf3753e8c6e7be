/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/group.h"

#include "alert/render.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static char *
copy_of(const char *text)
{
	return strdup(text ? text : "");
}

static bool
take_rule(struct groups *groups, const struct rule_spec *rule)
{
	struct group *g = &groups->of[groups->n++];

	*g = (struct group){ .rule = copy_of(rule->name),
			     .ruleset = copy_of(rule->ruleset),
			     .service = copy_of(rule->service),
			     .technique = copy_of(rule->technique),
			     .observe = rule->mode == RULE_OBSERVE,
			     .ticket = rule->mode == RULE_TICKET,
			     .limit = rule->group_limit };
	return g->rule && g->ruleset && g->service && g->technique;
}

int
groups_init(struct groups *groups, const struct rule_spec *rules, size_t n)
{
	bool ok = true;

	*groups = (struct groups){ .of = calloc(n + 1, sizeof(*groups->of)) };
	if (!groups->of)
		return -ENOMEM;
	/* a rule without keys has one alert */
	for (size_t i = 0; i < n && ok; i++)
		if (rules[i].group_limit && rules[i].n_by && rules[i].mode != RULE_OFF)
			ok = take_rule(groups, &rules[i]);
	return ok ? 0 : -ENOMEM;
}

void
groups_done(struct groups *groups)
{
	for (size_t i = 0; i < groups->n; i++) {
		free(groups->of[i].rule);
		free(groups->of[i].ruleset);
		free(groups->of[i].service);
		free(groups->of[i].technique);
	}
	free(groups->of);
	*groups = (struct groups){ 0 };
}

struct group *
groups_find(const struct groups *groups, struct sv_str rule)
{
	for (size_t i = 0; i < groups->n; i++)
		if (str_eq(str_of(groups->of[i].rule), rule))
			return &groups->of[i];
	return NULL;
}

static uint64_t
open_members(const struct group *group)
{
	uint64_t n = 0;

	for (size_t i = 0; i <= SV_SEVERITY_UNKNOWN; i++)
		n += group->members[i];
	return n;
}

bool
group_is_open(const struct group *group)
{
	return open_members(group) > 0;
}

static void
name_member(struct group *group, const struct sv_alert *alert)
{
	struct buffer text, cut;

	if (group->n_names == SV_ALERT_MAX_NAMES)
		return;
	buffer_init(&text);
	buffer_init(&cut);
	render_alert_subject(&text, alert);
	buffer_add_clean(&cut, buffer_str(&text), GROUP_NAME_BYTES - 4);
	struct sv_str name = str_upto(buffer_str(&cut), GROUP_NAME_BYTES - 1);
	if (!buffer_failed(&text) && !buffer_failed(&cut) && name.len) {
		memset(group->name[group->n_names], 0, GROUP_NAME_BYTES);
		memcpy(group->name[group->n_names++], name.ptr, name.len);
	}
	buffer_done(&text);
	buffer_done(&cut);
}

void
group_begin(struct group *group, sv_usec now)
{
	if (group_is_open(group))
		return;
	/* one that ends and one that begins at one instant are two */
	group->start = now > group->time ? now : group->time + 1;
	group->total = group->told_total = 0;
	group->n_names = 0;
	group->sequence = 0;
	group->told = SV_SEVERITY_OK;
}

void
group_join(struct group *group, const struct sv_alert *alert)
{
	group->members[alert->severity]++;
	group->total++;
	name_member(group, alert);
}

void
group_move(struct group *group, enum sv_severity from, enum sv_severity to)
{
	if (!group->members[from])
		return;
	group->members[from]--;
	group->members[to]++;
}

void
group_leave(struct group *group, enum sv_severity severity)
{
	if (group->members[severity])
		group->members[severity]--;
}

/** The worst of its open members; unknown when no other is left. */
static enum sv_severity
severity_of(const struct group *group)
{
	static const enum sv_severity order[] = { SV_SEVERITY_CRITICAL,
						  SV_SEVERITY_WARNING,
						  SV_SEVERITY_UNKNOWN };

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (group->members[order[i]])
			return order[i];
	return SV_SEVERITY_OK;
}

/* "57 keys more than the limit of 20 at once, 40 of them open: a, b, c, d, e and 52
 * others" */
static void
write_reason(const struct group *group, struct buffer *buf)
{
	uint64_t open = open_members(group);

	buffer_clear(buf);
	buffer_addf(buf, "%" PRIu64 " alert%s beyond the limit of %" PRIu64 " at once",
		    group->total, group->total == 1 ? "" : "s", group->limit);
	if (open && open != group->total)
		buffer_addf(buf, ", %" PRIu64 " open", open);
	buffer_add_cstr(buf, ": ");
	for (size_t i = 0; i < group->n_names; i++) {
		buffer_add_cstr(buf, i ? ", " : "");
		buffer_add_cstr(buf, group->name[i]);
	}
	if (group->total > group->n_names)
		buffer_addf(buf, " and %" PRIu64 " more",
			    group->total - group->n_names);
}

static void
fill(const struct group *group, struct group_alert *out)
{
	struct sv_alert *a = &out->alert;

	write_reason(group, &out->reason);
	out->group = (struct sv_alert_group){ .members = group->total,
					      .open = open_members(group),
					      .limit = group->limit,
					      .n_names = group->n_names };
	for (size_t i = 0; i < group->n_names; i++)
		out->group.name[i] = str_of(group->name[i]);
	*a = (struct sv_alert){ .sequence = group->sequence,
				.time = group->time,
				.start = group->start,
				.first = group->start,
				.rule = str_of(group->rule),
				.ruleset = str_of(group->ruleset),
				.service = str_of(group->service),
				.technique = str_of(group->technique),
				.key = { { SV_STR("group"), SV_STR("many keys") } },
				.n_key = 1,
				.reason = buffer_str(&out->reason),
				.check = SV_STR("sipvigil alerts"),
				.observe = group->observe,
				.ticket = group->ticket,
				.group = &out->group };
	a->fingerprint =
		str_make(out->fingerprint, alert_fingerprint(a->rule, a->key, a->n_key,
							     out->fingerprint));
	a->measure[0] = (struct sv_measure){ .kind = SV_MEASURE_COUNT,
					     .text = "members",
					     .value = (double)group->total,
					     .numerator = group->total,
					     .warning = (double)group->limit,
					     .critical = (double)NAN,
					     .clear = (double)NAN };
	a->n_measure = 1;
	alert_ids(a);
}

/** Open: as it was told last. */
static void
set_state(struct sv_alert *alert, enum sv_severity severity, enum sv_severity previous)
{
	alert->severity = severity;
	alert->previous = previous;
	alert->state = severity == SV_SEVERITY_UNKNOWN ? SV_ALERT_UNKNOWN
		       : previous == SV_SEVERITY_OK    ? SV_ALERT_FIRING
						       : SV_ALERT_CHANGED;
}

bool
group_step(struct group *group, sv_usec now, struct group_alert *out)
{
	enum sv_severity is = severity_of(group), was = group->told;

	if (is == was && (is == SV_SEVERITY_OK || group->total < 2 * group->told_total))
		return false;
	group->sequence++;
	group->time = now > group->start ? now : group->start;
	group->told = is;
	group->told_total = group->total;
	fill(group, out);
	set_state(&out->alert, is, was);
	if (is == SV_SEVERITY_OK)
		out->alert.state = SV_ALERT_RESOLVED;
	return true;
}

void
group_last(const struct group *group, struct group_alert *out)
{
	fill(group, out);
	set_state(&out->alert, group->told,
		  group->sequence == 1 ? SV_SEVERITY_OK : group->told);
}

void
group_alert_init(struct group_alert *out)
{
	buffer_init(&out->reason);
}

void
group_alert_done(struct group_alert *out)
{
	buffer_done(&out->reason);
}

/* Saving. How many were told one by one is counted anew from the open alerts. */

void
groups_save(const struct groups *groups, struct pack *out)
{
	pack_u32(out, (uint32_t)groups->n);
	for (size_t i = 0; i < groups->n; i++) {
		const struct group *g = &groups->of[i];
		pack_str(out, str_of(g->rule));
		for (size_t k = 0; k <= SV_SEVERITY_UNKNOWN; k++)
			pack_u64(out, g->members[k]);
		pack_u64(out, g->total);
		pack_u64(out, g->told_total);
		pack_u8(out, (uint8_t)g->told);
		pack_u32(out, g->sequence);
		pack_u64(out, g->start);
		pack_u64(out, g->time);
		pack_u8(out, (uint8_t)g->n_names);
		for (size_t k = 0; k < g->n_names; k++)
			pack_str(out, str_of(g->name[k]));
	}
}

static int
load_one(struct groups *groups, struct unpack *in)
{
	struct group *known = groups_find(groups, unpack_str(in)), g = { 0 };
	uint8_t told, n_names;

	for (size_t k = 0; k <= SV_SEVERITY_UNKNOWN; k++)
		g.members[k] = unpack_u64(in);
	g.total = unpack_u64(in);
	g.told_total = unpack_u64(in);
	told = unpack_u8(in);
	g.sequence = unpack_u32(in);
	g.start = unpack_u64(in);
	g.time = unpack_u64(in);
	n_names = unpack_u8(in);
	if (!unpack_ok(in) || told > SV_SEVERITY_UNKNOWN ||
	    n_names > SV_ALERT_MAX_NAMES)
		return -EBADMSG;
	for (size_t k = 0; k < n_names; k++) {
		struct sv_str name = str_upto(unpack_str(in), GROUP_NAME_BYTES - 1);
		if (name.len)
			memcpy(g.name[k], name.ptr, name.len);
	}
	if (!unpack_ok(in))
		return -EBADMSG;
	if (!known)
		return 0;
	memcpy(known->members, g.members, sizeof(g.members));
	memcpy(known->name, g.name, sizeof(g.name));
	known->total = g.total;
	known->told_total = g.told_total;
	known->told = (enum sv_severity)told;
	known->sequence = g.sequence;
	known->start = g.start;
	known->time = g.time;
	known->n_names = n_names;
	return 0;
}

int
groups_load(struct groups *groups, struct unpack *in)
{
	uint32_t n = unpack_u32(in);
	int r = 0;

	for (uint32_t i = 0; i < n && r == 0; i++)
		r = load_one(groups, in);
	return r == 0 && !unpack_ok(in) ? -EBADMSG : r;
}
