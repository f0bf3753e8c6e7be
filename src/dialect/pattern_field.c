/* SPDX-License-Identifier: Apache-2.0 */
/* The names that groups may have: those of the fields of an event. */
#include "base/text.h"
#include "dialect/pattern.h"

static const char *const names[PATTERN_FIELDS] = {
	[PATTERN_PEER_IP] = "peer_ip",
	[PATTERN_PEER_PORT] = "peer_port",
	[PATTERN_TRANSPORT] = "transport",
	[PATTERN_PEER] = "peer",
	[PATTERN_LEG] = "leg",
	[PATTERN_METHOD] = "method",
	[PATTERN_CODE] = "code",
	[PATTERN_Q850] = "q850",
	[PATTERN_OUTCOME] = "outcome",
	[PATTERN_COUNT] = "count",
	[PATTERN_TIME] = "time",
	[PATTERN_USER] = "user",
	[PATTERN_DST] = "dst",
	[PATTERN_UA] = "ua",
	[PATTERN_CALL_ID] = "call_id",
	[PATTERN_PHRASE] = "phrase",
};

const char *
pattern_field_name(enum pattern_field field)
{
	return (unsigned)field < PATTERN_FIELDS ? names[field] : "";
}

enum pattern_field
pattern_field_find(struct sv_str name)
{
	for (unsigned i = 0; i < PATTERN_FIELDS; i++)
		if (str_eq(name, str_of(names[i])))
			return (enum pattern_field)i;
	return PATTERN_FIELDS;
}
