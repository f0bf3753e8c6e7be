/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/silence.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static void
silence_done(struct silence *silence)
{
	free(silence->id);
	free(silence->where);
	free(silence->author);
	free(silence->reason);
	expr_free(silence->expr);
}

void
silences_done(struct silences *silences)
{
	for (size_t i = 0; i < silences->n; i++)
		silence_done(&silences->of[i]);
	free(silences->of);
	*silences = (struct silences){ 0 };
}

static bool
grow(struct silences *silences)
{
	struct silence *grown =
		reallocarray(silences->of, silences->n + 1, sizeof(*grown));

	if (!grown)
		return false;
	silences->of = grown;
	return true;
}

static bool
fits(const char *text, size_t max)
{
	return !text || strlen(text) <= max;
}

static int
take(struct silences *silences, const struct silence_spec *spec, bool configured,
     struct expr_error *reterr_error)
{
	struct silence s = { .from = spec->from,
			     .until = spec->until,
			     .configured = configured };

	s.expr = expr_new_alert(str_of(spec->where), reterr_error);
	if (!s.expr)
		return -EINVAL;
	s.id = strdup(spec->id);
	s.where = strdup(spec->where);
	s.author = strdup(spec->author ? spec->author : "");
	s.reason = strdup(spec->reason ? spec->reason : "");
	if (!s.id || !s.where || !s.author || !s.reason || !grow(silences)) {
		silence_done(&s);
		return -ENOMEM;
	}
	silences->of[silences->n++] = s;
	return 0;
}

int
silences_configure(struct silences *silences, const struct silence_spec *specs,
		   size_t n)
{
	struct expr_error error;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = take(silences, &specs[i], true, &error);
	silences->n_configured = silences->n;
	return r;
}

int
silences_add(struct silences *silences, const struct silence_spec *spec,
	     const struct silence **ret_silence, struct expr_error *reterr_error)
{
	struct silence_spec one = *spec;
	uint64_t number = silences->added;
	char id[32];

	if (!fits(one.id, SILENCE_ID_BYTES) || !fits(one.author, SILENCE_WORDS_BYTES) ||
	    !fits(one.reason, SILENCE_WORDS_BYTES))
		return -E2BIG;
	if (silences->n - silences->n_configured >= SILENCE_MAX)
		return -ENOSPC;
	while (!one.id) {
		(void)snprintf(id, sizeof(id), "s%llu", (unsigned long long)++number);
		if (!silences_find(silences, str_of(id)))
			one.id = id;
	}
	if (silences_find(silences, str_of(one.id)))
		return -EEXIST;
	int r = take(silences, &one, false, reterr_error);
	if (r < 0)
		return r;
	silences->added = number;
	*ret_silence = &silences->of[silences->n - 1];
	return 0;
}

static void
remove_at(struct silences *silences, size_t at)
{
	silence_done(&silences->of[at]);
	silences->n--;
	memmove(&silences->of[at], &silences->of[at + 1],
		(silences->n - at) * sizeof(silences->of[0]));
}

int
silences_remove(struct silences *silences, struct sv_str id)
{
	const struct silence *silence = silences_find(silences, id);

	if (!silence)
		return -ENOENT;
	if (silence->configured)
		return -EPERM;
	remove_at(silences, (size_t)(silence - silences->of));
	return 0;
}

static bool
has_ended(const struct silence *silence, sv_usec now)
{
	return silence->until && silence->until <= now;
}

void
silences_expire(struct silences *silences, sv_usec now)
{
	for (size_t i = silences->n; i-- > silences->n_configured;)
		if (has_ended(&silences->of[i], now))
			remove_at(silences, i);
}

struct silence *
silences_find(const struct silences *silences, struct sv_str id)
{
	for (size_t i = 0; i < silences->n; i++)
		if (str_eq(str_of(silences->of[i].id), id))
			return &silences->of[i];
	return NULL;
}

bool
silence_is_active(const struct silence *silence, sv_usec now)
{
	return silence->from <= now && !has_ended(silence, now);
}

/** What the expressions see of it. Not what its newest event has alone: an attacker would
 * hide by naming, in the one that reaches the limit, a peer that is silenced. */
