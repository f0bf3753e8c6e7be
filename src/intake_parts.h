/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the intake: for intake.c (inputs and their sink), intake_trouble.c (what is
 * wrong with them, every second) and intake_view.c (how others see them) alone. */
#pragma once

#include "intake.h"
#include "intake_saved.h"
#include "source.h"

#define NAME_BYTES SOURCE_NAME_BYTES
#define PROBLEM_BYTES SOURCE_PROBLEM_BYTES

/* One input section of the configuration. */
struct item {
	struct intake *intake;
	struct input *input;      /* NULL: it could not be made */
	char *signature;          /* owned */
	char *dialect, *timezone; /* owned, NULL = not set */
	sv_usec silence;          /* of its sources: SOURCE_SILENCE_… or a time */
	char name[NAME_BYTES];
	const char *kind;
	char problem[PROBLEM_BYTES]; /* why it could not be made or started */
	struct input_stats stats;
	struct source *sources;
	size_t n_sources;
	uint64_t rank; /* of its first source: instep.h */
	uint32_t n_opened;
	sv_usec heard; /* µs that it was listened to without a readable line */
	struct trouble unreadable, nodata;
};

struct intake {
	struct intake_spec spec;
	const struct registry *registry;
	sv_usec clock;              /* of the last tick */
	struct intake_saved *saved; /* until the first intake_apply() */
	bool catching_up;           /* sources are read in step */
	bool zero;                  /* nobody asked for these inputs by name */
	sv_usec again;              /* how often a trouble that lasts is told */
	struct trouble nothing;     /* there is no input at all */
	uint64_t n_made;            /* items ever */
	uint64_t records_then;      /* read by the last tick */
	struct item **items;
	size_t n;
	struct view_source *views;
	size_t n_views;
	struct view_syslog *receivers;
	size_t n_receivers; /* room */
};

/** Why the input cannot be read, or "". */
static inline const char *
item_problem(const struct item *item)
{
	return item->input ? item->stats.problem : item->problem;
}

/** In step until all is read, and no longer than it helps: once a second. */
void intake_look_at_backlog(struct intake *intake);
