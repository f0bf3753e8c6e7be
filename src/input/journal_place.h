/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A place in a journal that outlives rotation, vacuum and reopening. Part of the
 * journal input (journal.c).
 *
 * sd-journal goes on in silence when entries are removed that were not read yet. Here
 * such a loss is noticed: the entry that was read last must still be there, or
 * everything that is there now must begin before the moment at which all had been read.
 */
#pragma once

#include "input/input.h"

#include <systemd/sd-journal.h>

struct journal_place {
	const struct journal_spec *spec;
	sd_journal *journal; /* NULL: not open */
	char *cursor;        /* of the entry taken last; NULL: none yet */
	unsigned roots;      /* which of the host's journal folders were there */
	bool standing;       /* on an entry that was not taken yet */
	bool at_end;         /* all had been read at `end_time` */
	sv_usec end_time;    /* realtime */
	bool loss;       /* entries are gone that were not read; the taker clears it */
	uint64_t n_lost; /* how many at least, 0 = unknown */
	sv_usec lost_from; /* realtime: all before was read */
	/* The clock stood earlier when `boot` began than when the entry taken last was
	 * written: first the rest of the others is read, then that boot alone. */
	bool set_back, rest_read;
	sd_id128_t boot;
	unsigned renewed; /* files came or went so many times */
};

/** Open and seek: behind place->cursor, else by `from`. 0; -ENOENT: there is no journal
 *  yet; other negative errno. */
int journal_place_open(struct journal_place *place, enum input_from from);
void journal_place_close(struct journal_place *place);
/** Closes and forgets. */
void journal_place_done(struct journal_place *place);

/** Take in what changed among the files; may find a loss. 0 or negative errno. */
int journal_place_refresh(struct journal_place *place);
/** To the next entry: 1, or 0 at the end, or negative errno; -ESTALE: open it anew, at
 *  once. */
int journal_place_next(struct journal_place *place);
/** Remember the present entry as taken. */
void journal_place_mark(struct journal_place *place);

#define JOURNAL_PLACE_LOSS_BYTES 192
/** What was lost before `until`, as a sentence. */
void journal_place_words_of_loss(const struct journal_place *place, sv_usec until,
				 char text[JOURNAL_PLACE_LOSS_BYTES]);

/** Folders of the host's journal that are there now differ from those at opening. */
bool journal_place_is_stale(const struct journal_place *place);
/** There is a journal that may not be read. */
bool journal_place_is_forbidden(const struct journal_spec *spec);
