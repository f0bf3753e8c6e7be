/* SPDX-License-Identifier: Apache-2.0 */
#include "input/journal_place.h"

#include "base/text.h"
#include "input/entry.h"
#include "input/words.h"

#include <errno.h>
#include <inttypes.h>
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

/* ---- cursors: "s=SERIES;i=NUMBER;b=BOOT;m=MONOTONIC;t=REALTIME;x=HASH" ---- */

/* The part that begins with `key` ("t="); empty if there is none. */
static struct sv_str
cursor_part(const char *cursor, struct sv_str key)
{
	struct sv_str left = str_of(cursor);

	while (left.len && !str_starts(left, key)) {
		size_t semicolon = str_find_char(left, ';');
		left = str_from(left, semicolon == STR_NONE ? left.len : semicolon + 1);
	}
	left = str_from(left, left.len ? key.len : 0);
	size_t end = str_find_char(left, ';');
	return end == STR_NONE ? left : str_upto(left, end);
}

static uint64_t
cursor_number(const char *cursor, struct sv_str key)
{
	struct sv_str part = cursor_part(cursor, key);
	uint64_t n = 0;

	return str_take_hex(part, &n) == part.len ? n : 0;
}

/* Is it the same entry? What is flushed from /run to /var gets another number in
 * another series there. */
static bool
is_same_entry(const char *a, const char *b)
{
	static const struct sv_str keys[] = {
		{ "b=", 2 }, { "m=", 2 }, { "t=", 2 }, { "x=", 2 }
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!str_eq(cursor_part(a, keys[i]), cursor_part(b, keys[i])))
			return false;
	return true;
}

enum between {
	BETWEEN_NONE,   /* one follows the other */
	BETWEEN_SOME,   /* entries are gone, of this or other units */
	BETWEEN_UNKNOWN /* numbers of different series */
};

static enum between
look_between(const char *a, const char *b, uint64_t *ret_n)
{
	uint64_t x = cursor_number(a, SV_STR("i=")), y = cursor_number(b, SV_STR("i="));

	if (!str_eq(cursor_part(a, SV_STR("s=")), cursor_part(b, SV_STR("s="))) ||
	    y <= x)
		return BETWEEN_UNKNOWN;
	*ret_n = y - x - 1;
	return y == x + 1 ? BETWEEN_NONE : BETWEEN_SOME;
}

/* ---- what is gone ---- */

/* The entries before and after a moment, of all units. */
static enum between
look_at_moment(const struct journal_place *place, sv_usec moment)
{
	char *before = NULL, *after = NULL;
	enum between found = BETWEEN_UNKNOWN;
	sd_journal *all = NULL;
	uint64_t n;

	if (open_spec(place->spec, &all) >= 0 &&
	    sd_journal_seek_realtime_usec(all, moment + 1) >= 0 &&
	    sd_journal_next(all) > 0 && sd_journal_get_cursor(all, &after) >= 0 &&
	    sd_journal_previous(all) > 0 && sd_journal_get_cursor(all, &before) >= 0)
		found = look_between(before, after, &n);
	free(before);
	free(after);
	sd_journal_close(all);
	return found;
}

/* Were entries removed that came after the moment at which all had been read? */
static bool
is_cut_since_end(const struct journal_place *place)
{
	uint64_t from = 0, to = 0;

	/* A file of a user may be older than what was removed: so the numbers, too. */
	return (sd_journal_get_cutoff_realtime_usec(place->journal, &from, &to) > 0 &&
		from > place->end_time) ||
	       look_at_moment(place, place->end_time) == BETWEEN_SOME;
}

/* The entry taken last is gone; `now` is the first one after it, NULL at the end. */
static void
look_for_loss(struct journal_place *place, const char *now)
{
	bool all = !place->spec->n_units && !place->spec->n_identifiers;
	uint64_t n = 0;

	/* An old entry goes in time; what counts is what came after it. */
	if (place->at_end && !is_cut_since_end(place))
		return;
	/* Numbers count the entries of all units. */
	if (now && look_between(place->cursor, now, &n) == BETWEEN_NONE)
		return;
	if (!place->loss)
		place->lost_from = place->at_end
					   ? place->end_time
					   : cursor_number(place->cursor, SV_STR("t="));
	place->loss = true;
	place->n_lost += all ? n : 0;
}

