/* SPDX-License-Identifier: Apache-2.0 */
#include "input/entry.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>

enum field {
	FIELD_IDENT,
	FIELD_UNIT,
	FIELD_HOST,
	FIELD_OBJECT_UNIT,
	FIELD_MESSAGE_ID,
	/* those above are kept in entry->small */
	FIELD_MESSAGE,
	FIELD_TRANSPORT,
	FIELD_SOURCE_TIME,
	FIELD_DROPPED,
};

/* "NAME=" of the fields we take; the value follows. */
static const struct {
	struct sv_str name;
	enum field field;
} fields[] = {
	{ { "MESSAGE=", 8 }, FIELD_MESSAGE },
	{ { "SYSLOG_IDENTIFIER=", 18 }, FIELD_IDENT },
	{ { "_SYSTEMD_UNIT=", 14 }, FIELD_UNIT },
	{ { "_HOSTNAME=", 10 }, FIELD_HOST },
	{ { "_TRANSPORT=", 11 }, FIELD_TRANSPORT },
	{ { "_SOURCE_REALTIME_TIMESTAMP=", 27 }, FIELD_SOURCE_TIME },
	{ { "MESSAGE_ID=", 11 }, FIELD_MESSAGE_ID },
	{ { "N_DROPPED=", 10 }, FIELD_DROPPED },
	{ { "OBJECT_SYSTEMD_UNIT=", 20 }, FIELD_OBJECT_UNIT },
};

struct taken {
	struct sv_str text, small[5];
	bool has_text, cut, stdout_stream, driver;
	uint64_t source_time, dropped;
};

int
entry_init(struct entry *entry, size_t cap_bytes)
{
	*entry = (struct entry){ .cap_bytes = cap_bytes };
	entry->text = malloc(cap_bytes);
	return entry->text ? 0 : -ENOMEM;
}

void
entry_done(struct entry *entry)
{
	free(entry->text);
	entry->text = NULL;
}

static struct sv_str
keep(char *to, size_t room, struct sv_str value)
{
	value = str_upto(value, room);
	memcpy(to, value.ptr, value.len);
	return str_make(to, value.len);
}

static void
take_field(struct entry *entry, enum field field, struct sv_str value,
	   struct taken *taken)
{
	switch (field) {
	case FIELD_IDENT:
	case FIELD_UNIT:
	case FIELD_HOST:
	case FIELD_OBJECT_UNIT:
	case FIELD_MESSAGE_ID:
		/* A field may occur more than once (only trusted ones may not): the
		 * first counts. */
		if (!taken->small[field].len)
			taken->small[field] = keep(entry->small[field],
						   sizeof(entry->small[0]), value);
		break;
	case FIELD_MESSAGE:
		if (taken->has_text)
			break;
		taken->cut = value.len > entry->cap_bytes;
		taken->text = keep(entry->text, entry->cap_bytes, value);
		taken->has_text = true;
		break;
	case FIELD_TRANSPORT:
		taken->stdout_stream = str_eq(value, SV_STR("stdout"));
		taken->driver = str_eq(value, SV_STR("driver"));
		break;
	case FIELD_SOURCE_TIME:
		(void)str_take_u64(value, &taken->source_time);
		break;
	case FIELD_DROPPED:
		(void)str_take_u64(value, &taken->dropped);
		break;
	}
}

static void
take_fields(struct entry *entry, sd_journal *journal, struct taken *taken)
{
	const void *data;
	size_t len;

	sd_journal_restart_data(journal);
	while (sd_journal_enumerate_available_data(journal, &data, &len) > 0) {
		struct sv_str pair = str_make(data, len);
		for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
			size_t n = fields[i].name.len;
			if (len < n || pair.ptr[n - 1] != '=' ||
			    memcmp(pair.ptr, fields[i].name.ptr, n) != 0)
				continue;
			take_field(entry, fields[i].field, str_from(pair, n), taken);
			break;
		}
	}
}

/* The sender may be gone before journald has looked at it: then its unit stands in the
 * text alone, "Suppressed N messages from UNIT". */
static struct sv_str
unit_of_notice(const struct taken *taken)
{
	struct sv_str lead = SV_STR(" messages from ");
	size_t at = str_find_last(taken->text, lead);

	if (taken->small[FIELD_OBJECT_UNIT].len || at == STR_NONE)
		return taken->small[FIELD_OBJECT_UNIT];
	return str_from(taken->text, at + lead.len);
}

enum entry_result
entry_read(struct entry *entry, sd_journal *journal, struct sv_record *ret_record)
{
	struct taken taken = { 0 };
	uint64_t received = 0;

	take_fields(entry, journal, &taken);
	if (!taken.has_text)
		return ENTRY_NONE;
	(void)sd_journal_get_realtime_usec(journal, &received);
	struct sv_record record = {
		.text = taken.text,
		.host = taken.small[FIELD_HOST],
		.ident = taken.small[FIELD_IDENT],
		.unit = taken.small[FIELD_UNIT],
		.time = taken.source_time ? taken.source_time : received,
		.time_source = SV_TIME_JOURNAL,
	};
	/* Line breaks in what a program prints became entries of their own. */
	if (!taken.stdout_stream)
		record.flags |= SV_RECORD_WHOLE;
	if (taken.cut) {
		record.flags |= SV_RECORD_TRUNCATED;
		entry->cut++;
	}
	/* Anybody may send that id: only journald itself has the driver transport. */
	if (taken.driver &&
	    str_eq(taken.small[FIELD_MESSAGE_ID], SV_STR(ENTRY_SUPPRESSED_ID))) {
		record.flags |= SV_RECORD_GAP;
		record.gap = SV_GAP_SUPPRESSED;
		record.lost = taken.dropped;
		record.unit = unit_of_notice(&taken);
	}
	*ret_record = record;
	return ENTRY_RECORD;
}
