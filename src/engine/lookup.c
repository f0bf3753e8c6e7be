/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about one peer, one alert, the rules: from the ring of recent events and
 * the plans. */
#include "base/text.h"
#include "engine/state.h"
#include "sip/outcome.h"

static bool
is_of(const struct sv_event *event, const struct engine_peer *peer)
{
	char text[ADDRESS_TEXT_BYTES];

	if (event->leg != peer->leg)
		return false;
	if (event->peer.len &&
	    str_eq(str_upto(event->peer, TRAIL_NAME_BYTES), peer->name))
		return true;
	return event->peer_ip.family &&
	       str_eq(peer->name, str_make(text, address_print(&event->peer_ip, text)));
}

void
engine_failures(struct engine *engine, const struct engine_peer *peer, size_t max,
		void (*each)(void *user, const struct sv_event *event), void *user)
{
	uint32_t at = RECENT_START;
	struct sv_event event;
	size_t seen = 0;

	while (max > 0 && recent_next(&engine->recent, &at, &seen, &event)) {
		if (!outcome_is_failure(event.outcome) || !is_of(&event, peer))
			continue;
		each(user, &event);
		max--;
	}
}

/* The watch of an open incident, NULL if none is. */
static struct watch *
find_watch(struct engine *engine, struct sv_str incident)
{
	char id[SV_ALERT_ID_LEN + 1];

	for (size_t i = 1; i <= engine->n_heap; i++) {
		struct watch *watch = watch_at(engine, engine->heap[i]);
		if (watch->cycle.severity == SV_SEVERITY_OK)
			continue;
		report_incident(engine, watch, id);
		if (str_eq(str_of(id), incident))
			return watch;
	}
	return NULL;
}

static void
add_address(struct engine_count *count, const struct sv_ip *ip)
{
	if (ip->family == 0)
		return;
	for (uint32_t i = 0; i < count->n_from && i < ENGINE_MAX_FROM; i++)
		if (address_equal(&count->from[i], ip))
			return;
	if (count->n_from < ENGINE_MAX_FROM)
		count->from[count->n_from] = *ip;
	count->n_from++;
}

static void
add_count(struct engine_window *window, const struct sv_event *event)
{
	struct engine_count *count;
	size_t i;

	for (i = 0; i < window->n_counts; i++)
		if (window->count[i].code == event->code &&
		    window->count[i].outcome == event->outcome)
			break;
	if (i == SV_ALERT_MAX_CODES) {
		window->more = true;
		return;
	}
	count = &window->count[i];
	if (i == window->n_counts) {
		*count = (struct engine_count){ .code = event->code,
						.outcome = event->outcome,
						.last = event->time };
		window->n_counts++;
	}
	count->count += event->count;
	if (event->time > count->last)
		count->last = event->time;
	add_address(count, &event->peer_ip);
}

/* Failures before what went well, each most frequent first. */
static void
put_in_order(struct engine_window *window)
{
	for (size_t i = 1; i < window->n_counts; i++) {
		struct engine_count one = window->count[i];
		bool failed = outcome_is_failure(one.outcome);
		size_t k = i;
		for (; k > 0; k--) {
			const struct engine_count *before = &window->count[k - 1];
			bool worse = outcome_is_failure(before->outcome);
			if (worse != failed ? worse : before->count >= one.count)
				break;
			window->count[k] = *before;
		}
		window->count[k] = one;
	}
}

bool
engine_window_of(struct engine *engine, struct sv_str incident,
		 struct engine_window *ret_window)
{
	struct watch *watch = find_watch(engine, incident);
	struct report_input in = { 0 };
	struct recent_want want;
	uint32_t at = RECENT_START;
	struct sv_event event;
	struct sv_ip ip;
	size_t seen;

	if (!watch)
		return false;
	*ret_window = (struct engine_window){ 0 };
	in.key = watch->key;
	in.rule = &engine->rules[key_at(engine, watch->key)->rule];
	in.watch = watch;
	in.now = watch->changed;
	report_want(engine, &in, &want, &ip);
	while (recent_find(&engine->recent, &want, &at, &seen, &event)) {
		if (!report_counted(engine, &in, &event))
			continue;
		if (!ret_window->n_counts) {
			ret_window->pbx = event.pbx;
			ret_window->port = event.peer_port;
		}
		if (ret_window->port != event.peer_port)
			ret_window->port = 0;
		add_count(ret_window, &event);
	}
	put_in_order(ret_window);
	return true;
}

void
engine_rules(const struct engine *engine,
	     void (*each)(void *user, const struct engine_rule_view *rule), void *user)
{
	for (size_t i = 0; i < engine->n_rules; i++) {
		const struct engine_rule *rule = &engine->rules[i];
		const struct plan *plan = rule->plan;
		struct engine_rule_view view = { .name = str_of(plan->name),
						 .ruleset = str_of(plan->ruleset),
						 .service = str_of(plan->service),
						 .window = plan->window,
						 .keys = rule->n_keys,
						 .observe = plan->observe };
		each(user, &view);
	}
}
