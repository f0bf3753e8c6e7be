/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Last transitions of open alerts, kept in the pool: the struct with all its texts
 * behind it. While it lies there each text's pointer is its offset, so that the block
 * can move and be saved.
 */
#include "engine/state.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TEXTS (9 + 2 * SV_ALERT_MAX_KEY_PARTS + 3 * SV_ALERT_MAX_EVIDENCE)

static size_t
texts_of(struct sv_alert *a, struct sv_str *out[MAX_TEXTS])
{
	size_t n = 0;

	out[n++] = &a->fingerprint;
	out[n++] = &a->rule;
	out[n++] = &a->ruleset;
	out[n++] = &a->service;
	out[n++] = &a->technique;
	out[n++] = &a->reason;
	out[n++] = &a->likely;
	out[n++] = &a->check;
	out[n++] = &a->peer;
	for (size_t i = 0; i < a->n_key; i++) {
		out[n++] = &a->key[i].field;
		out[n++] = &a->key[i].value;
	}
	for (size_t i = 0; i < a->n_evidence; i++) {
		out[n++] = &a->evidence[i].source;
		out[n++] = &a->evidence[i].cursor;
		out[n++] = &a->evidence[i].text;
	}
	return n;
}

void
archive_drop(struct engine *engine, struct watch *watch)
{
	if (watch->copy)
		pool_give(&engine->pool, watch->copy, watch->copy_bytes);
	watch->copy = 0;
	watch->copy_bytes = 0;
}

static bool
keep(struct engine *engine, struct watch *watch, struct sv_alert alert)
{
	struct sv_str *texts[MAX_TEXTS + 1];
	size_t n = texts_of(&alert, texts), bytes = sizeof(alert);

	texts[n++] = &alert.host;
	for (size_t i = 0; i < n; i++)
		bytes += texts[i]->len;
	pool_handle handle = pool_take(&engine->pool, bytes, true);
	if (handle == 0)
		return false;
	char *block = pool_at(&engine->pool, handle);
	size_t at = sizeof(alert);
	for (size_t i = 0; i < n; i++) {
		if (texts[i]->len)
			memcpy(block + at, texts[i]->ptr, texts[i]->len);
		texts[i]->ptr = (const char *)(uintptr_t)at;
		at += texts[i]->len;
	}
	memcpy(block, &alert, sizeof(alert));
	watch->copy = handle;
	watch->copy_bytes = (uint32_t)bytes;
	return true;
}

void
archive_keep(struct engine *engine, struct watch *watch, const struct sv_alert *alert)
{
	struct sv_alert bare = *alert;

	archive_drop(engine, watch);
	if (keep(engine, watch, *alert))
		return;
	bare.n_evidence = 0; /* memory is short: what happened matters most */
	(void)keep(engine, watch, bare);
}

static void
load(const struct engine *engine, const struct watch *watch, struct sv_alert *ret_alert)
{
	const char *block = pool_at(&engine->pool, watch->copy);
	struct sv_str *texts[MAX_TEXTS + 1];

	memcpy(ret_alert, block, sizeof(*ret_alert));
	size_t n = texts_of(ret_alert, texts);
	texts[n++] = &ret_alert->host;
	for (size_t i = 0; i < n; i++)
		texts[i]->ptr = block + (uintptr_t)texts[i]->ptr;
}

/* what orders the open alerts */
struct open_alert {
	const struct watch *watch;
};

static int
worst_first(const void *a, const void *b)
{
	const struct watch *x = ((const struct open_alert *)a)->watch;
	const struct watch *y = ((const struct open_alert *)b)->watch;

	if (x->cycle.severity != y->cycle.severity)
		return x->cycle.severity > y->cycle.severity ? -1 : 1;
	if (x->changed != y->changed)
		return x->changed > y->changed ? -1 : 1;
	return x->serial < y->serial ? -1 : 1;
}

/** The incident of the copy, where it lies. */
static const char *
incident_of(const struct engine *engine, const struct watch *watch)
{
	return (const char *)pool_at(&engine->pool, watch->copy) +
	       offsetof(struct sv_alert, incident);
}

void
engine_alerts_of(struct engine *engine, bool (*want)(void *user, const char *incident),
		 engine_sink each, void *user)
{
	struct open_alert *open = calloc(engine->n_heap + 1, sizeof(*open));
	struct sv_alert alert;
	size_t n = 0;

	if (!open)
		return;
	for (size_t i = 1; i <= engine->n_heap; i++) {
		const struct watch *watch = watch_at(engine, engine->heap[i]);
		if (watch->cycle.severity != SV_SEVERITY_OK && watch->copy &&
		    (!want || want(user, incident_of(engine, watch))))
			open[n++].watch = watch;
	}
	qsort(open, n, sizeof(*open), worst_first);
	for (size_t i = 0; i < n; i++) {
		load(engine, open[i].watch, &alert);
		each(user, &alert);
	}
	free(open);
}

void
engine_alerts(struct engine *engine, engine_sink each, void *user)
{
	engine_alerts_of(engine, NULL, each, user);
}

