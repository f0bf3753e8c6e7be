/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/tally.h"

#include "alert/render.h"
#include "base/text.h"
#include "engine/plan.h"
#include "engine/rule.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define FIRST_SUBJECTS 256
#define NIGHT_BEGINS 22
#define NIGHT_ENDS 6

int
tally_init(struct tally *tally, const struct rule_spec *rules, size_t n_rules)
{
	*tally = (struct tally){ .n_rules = n_rules, .cap_subjects = FIRST_SUBJECTS };
	buffer_init(&tally->scratch);
	tally->rules = calloc(n_rules + 1, sizeof(*tally->rules));
	tally->subjects = calloc(FIRST_SUBJECTS, sizeof(*tally->subjects));
	if (!tally->rules || !tally->subjects)
		return -ENOMEM;
	for (size_t i = 0; i < n_rules; i++)
		tally->rules[i] =
			(struct tally_rule){ .name = rules[i].name,
					     .observe = rules[i].mode == RULE_OBSERVE,
					     .window = rules[i].window,
					     .near.share = -1 };
	return 0;
}

void
tally_done(struct tally *tally)
{
	free(tally->rules);
	free(tally->subjects);
	buffer_done(&tally->scratch);
}

void
tally_subject_set(char to[TALLY_SUBJECT_BYTES], struct sv_str text)
{
	size_t len =
		text.len < TALLY_SUBJECT_BYTES ? text.len : TALLY_SUBJECT_BYTES - 1;

	while (len < text.len && len && ((unsigned char)text.ptr[len] & 0xc0) == 0x80)
		len--;
	memset(to, 0, TALLY_SUBJECT_BYTES);
	if (len)
		memcpy(to, text.ptr, len);
}

static struct tally_subject *
place_of(struct tally_subject *table, size_t cap, uint64_t hash)
{
	size_t i = hash & (cap - 1);

	while (table[i].hash && table[i].hash != hash)
		i = (i + 1) & (cap - 1);
	return &table[i];
}

/** Room for one more; false when there is to be none. */
static bool
make_room(struct tally *tally)
{
	if (tally->n_subjects == TALLY_MAX_SUBJECTS)
		return false;
	if (tally->n_subjects * 2 < tally->cap_subjects)
		return true;
	size_t cap = tally->cap_subjects * 2;
	struct tally_subject *grown = calloc(cap, sizeof(*grown));
	if (!grown)
		return false;
	for (size_t i = 0; i < tally->cap_subjects; i++)
		if (tally->subjects[i].hash)
			*place_of(grown, cap, tally->subjects[i].hash) =
				tally->subjects[i];
	free(tally->subjects);
	tally->subjects = grown;
	tally->cap_subjects = cap;
	return true;
}

static void
count_subject(struct tally *tally, size_t rule, const struct sv_alert *alert)
{
	uint64_t hash = str_hash(alert->fingerprint, rule + 1) | 1;
	struct tally_subject *subject =
		place_of(tally->subjects, tally->cap_subjects, hash);

	if (!subject->hash) {
		if (!make_room(tally)) {
			tally->unnamed++;
			return;
		}
		subject = place_of(tally->subjects, tally->cap_subjects, hash);
		*subject = (struct tally_subject){ .hash = hash, .rule = rule };
		buffer_clear(&tally->scratch);
		render_alert_subject(&tally->scratch, alert);
		tally_subject_set(subject->text, buffer_str(&tally->scratch));
		tally->n_subjects++;
	}
	subject->alerts++;
}

static bool
is_night(sv_usec time)
{
	time_t sec = (time_t)(time / SV_USEC_PER_SEC);
	struct tm tm;

	return localtime_r(&sec, &tm) &&
	       (tm.tm_hour >= NIGHT_BEGINS || tm.tm_hour < NIGHT_ENDS);
}

static struct tally_rule *
rule_of(struct tally *tally, struct sv_str name)
{
	for (size_t i = 0; i < tally->n_rules; i++)
		if (str_eq(name, str_of(tally->rules[i].name)))
			return &tally->rules[i];
	return NULL;
}

void
tally_alert(struct tally *tally, const struct sv_alert *alert)
{
	struct tally_rule *rule = rule_of(tally, alert->rule);

	if (!rule)
		return;
	sv_usec lasted = alert->time > alert->start ? alert->time - alert->start : 0;
	if (lasted > rule->longest)
		rule->longest = lasted;
	if (alert->state != SV_ALERT_FIRING || sv_alert_is_held(alert))
		return;
	rule->alerts++;
	rule->nights += is_night(alert->time);
	count_subject(tally, (size_t)(rule - tally->rules), alert);
}

bool
tally_seen(void *user, const struct engine_seen *seen)
{
	struct tally *tally = user;
	struct tally_rule *rule = &tally->rules[seen->rule];
	struct nearness near;

	rule->counted = true;
	if (rule->alerts)
		return false; /* how near it came is not asked any more */
	probe_near_plan(seen->plan, seen->reading, &near);
	if (near.share <= rule->near.share)
		return true;
	rule->near = near;
	rule->near_time = seen->now;
	buffer_clear(&tally->scratch);
	probe_key_words(&tally->scratch, seen);
	tally_subject_set(rule->near_key, buffer_str(&tally->scratch));
	return true;
}

/* An alert that is still open has lasted up to the end of the logs. */
struct ending {
	struct tally *tally;
	sv_usec last;
};

static void
note_open(void *user, const struct sv_alert *alert)
{
	const struct ending *ending = user;
	struct tally_rule *rule = rule_of(ending->tally, alert->rule);

	if (rule && ending->last > alert->start &&
	    ending->last - alert->start > rule->longest)
		rule->longest = ending->last - alert->start;
}

void
tally_end(struct tally *tally, struct engine *engine, sv_usec first, sv_usec last)
{
	struct ending ending = { tally, last };

	tally->span = last > first ? last - first : 0;
	engine_alerts(engine, note_open, &ending);
}

double
tally_weekly(uint64_t alerts, sv_usec span)
{
	if (span < TALLY_LEAST_SPAN)
		span = TALLY_LEAST_SPAN;
	return (double)alerts * (double)TALLY_WEEK / (double)span;
}

void
tally_weekly_words(struct buffer *buf, double weekly)
{
	buffer_addf(buf, weekly > 0 && weekly < 9.95 ? "%.1f" : "%.0f", weekly);
}

size_t
tally_subjects(const struct tally *tally, size_t rule, size_t max,
	       const struct tally_subject *ret[])
{
	size_t n = 0;

	for (size_t i = 0; i < tally->cap_subjects; i++) {
		const struct tally_subject *s = &tally->subjects[i];
		if (!s->hash || s->rule != rule)
			continue;
		size_t at = n;
		while (at && (ret[at - 1]->alerts < s->alerts ||
			      (ret[at - 1]->alerts == s->alerts &&
			       strcmp(ret[at - 1]->text, s->text) > 0)))
			at--;
		if (at == max)
			continue;
		n += n < max;
		for (size_t k = n - 1; k > at; k--)
			ret[k] = ret[k - 1];
		ret[at] = s;
	}
	return n;
}

void
tally_clock(const struct tally *tally, sv_usec time, char out[32])
{
	time_t sec = (time_t)(time / SV_USEC_PER_SEC);
	struct tm tm;

	out[0] = '\0';
	if (localtime_r(&sec, &tm))
		(void)strftime(out, 32,
			       tally->span < TALLY_WEEK ? "%a %H:%M" : "%Y-%m-%d %H:%M",
			       &tm);
}