/* Stand behind the entry taken last, or on the first one after it if it is gone. */
static int
seek_cursor(struct journal_place *place)
{
	char *now = NULL;
	int r = sd_journal_seek_cursor(place->journal, place->cursor);

	if (r >= 0)
		r = sd_journal_next(place->journal);
	if (r > 0)
		r = sd_journal_get_cursor(place->journal, &now);
	if (r < 0)
		return r;
	place->standing = now && !is_same_entry(now, place->cursor);
	if (!now || place->standing)
		look_for_loss(place, now);
	free(now);
	return 0;
}

/* ---- a clock that stood earlier after a reboot ---- */

static int
match_boot(sd_journal *journal, sd_id128_t boot)
{
	char match[16 + SD_ID128_STRING_MAX] = "_BOOT_ID=";

	(void)sd_id128_to_string(boot, match + strlen(match));
	return sd_journal_add_match(journal, match, 0);
}

static bool
is_of_boot(const char *cursor, sd_id128_t boot)
{
	char id[SD_ID128_STRING_MAX];

	return str_eq(cursor_part(cursor, SV_STR("b=")),
		      str_of(sd_id128_to_string(boot, id)));
}

/* Entries of different boots are in the order of the clock: those of a boot that began
 * with an earlier clock than the entry taken last come before it, and would never be
 * read. */
static int
look_for_earlier_boot(struct journal_place *place)
{
	sd_journal *all = NULL;
	uint64_t time = 0;
	sd_id128_t boot;
	int r = sd_id128_get_boot(&boot);

	if (r < 0 || is_of_boot(place->cursor, boot))
		return 0;
	/* Of all units: the entries of ours may come later. */
	r = open_spec(place->spec, &all);
	if (r >= 0)
		r = match_boot(all, boot);
	if (r >= 0)
		r = sd_journal_seek_head(all);
	if (r >= 0 && sd_journal_next(all) > 0 &&
	    sd_journal_get_realtime_usec(all, &time) >= 0) {
		place->set_back = time <= cursor_number(place->cursor, SV_STR("t="));
		place->boot = boot;
	}
	sd_journal_close(all);
	return r < 0 ? r : 0;
}

/* The rest of the others was read: go on with that boot. */
static int
seek_in_boot(struct journal_place *place)
{
	int r = sd_journal_add_conjunction(place->journal);

	if (r >= 0)
		r = match_boot(place->journal, place->boot);
	if (r < 0)
		return r;
	return is_of_boot(place->cursor, place->boot)
		       ? seek_cursor(place)
		       : sd_journal_seek_head(place->journal);
}

static int
seek_on(struct journal_place *place)
{
	sd_id128_t boot;
	int r;

	if (place->rest_read && sd_id128_get_boot(&boot) >= 0 &&
	    sd_id128_equal(boot, place->boot))
		return seek_in_boot(place);
	place->set_back = place->rest_read = false;
	r = seek_cursor(place);
	return r < 0 ? r : look_for_earlier_boot(place);
}

/* Its turn comes when the rest of the others was read. */
static bool
is_not_due(const struct journal_place *place)
{
	sd_id128_t boot;
	uint64_t monotonic;

	return place->set_back && !place->rest_read &&
	       sd_journal_get_monotonic_usec(place->journal, &monotonic, &boot) >= 0 &&
	       sd_id128_equal(boot, place->boot);
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
	if (r >= 0 && place->cursor) {
		r = seek_on(place);
	} else if (r >= 0 && from == INPUT_FROM_END) {
		r = seek_end(place);
	} else if (r >= 0) {
		r = sd_journal_seek_head(place->journal);
	}
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
		bool standing = place->standing;
		int r = standing ? 1 : sd_journal_next(place->journal);
		place->standing = false;
		while (r > 0 && is_not_due(place))
			r = sd_journal_next(place->journal);
		if (r > 0)
			return 1;
		if (r == 0 && place->set_back && !place->rest_read) {
			place->rest_read = true;
			return -ESTALE;
		}
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

void
journal_place_words_of_loss(const struct journal_place *place, sv_usec until,
			    char text[JOURNAL_PLACE_LOSS_BYTES])
{
	char from[WORDS_TIME_BYTES], to[WORDS_TIME_BYTES], number[24] = "";

	words_of_time(place->lost_from, from);
	words_of_time(until, to);
	if (place->n_lost)
		(void)snprintf(number, sizeof(number), "%" PRIu64 " ", place->n_lost);
	(void)snprintf(text, JOURNAL_PLACE_LOSS_BYTES,
		       "journal: %sentries between %s and %s were removed before they "
		       "were read",
		       number, from, to);
}
