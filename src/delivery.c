/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery.h"

#include "base/log.h"
#include "base/text.h"
#include "output/spool.h"
#include "signature.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PROBLEM_BYTES 256
#define NAME_BYTES 200

/* One output section of the configuration. */
struct item {
	struct output *output; /* NULL: it could not be made */
	char *signature;       /* owned */
	char name[NAME_BYTES];
	const char *kind;
	char problem[PROBLEM_BYTES]; /* why it could not be made */
	struct output_stats stats;   /* for the view */
	bool stopped;
};

struct delivery {
	sd_event *loop;
	const struct output_identity *identity;
	struct item **items;
	size_t n;
	struct view_output *views; /* n_views */
	size_t n_views;
};

int
delivery_new(sd_event *loop, const struct output_identity *identity,
	     struct delivery **ret_delivery)
{
	struct delivery *delivery = calloc(1, sizeof(*delivery));

	if (!delivery)
		return -ENOMEM;
	delivery->loop = sd_event_ref(loop);
	delivery->identity = identity;
	*ret_delivery = delivery;
	return 0;
}

static void
item_free(struct item *item)
{
	if (!item)
		return;
	output_free(item->output);
	free(item->signature);
	free(item);
}

void
delivery_free(struct delivery *delivery)
{
	if (!delivery)
		return;
	for (size_t i = 0; i < delivery->n; i++)
		item_free(delivery->items[i]);
	free(delivery->items);
	free(delivery->views);
	sd_event_unref(delivery->loop);
	free(delivery);
}

static const char *
kind_of(const struct conf_output *output, const char **ret_title)
{
	switch (output->kind) {
	case CONF_STREAM:
		*ret_title = output->spec.stream.title;
		return "stream";
	case CONF_JOURNAL:
		*ret_title = output->spec.journal.title;
		return "journal";
	case CONF_KAFKA:
		*ret_title = output->spec.kafka.title;
		return "kafka";
	case CONF_NAGIOS:
		*ret_title = output->spec.nagios.title;
		return "nagios";
	case CONF_EXEC:
		*ret_title = output->spec.exec.title;
		return "exec";
	}
	return "";
}

static int
make_output(struct delivery *delivery, const struct conf_output *spec,
	    struct item *item)
{
	const struct output_identity *id = delivery->identity;
	sd_event *loop = delivery->loop;

	switch (spec->kind) {
	case CONF_STREAM:
		return stream_output_new(&spec->spec.stream, id, loop, &item->output,
					 item->problem);
	case CONF_JOURNAL:
		return journal_output_new(&spec->spec.journal, id, loop, &item->output,
					  item->problem);
	case CONF_KAFKA:
		return kafka_output_new(&spec->spec.kafka, id, loop, &item->output,
					item->problem);
	case CONF_NAGIOS:
		return nagios_output_new(&spec->spec.nagios, id, loop, &item->output,
					 item->problem);
	case CONF_EXEC:
		return exec_output_new(&spec->spec.exec, id, loop, &item->output,
				       item->problem);
	}
	return -EINVAL;
}

/* Takes the signature; none: no memory. NULL only without memory. */
static struct item *
item_new(struct delivery *delivery, const struct conf_output *spec, char *signature)
{
	struct item *item = signature ? calloc(1, sizeof(*item)) : NULL;
	const char *title = "";
	int r;

	if (!item) {
		free(signature);
		return NULL;
	}
	item->signature = signature;
	item->kind = kind_of(spec, &title);
	(void)snprintf(item->name, sizeof(item->name), "%s:%s", item->kind, title);
	r = make_output(delivery, spec, item);
	if (r >= 0)
		r = item->output->ops->start(item->output);
	if (r >= 0) {
		item->problem[0] = '\0';
		return item;
	}
	if (!item->problem[0])
		(void)snprintf(item->problem, sizeof(item->problem),
			       "cannot be started: %s", strerror(-r));
	log_error("output %s: %s", item->name, item->problem);
	output_free(item->output);
	item->output = NULL;
	return item;
}

static char *
signature_of(const struct conf_output *spec)
{
	struct buffer buf;
	char *text = NULL;

	buffer_init(&buf);
	signature_output(&buf, spec);
	if (!buffer_failed(&buf))
		text = strndup(buf.ptr, buf.len);
	buffer_done(&buf);
	return text;
}

/* The running output with this signature leaves the old list. */
static struct item *
take_running(struct delivery *delivery, const char *signature)
{
	for (size_t i = 0; i < delivery->n; i++) {
		struct item *item = delivery->items[i];

		if (!item || !item->output || strcmp(item->signature, signature))
			continue;
		delivery->items[i] = NULL;
		return item;
	}
	return NULL;
}

static sv_usec
monotonic(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (sv_usec)ts.tv_sec * SV_USEC_PER_SEC + (sv_usec)ts.tv_nsec / 1000;
}

static bool
is_down(struct output *output)
{
	struct output_stats stats;

	output->ops->stats(output, &stats);
	return stats.down_since != 0;
}

