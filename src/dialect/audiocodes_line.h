/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the dialect audiocodes.
 *
 *   audiocodes.c        the envelope, several messages in one record
 *   audiocodes_ids.c    alarms of the intrusion detection system
 *   audiocodes_cdr.c    call detail records: columns by the titles the box sent
 *
 * Whole SIP messages in debug output are read by the dialect sipmsg. All of this rests on
 * documents: the manuals of Mediant 500L, 800, 1000, 4000, SNMP alarms 7.2 to 7.6, and
 * lines that people published.
 */
#pragma once

#include "base/text.h"
#include "dialect/appliance.h"

/** Boxes whose titles of columns are remembered. */
#define AUDIOCODES_BOXES 8
/** Messages in one record that are looked at. */
#define AUDIOCODES_PIECES 16

/** Numbers stand in checkpoints: add at the end, never renumber. */
enum audiocodes_template {
	AUDIOCODES_NONE = 0,
	AUDIOCODES_CDR = 1,
	AUDIOCODES_IDS_EVENT = 2,
	AUDIOCODES_IDS_ALARM = 3,
	AUDIOCODES_IDS_THRESHOLD = 4,
	AUDIOCODES_BLACKLIST = 5,
	AUDIOCODES_TEMPLATES
};

enum audiocodes_column {
	COLUMN_TYPE, /* CALL_END */
	COLUMN_ENDPOINT,
	COLUMN_CALL_ID,
	COLUMN_ORIGIN,
	COLUMN_SOURCE_IP,
	COLUMN_SOURCE_PORT,
	COLUMN_DEST_IP,
	COLUMN_DEST_PORT,
	COLUMN_TRANSPORT,
	COLUMN_SOURCE_URI,
	COLUMN_DEST_URI,
	COLUMN_CATEGORY,
	COLUMN_REASON,
	COLUMN_DESCRIPTION,
	COLUMN_GROUP,
	COLUMNS
};

/** Where the columns stand, 0 = there is none, else place + 1. */
struct audiocodes_titles {
	uint64_t box; /* hash of its name or address */
	uint32_t age; /* 0 = free */
	uint8_t count;
	uint8_t place[COLUMNS];
};

struct audiocodes_state {
	uint32_t clock;
	struct audiocodes_titles titles[AUDIOCODES_BOXES];
};

void audiocodes_begin(const struct appliance_line *line, enum audiocodes_template id,
		      struct sv_event *event);
/** A row of call detail records or of their titles: it begins with "|". */
enum sv_parse audiocodes_cdr(struct appliance_line *line, struct sv_str text);
/** SKIP: it is no alarm. */
enum sv_parse audiocodes_ids(struct appliance_line *line, struct sv_str s);
