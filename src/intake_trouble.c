/* SPDX-License-Identifier: Apache-2.0 */
#include "intake_parts.h"

#include <inttypes.h>

/** An input is given so long to say something that is understood. */
#define NODATA_LEAST (10 * 60 * SV_USEC_PER_SEC)

static bool
item_has_data(const struct item *item)
{
	for (const struct source *source = item->sources; source; source = source->next)
		if (source_known(source) > 0)
			return true;
	return false;
}

/* What was found on this host without a configuration need not all say something: most
 * PBXes log into a file or into the journal, not both. */
static bool
is_optional(const struct intake *intake)
{
	for (size_t i = 0; intake->zero && i < intake->n; i++)
		if (item_has_data(intake->items[i]))
			return true;
	return false;
}

static bool
lacks_data(struct item *item, bool optional, sv_usec passed)
{
	sv_usec least =
		item->silence == SOURCE_SILENCE_HABIT ? NODATA_LEAST : item->silence;

	if (item_has_data(item) || item_problem(item)[0] || !item->stats.caught_up) {
		item->heard = 0;
		return false;
	}
	for (const struct source *source = item->sources; source; source = source->next)
		if (source->trouble[SOURCE_UNRECOGNISED].on)
			return false; /* more is said by that */
	item->heard += passed;
	if (optional || item->heard < least)
		return false;
	trouble_say(&item->nodata,
		    "no readable line has come for %" PRIu64
		    " min: does the PBX log here?",
		    item->heard / (60 * SV_USEC_PER_SEC));
	return true;
}

static void
look_at_item(struct item *item, const struct source_now *now, bool optional,
	     sv_usec passed)
{
	bool unreadable;

	if (item->input)
		input_stats_get(item->input, &item->stats);
	unreadable = item_problem(item)[0] != '\0';
	if (unreadable)
		trouble_say(&item->unreadable, "%s", item_problem(item));
	trouble_look(&item->unreadable, unreadable, passed, now->again);
	for (struct source *source = item->sources; source; source = source->next)
		source_tick(source, now);
	trouble_look(&item->nodata, lacks_data(item, optional, passed), passed,
		     now->again);
}

void
intake_tick(struct intake *intake, sv_usec clock)
{
	struct source_now now = { .clock = clock, .again = intake->again };
	bool optional = is_optional(intake);
	sv_usec passed = source_passed(intake->clock, clock);

	intake->clock = clock;
	for (size_t i = 0; i < intake->n; i++)
		look_at_item(intake->items[i], &now, optional, passed);
	trouble_say(&intake->nothing, "no input is configured and none was found");
	trouble_look(&intake->nothing, intake->n == 0, passed, intake->again);
	intake_look_at_backlog(intake);
}

/* A trouble of one file concerns that file; one of the whole input all that it reads. */
static void
tell_unreadable(struct item *item, const struct trouble_teller *teller)
{
	const char *blind = item->input ? item->stats.blind : "";
	const char *also[SV_EVENT_MAX_RECORDS];
	size_t n = 0;

	for (const struct source *source = item->sources;
	     source && !blind[0] && n < SV_EVENT_MAX_RECORDS; source = source->next)
		also[n++] = source->name;
	item->unreadable.due = false;
	trouble_tell(teller, SV_GAP_UNREADABLE, item->unreadable.text,
		     blind[0] ? blind : item->name, also, n);
}

void
intake_tell(struct intake *intake, sv_usec time)
{
	struct trouble_teller teller = { .time = time,
					 .host = intake->spec.host,
					 .raw = intake->spec.raw,
					 .user = intake->spec.user };

	if (intake->nothing.due) {
		intake->nothing.due = false;
		trouble_tell(&teller, SV_GAP_UNREADABLE, intake->nothing.text, "none",
			     NULL, 0);
	}
	for (size_t i = 0; i < intake->n; i++) {
		struct item *item = intake->items[i];

		if (item->unreadable.due)
			tell_unreadable(item, &teller);
		if (item->nodata.due) {
			item->nodata.due = false;
			trouble_tell(&teller, SV_GAP_NODATA, item->nodata.text,
				     item->n_sources == 1 ? item->sources->name
							  : item->name,
				     NULL, 0);
		}
		/* a file that is gone is told by what cannot be read */
		for (struct source *source = item->sources; source;
		     source = source->next)
			if (!source->resting || !item->unreadable.on)
				source_tell(source, &teller);
	}
}