static void
facts_of(const struct sv_alert *alert, struct expr_alert *facts)
{
	enum sv_severity severity =
		alert->state == SV_ALERT_RESOLVED ? alert->previous : alert->severity;

	*facts = (struct expr_alert){
		.event = { .time = alert->measured ? alert->measured : alert->time,
			   .peer = alert->peer,
			   .peer_ip = alert->peer_ip,
			   .host = alert->host,
			   .leg = alert->leg,
			   .method = alert->method,
			   .code = alert->code,
			   .attribution = alert->forgeable ? SV_ATTRIBUTION_FORGEABLE
							   : SV_ATTRIBUTION_CERTAIN },
		.severity = (uint32_t)severity,
		.rule = alert->rule,
		.ruleset = alert->ruleset,
		.service = alert->service,
		.technique = alert->technique,
	};
	if (alert->mixed & SV_ALERT_MIXED_PEER)
		facts->event.peer = str_make(NULL, 0);
	if (alert->mixed & SV_ALERT_MIXED_IP)
		facts->event.peer_ip = (struct sv_ip){ 0 };
	if (alert->mixed & SV_ALERT_MIXED_METHOD)
		facts->event.method = SV_METHOD_UNKNOWN;
	if (alert->mixed & SV_ALERT_MIXED_LEG)
		facts->event.leg = SV_LEG_UNKNOWN;
	for (size_t i = 0; i < alert->n_key; i++) {
		/* "service" counts by the door of the PBX, and means Nagios' here */
		struct sv_str *text =
			str_eq(alert->key[i].field, SV_STR("service"))
				? NULL
				: expr_alert_text(facts, alert->key[i].field);
		if (text)
			*text = alert->key[i].value;
	}
}

struct silence *
silences_match(const struct silences *silences, const struct sv_alert *alert,
	       sv_usec now)
{
	struct expr_alert facts;

	if (silences->n == 0)
		return NULL;
	facts_of(alert, &facts);
	for (size_t i = 0; i < silences->n; i++) {
		struct silence *silence = &silences->of[i];
		if (silence_is_active(silence, now) &&
		    expr_test_alert(silence->expr, &facts))
			return silence;
	}
	return NULL;
}

sv_usec
silences_due(const struct silences *silences, sv_usec now)
{
	sv_usec due = SV_USEC_NEVER;

	for (size_t i = 0; i < silences->n; i++) {
		const struct silence *s = &silences->of[i];
		if (s->from > now && s->from < due)
			due = s->from;
		if (s->until > now && s->until < due)
			due = s->until;
	}
	return due;
}

/* Saving. */

void
silences_save(const struct silences *silences, struct pack *out)
{
	pack_u64(out, silences->added);
	pack_u32(out, (uint32_t)silences->n);
	for (size_t i = 0; i < silences->n; i++) {
		const struct silence *s = &silences->of[i];
		pack_u8(out, s->configured);
		pack_str(out, str_of(s->id));
		pack_str(out, str_of(s->where));
		pack_str(out, str_of(s->author));
		pack_str(out, str_of(s->reason));
		pack_u64(out, s->from);
		pack_u64(out, s->until);
		pack_u64(out, s->held);
	}
}

/** A text of the image as the specs want it. */
static char *
text_of(struct unpack *in)
{
	struct sv_str text = unpack_str(in);

	return strndup(text.ptr ? text.ptr : "", text.len);
}

static int
load_one(struct silences *silences, struct unpack *in)
{
	bool configured = unpack_u8(in) == 1;
	char *id = text_of(in), *where = text_of(in);
	char *author = text_of(in), *reason = text_of(in);
	struct silence_spec spec = {
		.id = id, .where = where, .author = author, .reason = reason
	};
	const struct silence *added;
	struct expr_error error;
	int r = -ENOMEM;

	spec.from = unpack_u64(in);
	spec.until = unpack_u64(in);
	uint64_t held = unpack_u64(in);
	if (id && where && author && reason) {
		struct silence *known = silences_find(silences, str_of(id));
		r = !unpack_ok(in) ? -EBADMSG : 0;
		if (r == 0 && !configured && !known)
			r = silences_add(silences, &spec, &added, &error);
		known = silences_find(silences, str_of(id));
		if (r == 0 && known)
			known->held = held;
	}
	free(id);
	free(where);
	free(author);
	free(reason);
	return r == -EBADMSG || r == -ENOMEM ? r : 0;
}

int
silences_load(struct silences *silences, struct unpack *in)
{
	uint64_t added = unpack_u64(in);
	uint32_t n = unpack_u32(in);
	int r = 0;

	for (uint32_t i = 0; i < n && r == 0; i++)
		r = load_one(silences, in);
	if (added > silences->added)
		silences->added = added;
	return r == 0 && !unpack_ok(in) ? -EBADMSG : r;
}
