/* SPDX-License-Identifier: Apache-2.0 */
#include "input/entry.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>

/* The fields that are taken. */
static const struct {
	struct sv_str name;
	enum entry_field field;
} fields[] = {
	{ { "MESSAGE", 7 }, ENTRY_MESSAGE },
	{ { "SYSLOG_IDENTIFIER", 17 }, ENTRY_IDENT },
	{ { "_SYSTEMD_UNIT", 13 }, ENTRY_UNIT },
	{ { "_HOSTNAME", 9 }, ENTRY_HOST },
	{ { "_TRANSPORT", 10 }, ENTRY_TRANSPORT },
	{ { "_SOURCE_REALTIME_TIMESTAMP", 26 }, ENTRY_SOURCE_TIME },
	{ { "__REALTIME_TIMESTAMP", 20 }, ENTRY_TIME },
	{ { "MESSAGE_ID", 10 }, ENTRY_MESSAGE_ID },
	{ { "N_DROPPED", 9 }, ENTRY_DROPPED },
	{ { "OBJECT_SYSTEMD_UNIT", 19 }, ENTRY_OBJECT_UNIT },
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

void
entry_begin(struct entry *entry)
{
	entry->taken = (struct entry_taken){ 0 };
}

enum entry_field
entry_field_of(struct sv_str name)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (str_eq(name, fields[i].name))
			return fields[i].field;
	return ENTRY_OTHER;
}

void
entry_take(struct entry *entry, enum entry_field field, struct sv_str value)
{
	struct entry_taken *taken = &entry->taken;

	switch (field) {
	case ENTRY_IDENT:
	case ENTRY_UNIT:
	case ENTRY_HOST:
	case ENTRY_OBJECT_UNIT:
	case ENTRY_MESSAGE_ID:
		/* A field may occur more than once (only trusted ones may not): the
		 * first counts. */
		if (!taken->small[field].len)
			taken->small[field] = keep(entry->small[field],
						   sizeof(entry->small[0]), value);
		break;
	case ENTRY_MESSAGE:
		if (taken->has_text)
			break;
		taken->cut = value.len > entry->cap_bytes;
		taken->text = keep(entry->text, entry->cap_bytes, value);
		taken->has_text = true;
		break;
	case ENTRY_TRANSPORT:
		taken->stdout_stream = str_eq(value, SV_STR("stdout"));
		taken->driver = str_eq(value, SV_STR("driver"));
		break;
	case ENTRY_SOURCE_TIME:
		(void)str_take_u64(value, &taken->source_time);
		break;
	case ENTRY_TIME:
		(void)str_take_u64(value, &taken->time);
		break;
	case ENTRY_DROPPED:
		(void)str_take_u64(value, &taken->dropped);
		break;
	case ENTRY_OTHER:
		break;
	}
}

static void
take_fields(struct entry *entry, sd_journal *journal)
{
	const void *data;
	size_t len;

	sd_journal_restart_data(journal);
	while (sd_journal_enumerate_available_data(journal, &data, &len) > 0) {
		struct sv_str pair = str_make(data, len);
		for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
			size_t n = fields[i].name.len;
			if (len <= n || pair.ptr[n] != '=' ||
			    memcmp(pair.ptr, fields[i].name.ptr, n) != 0)
				continue;
			entry_take(entry, fields[i].field, str_from(pair, n + 1));
			break;
		}
	}
}

/* The sender may be gone before journald has looked at it: then its unit stands in the
 * text alone, "Suppressed N messages from UNIT". */
static struct sv_str
unit_of_notice(const struct entry_taken *taken)
{
	struct sv_str lead = SV_STR(" messages from ");
	size_t at = str_find_last(taken->text, lead);

	if (taken->small[ENTRY_OBJECT_UNIT].len || at == STR_NONE)
		return taken->small[ENTRY_OBJECT_UNIT];
	return str_from(taken->text, at + lead.len);
}

enum entry_result
entry_end(struct entry *entry, struct sv_record *ret_record)
{
	const struct entry_taken *taken = &entry->taken;

	if (!taken->has_text)
		return ENTRY_NONE;
	struct sv_record record = {
		.text = taken->text,
		.host = taken->small[ENTRY_HOST],
		.ident = taken->small[ENTRY_IDENT],
		.unit = taken->small[ENTRY_UNIT],
		.time = taken->source_time ? taken->source_time : taken->time,
		.time_source = SV_TIME_JOURNAL,
	};
	/* Line breaks in what a program prints became entries of their own. */
	if (!taken->stdout_stream)
		record.flags |= SV_RECORD_WHOLE;
	if (taken->cut) {
		record.flags |= SV_RECORD_TRUNCATED;
		entry->cut++;
	}
	/* Anybody may send that id: only journald itself has the driver transport. */
	if (taken->driver &&
	    str_eq(taken->small[ENTRY_MESSAGE_ID], SV_STR(ENTRY_SUPPRESSED_ID))) {
		record.flags |= SV_RECORD_GAP;
		record.gap = SV_GAP_SUPPRESSED;
		record.lost = taken->dropped;
		record.unit = unit_of_notice(taken);
	}
	*ret_record = record;
	return ENTRY_RECORD;
}

enum entry_result
entry_read(struct entry *entry, sd_journal *journal, struct sv_record *ret_record)
{
	entry_begin(entry);
	take_fields(entry, journal);
	if (entry->taken.has_text)
		(void)sd_journal_get_realtime_usec(journal, &entry->taken.time);
	return entry_end(entry, ret_record);
}
