/* SPDX-License-Identifier: Apache-2.0 */
#include "leftover.h"

#include "alert/alert.h"
#include "base/address.h"
#include "base/stamp.h"
#include "base/text.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/** Alerts that are ended at once; further ones the next time. */
#define MAX_AT_ONCE 256

/* Reading. */

static const json_t *
member(const json_t *object, const char *first, const char *second)
{
	const json_t *at = json_object_get(object, first);

	return second ? json_object_get(at, second) : at;
}

static struct sv_str
text(const json_t *value)
{
	if (!json_is_string(value))
		return str_make(NULL, 0);
	return str_make(json_string_value(value), json_string_length(value));
}

static bool
take_id(const json_t *value, char ret_id[SV_ALERT_ID_LEN + 1])
{
	struct sv_str id = text(value);

	if (id.len != SV_ALERT_ID_LEN)
		return false;
	memcpy(ret_id, id.ptr, id.len);
	ret_id[id.len] = '\0';
	return true;
}

static enum sv_severity
severity_of(struct sv_str word)
{
	if (str_eq(word, SV_STR("critical")))
		return SV_SEVERITY_CRITICAL;
	return str_eq(word, SV_STR("unknown")) ? SV_SEVERITY_UNKNOWN
					       : SV_SEVERITY_WARNING;
}

/* "key.user" stands among the claims. */
static bool
is_claim(const json_t *own, struct sv_str field)
{
	const json_t *claims = member(own, "claims", NULL);
	const struct sv_str before = SV_STR("key.");

	for (size_t i = 0; i < json_array_size(claims); i++) {
		struct sv_str path = text(json_array_get(claims, i));
		if (str_starts(path, before) &&
		    str_eq(str_from(path, before.len), field))
			return true;
	}
	return false;
}

static void
take_key(const json_t *own, struct sv_alert *alert)
{
	/* jansson's iterators want it so; nothing is changed. */
	json_t *key = json_object_get(own, "key"), *value;
	const char *field;

	json_object_foreach(key, field, value)
	{
		struct sv_key_part *part = &alert->key[alert->n_key];
		if (alert->n_key == SV_ALERT_MAX_KEY_PARTS)
			return;
		part->field = str_of(field);
		part->value = text(value);
		part->claim = is_claim(own, part->field);
		alert->n_key++;
	}
}

static void
take_remote(const json_t *all, struct sv_alert *alert)
{
	const json_t *remote = json_object_get(all, "server");
	struct sv_str ip;

	alert->leg = remote ? SV_LEG_OUT : SV_LEG_IN;
	if (!remote)
		remote = json_object_get(all, "source");
	if (!remote) {
		alert->leg = SV_LEG_UNKNOWN;
		return;
	}
	ip = text(json_object_get(remote, "ip"));
	if (ip.len)
		(void)address_parse(ip, &alert->peer_ip);
	if (!str_eq(ip, text(json_object_get(remote, "address"))))
		alert->peer = text(json_object_get(remote, "address"));
}

static bool
take_times(const json_t *all, const json_t *own, struct sv_alert *alert)
{
	struct stamp_rules rules = { .zone = "UTC" };
	const json_t *window = json_object_get(own, "window");
	enum sv_time_source source;
	struct stamp *stamp;
	size_t used;
	bool ok;

	if (stamp_new(&rules, &stamp) < 0)
		return false;
	ok = stamp_read(stamp, text(json_object_get(all, "@timestamp")), &used,
			&alert->time, &source) &&
	     stamp_read(stamp, text(member(all, "event", "start")), &used,
			&alert->start, &source);
	if (!stamp_read(stamp, text(json_object_get(window, "first")), &used,
			&alert->first, &source))
		alert->first = alert->start;
	stamp_free(stamp);
	alert->window =
		(sv_usec)(json_number_value(json_object_get(window, "seconds")) *
			  (double)SV_USEC_PER_SEC);
	return ok;
}

static bool
take_alert(const json_t *all, struct sv_alert *alert)
{
	const json_t *own = json_object_get(all, "sipvigil");
	json_int_t sequence = json_integer_value(json_object_get(own, "transition"));

	if (!take_id(json_object_get(all, "id"), alert->id) ||
	    !take_id(json_object_get(own, "incident"), alert->incident) ||
	    !take_times(all, own, alert) || sequence < 1 || sequence >= UINT32_MAX)
		return false;
	alert->sequence = (uint32_t)sequence;
	alert->severity = severity_of(text(json_object_get(all, "severity")));
	alert->previous = severity_of(text(json_object_get(all, "previous")));
	alert->rule = text(member(all, "rule", "name"));
	alert->ruleset = text(member(all, "rule", "ruleset"));
	alert->host = text(member(all, "host", "name"));
	alert->technique =
		text(json_object_get(member(all, "threat", "technique"), "id"));
	alert->fingerprint = text(json_object_get(own, "fingerprint"));
	alert->service = text(json_object_get(own, "service"));
	alert->observe = str_eq(text(json_object_get(own, "mode")), SV_STR("observe"));
	alert->ticket = str_eq(text(json_object_get(own, "mode")), SV_STR("ticket"));
	take_key(own, alert);
	take_remote(all, alert);
	return alert->rule.len && alert->fingerprint.len;
}

