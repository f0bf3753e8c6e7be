/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries as JSON objects: mod_console with json-log-format, and GELF (mod_graylog2),
 * whose names begin with "_". All text is escaped, so nothing in it forges a line.
 */
#include "dialect/freeswitch_line.h"

#include "base/json.h"
#include "dialect/members.h"

#include <stdio.h>

struct object {
	struct sv_str message, file, uuid, level, stamp;
	bool has_message;
};

bool
freeswitch_json_probe(struct sv_str text)
{
	if (text.len < 2 || text.ptr[0] != '{')
		return false;
	struct sv_str head = str_upto(text, 512);
	return str_find(head, SV_STR("ident\":\"freeswitch\"")) != STR_NONE &&
	       str_find(head, SV_STR("timestamp\":")) != STR_NONE;
}

static bool
object_read(struct sv_str s, struct object *o)
{
	struct sv_str name, value;

	while (members_take(&s, &name, &value)) {
		if (name.len && name.ptr[0] == '_')
			name = str_from(name, 1);
		if (str_eq(name, SV_STR("file")))
			o->file = value;
		else if (str_eq(name, SV_STR("session")) ||
			 str_eq(name, SV_STR("uuid")))
			o->uuid = value;
		else if (str_eq(name, SV_STR("level")))
			o->level = value;
		else if (str_eq(name, SV_STR("timestamp")))
			o->stamp = value;
		if (!str_eq(name, SV_STR("message")) &&
		    !str_eq(name, SV_STR("full_message")))
			continue;
		if (o->has_message)
			return false; /* two of them */
		o->message = value;
		o->has_message = true;
	}
	return o->has_message && str_trim(s).len == 0;
}

/** Seconds, or with mod_console microseconds, since 1970, as a date that is understood. */
static struct sv_str
date_of(struct sv_str stamp, char room[FREESWITCH_JSON_STAMP])
{
	uint64_t number;
	size_t n = str_take_u64(stamp, &number);

	if (n == 0 || stamp.len >= FREESWITCH_JSON_STAMP)
		return (struct sv_str){ 0 };
	if (n < 16)
		return stamp;
	int len = snprintf(room, FREESWITCH_JSON_STAMP, "%llu.%06llu",
			   (unsigned long long)(number / SV_USEC_PER_SEC),
			   (unsigned long long)(number % SV_USEC_PER_SEC));
	return str_make(room, len > 0 && len < FREESWITCH_JSON_STAMP ? (size_t)len : 0);
}

bool
freeswitch_json_read(struct freeswitch_line *line, struct freeswitch_json *room)
{
	static const enum freeswitch_level levels[] = { FS_CONSOLE, FS_ALERT,
							FS_CRIT,    FS_ERR,
							FS_WARNING, FS_NOTICE,
							FS_INFO,    FS_DEBUG };
	struct object o = { 0 };
	uint64_t level;

	if (!object_read(line->text, &o) || o.message.len > sizeof(room->text) ||
	    str_take_u64(o.level, &level) == 0 || level > 7)
		return false;
	line->level = levels[level];
	line->file = o.file;
	line->message = str_trim(json_text(o.message, room->text, sizeof(room->text)));
	line->text = line->message;
	if (freeswitch_is_uuid(o.uuid))
		line->uuid = o.uuid;
	line->date = date_of(o.stamp, room->stamp);
	line->whole = true;
	return line->date.len != 0;
}
