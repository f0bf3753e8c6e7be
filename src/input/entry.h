/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One journal entry as a record, field by field: those of sd-journal (live input and
 * offline reader), and those that journalctl printed (wrap.h). All fields are taken in
 * one pass and copied: what sd-journal hands out dies with the next field.
 */
#pragma once

#include <sipvigil/record.h>
#include <systemd/sd-journal.h>

/** MESSAGE_ID of journald's "Suppressed N messages from UNIT". */
#define ENTRY_SUPPRESSED_ID "a596d6fe7bfa4994828e72309e95d61e"

enum entry_field {
	ENTRY_IDENT,
	ENTRY_UNIT,
	ENTRY_HOST,
	ENTRY_OBJECT_UNIT,
	ENTRY_MESSAGE_ID,
	/* those above are kept in entry->small */
	ENTRY_MESSAGE,
	ENTRY_TRANSPORT,
	ENTRY_SOURCE_TIME,
	ENTRY_TIME, /* of an entry in text form; sd-journal has it apart */
	ENTRY_DROPPED,
	ENTRY_OTHER, /* not taken */
};

/* Of the entry at hand. */
struct entry_taken {
	struct sv_str text, small[ENTRY_MESSAGE];
	bool has_text, cut, stdout_stream, driver;
	uint64_t source_time, time, dropped;
};

struct entry {
	char *text; /* cap_bytes long */
	size_t cap_bytes;
	uint64_t cut; /* messages longer than the cap */
	char small[ENTRY_MESSAGE][256];
	struct entry_taken taken;
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

/** The same in steps, for fields from elsewhere: begin, take each, end. A value longer
 *  than cap_bytes is a message that was cut. */
void entry_begin(struct entry *entry);
enum entry_field entry_field_of(struct sv_str name);
void entry_take(struct entry *entry, enum entry_field field, struct sv_str value);
enum entry_result entry_end(struct entry *entry, struct sv_record *ret_record);
