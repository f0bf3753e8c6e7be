/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon_parts.h"

#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>

/** How often the files of lists are looked at. */
#define LISTS_INTERVAL (5 * SV_USEC_PER_SEC)
/** How long an output that a reload removes may deliver: the loop stands still. */
#define DROP_TIMEOUT (1 * SV_USEC_PER_SEC)

static void
say_ignored(const char *key, const char *old, const char *wanted, struct buffer *text)
{
	if (!str_eq(str_of(old), str_of(wanted)))
		buffer_addf(text, "'%s' takes effect when sipvigild is restarted\n",
			    key);
}

static void
say_moved(const char *folder, const char *wanted, struct buffer *text)
{
	if (!str_eq(str_of(folder), str_of(wanted)))
		buffer_addf(text,
			    "'state_dir' takes effect when sipvigild is restarted: "
			    "stop it, move what is in %s to %s, and start it; else it "
			    "begins anew\n",
			    folder, wanted);
}

/* The new rules, or those that run when nothing of them changed. */
static int
reload_rules(struct daemon *daemon, struct conf *conf, struct ruleset *ret_rules,
	     struct buffer *text)
{
	if (ruleset_same(&daemon->rules, conf)) {
		*ret_rules = daemon->rules;
		return 0;
	}
	return daemon_rules(daemon, conf, ret_rules, text);
}

static void
tell_known(void *user, const struct sv_alert *open)
{
	delivery_known(user, open);
}

/* What the old pipeline holds, as bytes. Empty without memory. */
static char *
bytes_of(const struct pipeline *pipeline, size_t *ret_len)
{
	struct pack count = { 0 }, out = { 0 };

	pipeline_save(pipeline, &count);
	out.cap = (size_t)count.total;
	out.buf = malloc(out.cap + 1);
	if (!out.buf)
		return NULL;
	pipeline_save(pipeline, &out);
	*ret_len = out.len;
	return out.buf;
}

/* Rules that did not change count on in the new pipeline; alerts of the others end. */
static void
hand_over(struct daemon *daemon, struct ruleset *rules,
	  struct engine_loaded *ret_loaded, struct buffer *text)
{
	struct ruleset old = daemon->rules;
	size_t len = 0;
	char *bytes = bytes_of(old.pipeline, &len);
	struct unpack in = unpack_of(str_make(bytes, len));
	int r = bytes ? pipeline_load(rules->pipeline, &in, daemon_orphan, daemon,
				      ret_loaded)
		      : -ENOMEM;

	free(bytes);
	daemon->rules = *rules;
	if (r < 0) {
		/* A pipeline that was loaded halfway counts from there: no alert of it
		 * is wrong, some counts are too low. */
		buffer_addf(text, "counts could not be handed over: %s\n",
			    strerror(-r));
		ruleset_end_alerts(&old, daemon_alert, daemon);
	}
	ruleset_done(&old);
}

/* Streams go on where they are, with the dialects of the new configuration. */
static void
change_dialects(struct daemon *daemon, struct registry *registry)
{
	struct registry *old = daemon->registry;

	registry_counts_take(registry, old);
	intake_change(daemon->intake, registry);
	daemon->registry = registry;
	registry_free(old);
}

/* The new configuration has been checked: from here on nothing fails. */
static void
take_over(struct daemon *daemon, struct conf *conf, struct ruleset *rules,
	  struct registry *registry, struct buffer *text)
{
	bool same = rules->pipeline == daemon->rules.pipeline;
	struct conf *old = daemon->conf;
	struct conf *old_rules = daemon->rules.conf;
	struct engine_loaded loaded = { 0 };
	size_t failed;