/* One that is down must not use up the time of those that work: they come last. */
static void
stop_items(struct item **items, size_t n, sv_usec timeout)
{
	sv_usec deadline = monotonic() + timeout, now;

	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < n; i++) {
			struct output *output = items[i] ? items[i]->output : NULL;
			if (!output || items[i]->stopped ||
			    (pass == 0 && is_down(output)))
				continue;
			now = monotonic();
			output->ops->stop(output, deadline > now ? deadline - now : 0);
			items[i]->stopped = true;
		}
}

/* An output may have two backlogs: "kafka:main" and "kafka:main state". */
static void
tell_orphan(void *user, const char *name, uint64_t waiting)
{
	const struct delivery *delivery = user;

	for (size_t i = 0; i < delivery->n; i++) {
		const char *known = delivery->items[i]->name;
		size_t len = strlen(known);
		if (strncmp(name, known, len) == 0 &&
		    (name[len] == '\0' || strcmp(name + len, " state") == 0))
			return;
	}
	log_notice("%" PRIu64 " alerts wait for %s, which is not configured: they are "
		   "kept for it until history_max_age or history_max_size ends that",
		   waiting, name);
}

static void
tell_orphans(struct delivery *delivery)
{
	const struct spool *spool = delivery->identity->spool;

	if (spool)
		spool->each(spool->user, tell_orphan, delivery);
}

static void
drop_items(struct delivery *delivery, sv_usec patience)
{
	stop_items(delivery->items, delivery->n, patience);
	for (size_t i = 0; i < delivery->n; i++)
		item_free(delivery->items[i]);
	free(delivery->items);
	delivery->items = NULL;
	delivery->n = 0;
}

/* One that is gone before another takes its name, and with it its backlog: both would
 * deliver it. Without memory: those that could be made. */
size_t
delivery_apply(struct delivery *delivery, const struct conf *conf, sv_usec patience)
{
	struct item **items = calloc(conf->n_outputs + 1, sizeof(struct item *));
	size_t n = 0, failed = 0;

	if (!items)
		return conf->n_outputs;
	for (size_t i = 0; i < conf->n_outputs; i++) {
		char *signature = signature_of(&conf->outputs[i]);
		items[i] = signature ? take_running(delivery, signature) : NULL;
		free(signature);
	}
	drop_items(delivery, patience);
	for (size_t i = 0; i < conf->n_outputs; i++) {
		struct item *item = items[i];
		if (!item)
			item = item_new(delivery, &conf->outputs[i],
					signature_of(&conf->outputs[i]));
		if (item)
			items[n++] = item;
		failed += !item || !item->output;
	}
	delivery->items = items;
	delivery->n = n;
	tell_orphans(delivery);
	return failed;
}

void
delivery_alert(struct delivery *delivery, const struct sv_alert *alert)
{
	for (size_t i = 0; i < delivery->n; i++)
		if (delivery->items[i]->output)
			delivery->items[i]->output->ops->alert(
				delivery->items[i]->output, alert);
}

void
delivery_drain(struct delivery *delivery)
{
	for (size_t i = 0; i < delivery->n; i++) {
		struct output *output = delivery->items[i]->output;

		if (output && output->ops->drain)
			output->ops->drain(output);
	}
}

void
delivery_known(struct delivery *delivery, const struct sv_alert *alert)
{
	for (size_t i = 0; i < delivery->n; i++) {
		struct output *output = delivery->items[i]->output;

		if (output && output->ops->known)
			output->ops->known(output, alert);
	}
}

void
delivery_event(struct delivery *delivery, const struct sv_event *event)
{
	for (size_t i = 0; i < delivery->n; i++) {
		struct output *output = delivery->items[i]->output;

		if (output && output->ops->event)
			output->ops->event(output, event);
	}
}

void
delivery_health(struct delivery *delivery, const struct output_health *health)
{
	for (size_t i = 0; i < delivery->n; i++) {
		struct output *output = delivery->items[i]->output;

		if (output && output->ops->health)
			output->ops->health(output, health);
	}
}

bool
delivery_wants_events(const struct delivery *delivery)
{
	for (size_t i = 0; i < delivery->n; i++)
		if (delivery->items[i]->output &&
		    delivery->items[i]->output->ops->event)
			return true;
	return false;
}

void
delivery_stop(struct delivery *delivery, sv_usec timeout)
{
	stop_items(delivery->items, delivery->n, timeout);
}

static void
fill_view(struct item *item, struct view_output *view)
{
	if (item->output)
		item->output->ops->stats(item->output, &item->stats);
	*view = (struct view_output){
		.name = item->name,
		.kind = item->kind,
		.problem = item->output ? item->stats.problem : item->problem,
		.delivered = item->stats.delivered,
		.waiting = item->stats.waiting,
		.dropped = item->stats.dropped,
		.failed = item->stats.failed,
		.down_since = item->stats.down_since,
		.next_try = item->stats.next_try,
	};
}

const struct view_output *
delivery_view(struct delivery *delivery, size_t *ret_n)
{
	*ret_n = 0;
	if (delivery->n_views < delivery->n) {
		struct view_output *grown =
			reallocarray(delivery->views, delivery->n, sizeof(*grown));
		if (!grown)
			return NULL;
		delivery->views = grown;
		delivery->n_views = delivery->n;
	}
	for (size_t i = 0; i < delivery->n; i++)
		fill_view(delivery->items[i], &delivery->views[i]);
	*ret_n = delivery->n;
	return delivery->views;
}