bool
leftover_read(struct sv_str json, struct sv_alert *ret_alert, void **ret_owner)
{
	struct sv_alert alert = { .state = SV_ALERT_FIRING };
	json_t *all = json_loadb(json.ptr, json.len, JSON_ALLOW_NUL, NULL);

	if (!all || !take_alert(all, &alert)) {
		json_decref(all);
		return false;
	}
	*ret_alert = alert;
	*ret_owner = all;
	return true;
}

void
leftover_forget(void *owner)
{
	json_decref(owner);
}

/* Ending. */

typedef char incident_id[SV_ALERT_ID_LEN + 1];

struct search {
	const struct leftover_spec *spec;
	sv_usec now;       /* of the engine */
	incident_id *open; /* owned: what the engine has, sorted */
	size_t n_open, cap;
	char *json[MAX_AT_ONCE]; /* owned: to be ended */
	size_t n;
	bool failed; /* for want of memory */
	bool more;   /* some must wait */
};

static void
note_open(void *user, const char *incident)
{
	struct search *search = user;
	size_t cap = search->cap ? 2 * search->cap : 64;
	incident_id *grown;

	if (search->n_open == search->cap) {
		grown = reallocarray(search->open, cap, sizeof(*grown));
		if (!grown) {
			search->failed = true;
			return;
		}
		search->open = grown;
		search->cap = cap;
	}
	memcpy(search->open[search->n_open++], incident, sizeof(incident_id));
}

static void
note_group(void *user, const struct sv_alert *alert)
{
	note_open(user, alert->incident);
}

static int
by_id(const void *a, const void *b)
{
	return strcmp(a, b);
}

static bool
is_open(const struct search *search, struct sv_str incident)
{
	incident_id id = "";

	if (incident.len >= sizeof(id))
		return false;
	memcpy(id, incident.ptr, incident.len);
	return search->n_open &&
	       bsearch(id, search->open, search->n_open, sizeof(id), by_id);
}

static bool
has_rule(const struct leftover_spec *spec, struct sv_str name)
{
	for (size_t i = 0; i < spec->n_rules; i++)
		if (str_eq(str_of(spec->rules[i].name), name))
			return true;
	return false;
}

static void
look_at(void *user, const struct history_row *row)
{
	struct search *search = user;
	const struct leftover_spec *spec = search->spec;

	if (search->failed || is_open(search, row->incident))
		return;
	/* What was logged up to that moment may still be read again. */
	if ((has_rule(spec, row->rule) &&
	     (!spec->settled || search->now <= row->time)) ||
	    search->n == MAX_AT_ONCE) {
		search->more = true;
		return;
	}
	search->json[search->n] = strndup(row->json.ptr, row->json.len);
	if (search->json[search->n])
		search->n++;
	else
		search->failed = true;
}

static void
end_one(const struct search *search, const char *json)
{
	const struct leftover_spec *spec = search->spec;
	struct sv_alert alert;
	incident_id incident;
	void *owner;

	if (!leftover_read(str_of(json), &alert, &owner))
		return;
	memcpy(incident, alert.incident, sizeof(incident));
	alert.state = SV_ALERT_RESOLVED;
	alert.previous = alert.severity;
	alert.severity = SV_SEVERITY_OK;
	alert.sequence++;
	if (search->now > alert.time)
		alert.time = search->now;
	alert.reason =
		has_rule(spec, alert.rule)
			? SV_STR("ended because what was counted for it was lost or "
				 "its "
				 "rule was changed; it counts from the beginning")
			: SV_STR("ended because its rule is gone");
	alert_ids(&alert);
	/* A key that is no UTF-8 is not in the text as it was digested. */
	memcpy(alert.incident, incident, sizeof(incident));
	spec->sink(spec->user, &alert);
	leftover_forget(owner);
}

int
leftover_end(const struct leftover_spec *spec)
{
	struct search search = { .spec = spec };
	struct history_query query = { .open_only = true };
	struct engine_stats stats;
	int r;

	engine_stats_get(spec->engine, &stats);
	search.now = stats.now;
	engine_incidents(spec->engine, note_open, &search);
	if (spec->gate)
		gate_groups(spec->gate, note_group, &search);
	if (search.n_open)
		qsort(search.open, search.n_open, sizeof(incident_id), by_id);
	r = search.failed ? -ENOMEM
			  : history_each(spec->history, &query, look_at, &search);
	for (size_t i = 0; i < search.n; i++) {
		if (r >= 0)
			end_one(&search, search.json[i]);
		free(search.json[i]);
	}
	free(search.open);
	if (r < 0)
		return r;
	return search.failed ? -ENOMEM : search.more ? 0 : 1;
}