void
engine_incidents(struct engine *engine, void (*each)(void *user, const char *incident),
		 void *user)
{
	char incident[SV_ALERT_ID_LEN + 1];

	for (size_t i = 1; i <= engine->n_heap; i++) {
		const struct watch *watch = watch_at(engine, engine->heap[i]);
		if (watch->cycle.severity == SV_SEVERITY_OK)
			continue;
		report_incident(engine, watch, incident);
		each(user, incident);
	}
}

/* Saving and loading: the block as it lies there, for the build that wrote it. */

#define LAYOUT ((uint32_t)(sizeof(struct sv_alert) << 8 | SV_ALERT_SCHEMA))

void
archive_save(const struct engine *engine, const struct watch *watch, struct pack *out)
{
	if (!watch->copy) {
		pack_str(out, str_make(NULL, 0));
		return;
	}
	pack_u32(out, watch->copy_bytes + (uint32_t)sizeof(uint32_t));
	pack_u32(out, LAYOUT);
	pack_bytes(out, pool_at(&engine->pool, watch->copy), watch->copy_bytes);
}

/* A byte that is neither 0 nor 1 is no bool. */
static bool
are_bools(const struct sv_alert *a)
{
	const bool *flags[] = { &a->lower_bound,  &a->forgeable,    &a->observe,
				&a->ticket,       &a->key[0].claim, &a->key[1].claim,
				&a->key[2].claim, &a->key[3].claim };

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (*(const unsigned char *)flags[i] > 1)
			return false;
	return true;
}

static bool
is_sound(const struct sv_alert *a)
{
	if (a->n_key > SV_ALERT_MAX_KEY_PARTS || a->n_measure > SV_ALERT_MAX_MEASURES ||
	    a->n_evidence > SV_ALERT_MAX_EVIDENCE || a->n_codes > SV_ALERT_MAX_CODES ||
	    a->id[SV_ALERT_ID_LEN] || a->incident[SV_ALERT_ID_LEN] || !are_bools(a))
		return false;
	for (size_t i = 0; i < a->n_codes; i++)
		if ((unsigned)a->codes[i].outcome >= SV_OUTCOME_COUNT)
			return false;
	if (a->n_causes > SV_ALERT_MAX_CAUSES)
		return false;
	for (size_t i = 0; i < a->n_causes; i++)
		if ((unsigned)a->causes[i].outcome >= SV_OUTCOME_COUNT ||
		    a->causes[i].category[SV_CATEGORY_BYTES - 1])
			return false;
	return (unsigned)a->state <= SV_ALERT_UNKNOWN &&
	       (unsigned)a->severity <= SV_SEVERITY_UNKNOWN &&
	       (unsigned)a->previous <= SV_SEVERITY_UNKNOWN &&
	       (unsigned)a->leg <= SV_LEG_OUT;
}

/** The alert in a block that was saved; its texts point into the block. 0, -EBADMSG;
 *  -ENODATA: another build's. */
static int
open_block(struct sv_str bytes, struct sv_alert *ret_alert)
{
	struct sv_str *texts[MAX_TEXTS + 1];
	struct unpack in = unpack_of(bytes);
	const char *block;

	if (unpack_u32(&in) != LAYOUT)
		return unpack_ok(&in) ? -ENODATA : -EBADMSG;
	block = in.ptr;
	if (in.len < sizeof(*ret_alert))
		return -EBADMSG;
	memcpy(ret_alert, block, sizeof(*ret_alert));
	if (!is_sound(ret_alert))
		return -EBADMSG;
	/* what holds it back is not the engine's to know */
	ret_alert->silenced = ret_alert->inhibited = ret_alert->released =
		str_make(NULL, 0);
	ret_alert->measured = 0;
	ret_alert->grouped = str_make(NULL, 0);
	ret_alert->group = NULL;
	size_t n = texts_of(ret_alert, texts);
	texts[n++] = &ret_alert->host;
	for (size_t i = 0; i < n; i++) {
		size_t at = (size_t)(uintptr_t)texts[i]->ptr;
		if (at > in.len || texts[i]->len > in.len - at)
			return -EBADMSG;
		texts[i]->ptr = block + at;
	}
	return 0;
}

int
archive_load(struct engine *engine, const struct engine_rule *rule, struct watch *watch,
	     struct sv_str bytes)
{
	const struct measures *m = &rule->plan->measures;
	struct sv_alert alert;
	int r = bytes.len ? open_block(bytes, &alert) : -ENODATA;

	if (r == -ENODATA)
		return 0; /* `alerts` shows it again at its next transition */
	if (r < 0 || alert.n_measure > m->n)
		return -EBADMSG;
	for (size_t i = 0; i < alert.n_measure; i++) {
		const struct measure *what = &m->measure[i];
		alert.measure[i].kind = what->kind;
		alert.measure[i].text = what->text;
		const struct expr_field *field = measures_field(m, what);
		alert.measure[i].field = field ? field->name : NULL;
	}
	archive_keep(engine, watch, &alert);
	return 0;
}

int
archive_tell(struct sv_str bytes, engine_sink sink, void *user)
{
	struct sv_alert alert;
	int r = open_block(bytes, &alert);

	if (r < 0)
		return r == -ENODATA ? 0 : r;
	alert.n_measure = 0;
	sink(user, &alert);
	return 0;
}
