/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One journal entry as a record. Used by the live journal input and by the offline
 * reader. All fields are taken in one pass over the entry and copied: what sd-journal
 * hands out dies with the next field.
 */
#pragma once

#include <sipvigil/record.h>
#include <systemd/sd-journal.h>

/** MESSAGE_ID of journald's "Suppressed N messages from UNIT". */
#define ENTRY_SUPPRESSED_ID "a596d6fe7bfa4994828e72309e95d61e"

struct entry {
	char *text; /* cap_bytes long */
	size_t cap_bytes;
	uint64_t cut; /* messages longer than the cap */
	char small[5][256];
};

enum entry_result {
	ENTRY_RECORD,
	ENTRY_NONE, /* no message in it */
};

/** 0 or -ENOMEM. */
int entry_init(struct entry *entry, size_t cap_bytes);
void entry_done(struct entry *entry);

/** The entry at the journal's present place. An entry that is damaged or gone gives
 *  what of it can be read. Views live until the next call. */
enum entry_result entry_read(struct entry *entry, sd_journal *journal,
			     struct sv_record *ret_record);
