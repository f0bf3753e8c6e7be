/* SPDX-License-Identifier: Apache-2.0 */
#include "intake_parts.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

static const char *
nodata_of(const struct item *item)
{
	return item->nodata.on ? item->nodata.text : "";
}

static void
fill_empty(const struct item *item, struct view_source *view)
{
	*view = (struct view_source){
		.name = item->name,
		.kind = item->kind,
		.problem = item_problem(item)[0] ? item_problem(item) : nodata_of(item),
		.caught_up = true,
	};
}

static void
fill_view(const struct source *source, struct view_source *view)
{
	const struct item *item = source->item;
	const struct stream_stats *stats = &source->stats;
	bool alone = item->n_sources == 1;

	*view = (struct view_source){
		.name = source->name,
		.kind = item->kind,
		.dialect = stats->dialect,
		.problem = item->stats.problem[0] ? item->stats.problem
			   : source->problem[0]   ? source->problem
						  : nodata_of(item),
		.records = stats->records,
		.bytes = stats->bytes,
		.events = stats->events,
		.skipped = stats->skipped,
		.malformed = stats->malformed,
		.foreign = stats->foreign,
		.told = stats->told,
		.others = stats->others,
		.unknown = source_unknown(stats),
		.shapes = source->shapes,
		.gaps = stats->gaps,
		.cut = item->stats.syslog ? source->cut
		       : alone            ? item->stats.cut
					  : 0,
		.lag = item->stats.lag,
		.lines_per_sec = rate_per_sec(&source->lines),
		.has_data = source_known(source) > 0,
		.caught_up = source->caught_up,
	};
}

static bool
views_fit(struct intake *intake)
{
	size_t n = 0;

	for (size_t i = 0; i < intake->n; i++)
		n += intake->items[i]->n_sources + 1;
	if (n <= intake->n_views)
		return true;
	struct view_source *grown = reallocarray(intake->views, n, sizeof(*grown));
	if (!grown)
		return false;
	intake->views = grown;
	intake->n_views = n;
	return true;
}

const struct view_source *
intake_view(struct intake *intake, size_t *ret_n)
{
	size_t n = 0;

	*ret_n = 0;
	if (!views_fit(intake))
		return NULL;
	for (size_t i = 0; i < intake->n; i++) {
		struct item *item = intake->items[i];

		if (item->input)
			input_stats_get(item->input, &item->stats);
		if (!item->sources)
			fill_empty(item, &intake->views[n++]);
		for (struct source *source = item->sources; source;
		     source = source->next) {
			if (source->stream)
				stream_stats_get(source->stream, &source->stats);
			fill_view(source, &intake->views[n++]);
		}
	}
	*ret_n = n;
	return intake->views;
}

static void
fill_receiver(const struct item *item, struct view_syslog *view)
{
	const struct syslog_counts *counts = item->stats.syslog;

	*view = (struct view_syslog){
		.name = item->name,
		.places = counts->places,
		.senders = counts->senders,
		.connections = counts->connections,
		.lost = counts->lost,
		.refused = counts->refused,
		.connections_refused = counts->connections_refused,
		.connections_timed_out = counts->connections_timed_out,
		.connections_broken = counts->connections_broken,
		.tls_refused = counts->tls_refused,
		.headless = counts->headless,
		.senders_forgotten = counts->senders_forgotten,
		.senders_merged = counts->senders_merged,
	};
}

const struct view_syslog *
intake_receivers(struct intake *intake, size_t *ret_n)
{
	size_t n = 0;

	*ret_n = 0;
	if (intake->n > intake->n_receivers) {
		struct view_syslog *grown =
			reallocarray(intake->receivers, intake->n, sizeof(*grown));
		if (!grown)
			return NULL;
		intake->receivers = grown;
		intake->n_receivers = intake->n;
	}
	for (size_t i = 0; i < intake->n; i++) {
		struct item *item = intake->items[i];

		if (!item->input)
			continue;
		input_stats_get(item->input, &item->stats);
		if (item->stats.syslog)
			fill_receiver(item, &intake->receivers[n++]);
	}
	*ret_n = n;
	return intake->receivers;
}

void
intake_health(struct intake *intake, struct output_health *ret_health)
{
	size_t n, blind = 0;
	const struct view_source *views = intake_view(intake, &n);

	*ret_health = (struct output_health){ 0 };
	for (size_t i = 0; i < n; i++) {
		const struct view_source *view = &views[i];
		double lag = (double)view->lag / (double)SV_USEC_PER_SEC;

		if (lag > ret_health->input_lag_sec)
			ret_health->input_lag_sec = lag;
		ret_health->has_data |= view->has_data;
		blind += !view->has_data;
		if (view->problem[0] && !ret_health->note[0])
			(void)snprintf(ret_health->note, sizeof(ret_health->note),
				       "%s: %s", view->name, view->problem);
	}
	if (n == 0)
		(void)snprintf(ret_health->note, sizeof(ret_health->note),
			       "no input is configured and none was found");
	else if (blind && !ret_health->note[0])
		(void)snprintf(ret_health->note, sizeof(ret_health->note),
			       "%zu of %zu sources have not delivered a readable line",
			       blind, n);
}
