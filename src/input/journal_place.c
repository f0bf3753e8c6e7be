/* SPDX-License-Identifier: Apache-2.0 */
#include "input/journal_place.h"

#include "base/text.h"
#include "input/entry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Who had read everything a moment ago has lost nothing. */
#define FRESH_USEC (2 * SV_USEC_PER_SEC)

/* Files that vanish while they are read; each makes one such error at most. */
#define MAX_BAD 64

static const char *const roots[] = { "/run/log/journal", "/var/log/journal" };

static sv_usec
realtime_now(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (sv_usec)t.tv_sec * SV_USEC_PER_SEC + (sv_usec)t.tv_nsec / 1000;
}

static unsigned
roots_present(void)
{
	unsigned mask = 0;

	for (unsigned i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		if (access(roots[i], F_OK) == 0)
			mask |= 1u << i;
	return mask;
}

bool
journal_place_is_stale(const struct journal_place *place)
{
	return !place->spec->directory[0] && roots_present() != place->roots;
}

bool
journal_place_is_forbidden(const struct journal_spec *spec)
{
	char path[512];
	char machine[SD_ID128_STRING_MAX];
	sd_id128_t id;

	if (spec->directory[0])
		return access(spec->directory, R_OK | X_OK) < 0 && errno == EACCES;
	if (sd_id128_get_machine(&id) < 0)
		return false;
	(void)sd_id128_to_string(id, machine);
	for (unsigned i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		bool named = spec->name_space[0] && strcmp(spec->name_space, "*") != 0;
		(void)snprintf(path, sizeof(path), "%s/%s%s%s/system.journal", roots[i],
			       machine, named ? "." : "",
			       named ? spec->name_space : "");
		if (access(path, R_OK) < 0 && errno == EACCES)
			return true;
	}
	return false;
}

/* ---- opening ---- */

static int
add_match(sd_journal *journal, const char *field, const char *value, const char *ending)
{
	char match[512];
	int n = snprintf(match, sizeof(match), "%s=%s%s", field, value, ending);

	if (n >= (int)sizeof(match))
		return -ENAMETOOLONG;
	return sd_journal_add_match(journal, match, (size_t)n);
}

/* (unit or unit …) or (identifier or …) or journald's notice of suppressed messages */
static int
add_matches(sd_journal *journal, const struct journal_spec *spec)
{
	int r = 0;

	if (!spec->n_units && !spec->n_identifiers)
		return 0;
	for (size_t i = 0; i < spec->n_units && r >= 0; i++)
		r = add_match(journal, "_SYSTEMD_UNIT", spec->units[i],
			      strchr(spec->units[i], '.') ? "" : ".service");
	if (r >= 0)
		r = sd_journal_add_disjunction(journal);
	for (size_t i = 0; i < spec->n_identifiers && r >= 0; i++)
		r = add_match(journal, "SYSLOG_IDENTIFIER", spec->identifiers[i], "");
	if (r >= 0)
		r = sd_journal_add_disjunction(journal);
	return r < 0 ? r : add_match(journal, "MESSAGE_ID", ENTRY_SUPPRESSED_ID, "");
}

static int
open_spec(const struct journal_spec *spec, sd_journal **ret_journal)
{
	/* Not only the system's own files: a PBX that runs as an ordinary user logs to
	 * a file of that user. */
	int flags = SD_JOURNAL_LOCAL_ONLY;

	if (spec->directory[0])
		return sd_journal_open_directory(ret_journal, spec->directory, 0);
	if (!spec->name_space[0])
		return sd_journal_open(ret_journal, flags);
	if (strcmp(spec->name_space, "*") == 0)
		return sd_journal_open_namespace(ret_journal, NULL,
						 flags | SD_JOURNAL_ALL_NAMESPACES);
	return sd_journal_open_namespace(ret_journal, spec->name_space, flags);
}

/* The number of an entry in its series, from "s=SERIES;i=HEX;…". */
static bool
cursor_number(const char *cursor, struct sv_str *ret_series, uint64_t *ret_number)
{
	struct sv_str s = str_of(cursor);
	size_t semicolon = str_find_char(s, ';');

	if (semicolon == STR_NONE || !str_starts(str_from(s, semicolon), SV_STR(";i=")))
		return false;
	*ret_series = str_upto(s, semicolon);
	return str_take_hex(str_from(s, semicolon + 3), ret_number) > 0;
}

/* How many entries lie between the one taken last and the present one. Numbers count
 * those of all units: with matches they say nothing. */
static uint64_t
count_lost(const struct journal_place *place)
{
	struct sv_str series_a, series_b;
	uint64_t a = 0, b = 0, n = 0;
	char *now = NULL;

	if (place->spec->n_units || place->spec->n_identifiers)
		return 0;
	if (sd_journal_get_cursor(place->journal, &now) >= 0 &&
	    cursor_number(place->cursor, &series_a, &a) &&
	    cursor_number(now, &series_b, &b) && str_eq(series_a, series_b) &&
	    b > a + 1)
		n = b - a - 1;
	free(now);
	return n;
}

static void
note_loss(struct journal_place *place)
{
	place->loss = true;
	place->n_lost += place->standing ? count_lost(place) : 0;
}

/* Did what was there when all had been read begin after everything that is there now?
 */
static bool
is_cut_since_end(const struct journal_place *place)
{
	uint64_t from = 0, to = 0;
	int r = sd_journal_get_cutoff_realtime_usec(place->journal, &from, &to);

	return r > 0 && from > place->end_time;
}

/* Stand behind the entry taken last, or on the first one after it if it is gone. */
static int
seek_cursor(struct journal_place *place)
{
	int r = sd_journal_seek_cursor(place->journal, place->cursor);

	if (r < 0)
		return r;
	r = sd_journal_next(place->journal);
	if (r < 0)
		return r;
	place->standing =
		r > 0 && sd_journal_test_cursor(place->journal, place->cursor) <= 0;
	bool gone = r == 0 || place->standing;
	/* An old entry goes in time; what counts is what came after it. */
	if (gone && (!place->at_end || is_cut_since_end(place)))
		note_loss(place);
	return 0;
}

static int
seek_end(struct journal_place *place)
{
	int r = sd_journal_seek_tail(place->journal);

	if (r >= 0)
		r = sd_journal_previous(place->journal);
	if (r > 0)
		journal_place_mark(place);
	/* No entry of ours yet: then all that come are new. */
	return r == 0 ? sd_journal_seek_head(place->journal) : r;
}

int
journal_place_open(struct journal_place *place, enum input_from from)
{
	uint64_t used = 0;

	journal_place_close(place);
	place->roots = roots_present();
	int r = open_spec(place->spec, &place->journal);
	if (r >= 0)
		r = sd_journal_get_fd(place->journal);
	if (r >= 0)
		r = sd_journal_get_usage(place->journal, &used);
	if (r >= 0 && used == 0)
		r = -ENOENT;
	if (r >= 0)
		r = add_matches(place->journal, place->spec);
	if (r >= 0 && place->cursor)
		r = seek_cursor(place);
	else if (r >= 0 && from == INPUT_FROM_END)
		r = seek_end(place);
	else if (r >= 0)
		r = sd_journal_seek_head(place->journal);
	if (r < 0) {
		journal_place_close(place);
		return r;
	}
	return 0;
}

void
journal_place_close(struct journal_place *place)
{
	sd_journal_close(place->journal);
	place->journal = NULL;
	place->standing = false;
}

void
journal_place_done(struct journal_place *place)
{
	journal_place_close(place);
	free(place->cursor);
	place->cursor = NULL;
}

/* ---- going on ---- */

/* Files came or went. Is the entry that was taken last still there? */
static int
check_place(struct journal_place *place)
{
	place->renewed++;
	if (!place->cursor || place->standing ||
	    (place->at_end && realtime_now() < place->end_time + FRESH_USEC))
		return 0;
	return seek_cursor(place);
}

int
journal_place_refresh(struct journal_place *place)
{
	int r = sd_journal_process(place->journal);

	if (r == SD_JOURNAL_INVALIDATE)
		return check_place(place);
	return r < 0 ? r : 0;
}

int
journal_place_next(struct journal_place *place)
{
	for (int bad = 0; bad < MAX_BAD; bad++) {
		if (place->standing) {
			place->standing = false;
			return 1;
		}
		int r = sd_journal_next(place->journal);
		if (r > 0)
			return 1;
		if (r == 0) {
			place->at_end = true;
			place->end_time = realtime_now();
			return 0;
		}
		if (r != -EBADMSG)
			return r;
		/* A file was removed under our feet. */
		r = sd_journal_process(place->journal);
		if (r >= 0)
			r = check_place(place);
		if (r < 0 && r != -EBADMSG)
			return r;
	}
	return -EBADMSG;
}

void
journal_place_mark(struct journal_place *place)
{
	char *cursor = NULL;

	if (sd_journal_get_cursor(place->journal, &cursor) < 0)
		return;
	free(place->cursor);
	place->cursor = cursor;
}