	say_moved(daemon->state_dir, conf->state_dir, text);
	say_ignored("control", old->control, conf->control, text);
	say_ignored("host", daemon->host_name, conf->host, text);
	say_ignored("instance", daemon->instance, conf->instance, text);
	if (!same)
		hand_over(daemon, rules, &loaded, text);
	/* What was raised up to now belongs to the outputs as they were. */
	state_settle(daemon->state);
	delivery_drain(daemon->delivery);
	failed = delivery_apply(daemon->delivery, conf, DROP_TIMEOUT);
	pipeline_alerts(daemon->rules.pipeline, tell_known, daemon->delivery);
	state_set_interval(daemon->state, conf->checkpoint_interval);
	history_set_bounds(state_history(daemon->state), conf->history_max_age,
			   conf->history_max_bytes);
	change_dialects(daemon, registry);
	failed += intake_apply(daemon->intake, conf);
	/* Inputs that were begun just now and rules that are gone: whoever starts next
	 * with this configuration needs to know of them. */
	(void)state_save(daemon->state);
	daemon->conf = conf;
	if (old != daemon->rules.conf)
		conf_free(old);
	if (old_rules != old && old_rules != daemon->rules.conf)
		conf_free(old_rules);
	buffer_addf(text,
		    "configuration taken: %zu rule%s (%s), %zu input%s, %zu output%s",
		    conf->n_rules, str_plural(conf->n_rules),
		    same           ? "unchanged, counts go on"
		    : loaded.rules ? "changed; those that did not change count on"
				   : "changed, counts begin anew",
		    conf_inputs(conf), str_plural(conf_inputs(conf)), conf->n_outputs,
		    str_plural(conf->n_outputs));
	if (failed)
		buffer_addf(text, "; %zu of them could not be started: sipvigil status",
			    failed);
}

int
daemon_reload(void *user, struct buffer *text)
{
	struct daemon *daemon = user;
	struct registry *registry = NULL;
	struct ruleset rules;
	struct conf *conf;
	int r = -EINVAL;

	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
			 clock_of(CLOCK_MONOTONIC));
	conf = ruleset_load(daemon->options.config, text, false);
	if (conf)
		r = registry_new(conf->patterns, conf->n_patterns, &registry);
	if (r >= 0)
		r = reload_rules(daemon, conf, &rules, text);
	if (r < 0) {
		registry_free(registry);
		conf_free(conf);
		daemon->reloads_failed++;
		buffer_add_cstr(text, "the configuration was not taken");
	} else {
		take_over(daemon, conf, &rules, registry, text);
		daemon->reloads++;
		/* Two of everything were there for a moment: what one of them leaves
		 * free goes back to the system. */
		(void)malloc_trim(0);
	}
	(void)sd_notify(0, "READY=1");
	return r;
}

/* A text of several lines into the log. */
static void
log_lines(enum log_level level, struct sv_str text)
{
	while (text.len) {
		size_t end = str_find_char(text, '\n');
		struct sv_str line = str_upto(text, end);

		log_say(level, "%.*s", (int)line.len, line.ptr);
		text = str_from(text, end == STR_NONE ? text.len : end + 1);
	}
}

void
daemon_reload_said(struct daemon *daemon)
{
	struct buffer text;
	int r;

	buffer_init(&text);
	r = daemon_reload(daemon, &text);
	log_lines(r < 0 ? LOG_LEVEL_ERROR : LOG_LEVEL_NOTICE, buffer_str(&text));
	buffer_done(&text);
}

/* A file that is being written looks different at each look: it is taken when two looks
 * in a row agree. What cannot be taken is not tried again until it changes. */
void
daemon_look_at_lists(struct daemon *daemon)
{
	const struct conf *conf = daemon->conf;
	uint64_t digest;

	if (!conf->n_list_files || daemon->time.boot < daemon->next_lists)
		return;
	daemon->next_lists = daemon->time.boot + LISTS_INTERVAL;
	digest = conf_list_digest(conf);
	if (digest != daemon->list_digest) {
		daemon->list_digest = digest;
		daemon->lists_due = digest != conf->list_digest;
		return;
	}
	if (!daemon->lists_due)
		return;
	daemon->lists_due = false;
	log_notice("files of lists have changed: the configuration is read again");
	daemon_reload_said(daemon);
}
