/* SPDX-License-Identifier: Apache-2.0 */
#include "ruleset.h"

#include "alert/alert.h"
#include "base/text.h"
#include "dialect/registry.h"
#include "signature.h"

#include <errno.h>

struct conf *
ruleset_load(const char *path, struct buffer *text, bool color)
{
	struct conf_options wanted = { .path = path,
				       .dialects = registry_dialects(NULL) };
	struct diag diag;
	struct conf *conf;

	diag_init(&diag);
	conf = conf_load(&wanted, &diag);
	diag_print(&diag, text, color);
	diag_done(&diag);
	return conf;
}

struct engine_spec
ruleset_engine(const struct conf *conf)
{
	return (struct engine_spec){
		.rules = conf->rules,
		.n_rules = conf->n_rules,
		.lists = conf->lists,
		.n_lists = conf->n_lists,
		.grace = conf->grace,
		.max_keys = conf->max_keys,
		.max_bytes = conf->max_bytes,
		.max_baselines = conf->max_baselines,
	};
}

int
ruleset_new(struct conf *conf, const struct ruleset_sinks *sinks,
	    struct ruleset *ret_ruleset, struct buffer *text)
{
	struct engine_spec engine = ruleset_engine(conf);
	struct pipeline_spec spec = {
		.engine = &engine,
		.peers = conf->peers,
		.n_peers = conf->n_peers,
		.event = sinks->event,
		.alert = sinks->alert,
		.known = sinks->known,
		.silences = conf->silences,
		.n_silences = conf->n_silences,
		.user = sinks->user,
	};
	struct ruleset ruleset = { .conf = conf };
	struct expr_error error = { 0 };
	size_t rule = 0;

	engine.max_peers = RULESET_MAX_PEERS;
	int r = pipeline_new(&spec, &ruleset.pipeline, &rule, &error);

	if (r == -EINVAL && rule < conf->n_rules)
		buffer_addf(text, "rule \"%s\": %s%s%s\n", conf->rules[rule].name,
			    error.message, error.hint[0] ? "; " : "", error.hint);
	else if (r < 0)
		buffer_addf(text, "the rules cannot be started: %s\n", strerror(-r));
	if (r < 0)
		return r;
	buffer_init(&ruleset.signature);
	signature_rules(&ruleset.signature, conf);
	*ret_ruleset = ruleset;
	return 0;
}

void
ruleset_done(struct ruleset *ruleset)
{
	pipeline_free(ruleset->pipeline);
	buffer_done(&ruleset->signature);
	*ruleset = (struct ruleset){ 0 };
}

bool
ruleset_same(const struct ruleset *ruleset, const struct conf *conf)
{
	struct buffer signature;
	bool same;

	buffer_init(&signature);
	signature_rules(&signature, conf);
	same = !buffer_failed(&signature) && !buffer_failed(&ruleset->signature) &&
	       str_eq(buffer_str(&signature), buffer_str(&ruleset->signature));
	buffer_done(&signature);
	return same;
}

struct ending {
	engine_sink sink;
	void *user;
	sv_usec now;
};

static void
end_alert(void *user, const struct sv_alert *open)
{
	const struct ending *ending = user;
	struct sv_alert over = *open;

	over.state = SV_ALERT_RESOLVED;
	over.previous = open->severity;
	over.severity = SV_SEVERITY_OK;
	over.sequence++;
	if (ending->now > over.time)
		over.time = ending->now;
	over.reason = SV_STR("ended because its rule was changed or is gone; a changed "
			     "rule counts from the beginning");
	alert_ids(&over);
	ending->sink(ending->user, &over);
}

void
ruleset_end_alert(const struct sv_alert *open, sv_usec now, engine_sink sink,
		  void *user)
{
	struct ending ending = { .sink = sink, .user = user, .now = now };

	end_alert(&ending, open);
}

void
ruleset_end_alerts(const struct ruleset *ruleset, engine_sink sink, void *user)
{
	struct engine *engine = pipeline_engine(ruleset->pipeline);
	struct ending ending = { .sink = sink, .user = user };
	struct engine_stats stats;

	engine_stats_get(engine, &stats);
	ending.now = stats.now;
	pipeline_alerts(ruleset->pipeline, end_alert, &ending);
}
