/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON log engines. Kamailio writes level, module and function, then Call-ID and
 * log_prefix as they are, then the message, escaped: so the head is read from the left
 * and the message from the right, and quotes in between forge nothing. Its CEE form and
 * OpenSIPS' engine escape everything.
 */
#include "dialect/kamailio_line.h"

#include "base/json.h"
#include "dialect/members.h"

static bool
take(struct sv_str *s, struct sv_str literal)
{
	if (!str_starts(*s, literal))
		return false;
	*s = str_from(*s, literal.len);
	return true;
}

/** A member, its name without the program's in front. */
static bool
take_member(struct sv_str *s, struct sv_str *ret_name, struct sv_str *ret_value)
{
	if (!members_take(s, ret_name, ret_value))
		return false;
	if (str_starts(*ret_name, SV_STR("kamailio.")))
		*ret_name = str_from(*ret_name, 9);
	return true;
}

/** What a JSON object says, raw. */
struct object {
	struct sv_str time, module, function, message, prefix;
	bool has_message;
};

/** `{ "level": "NOTICE", "module": "acc", "file": "acc.c", "line": 287, "function": "f",
 *  ["callid": "…",] "logprefix": "…", "message": "…" }`, names perhaps with "kamailio."
 *  in front; standard error has "idx" and "pid" first. */
static bool
read_engine(struct sv_str s, struct object *o)
{
	struct sv_str name, value, head;
	size_t at;

	if (!take(&s, SV_STR("{ ")))
		return false;
	do {
		if (!take_member(&s, &name, &value))
			return false;
		if (str_eq(name, SV_STR("module")))
			o->module = value;
	} while (!str_eq(name, SV_STR("function")));
	o->function = value;
	if (!str_ends(s, SV_STR("\" }")))
		return false;
	s.len -= 3;
	at = str_find_last(s, SV_STR("message\": \""));
	if (at == STR_NONE)
		return false;
	o->message = str_from(s, at + 11);
	head = str_upto(s, at);
	/* a quote in the message is escaped: nothing else stands behind its start */
	struct sv_str inside = o->message;
	if (json_take_string(&inside, &value))
		return false;
	at = str_find(head, SV_STR("logprefix\": \""));
	if (at != STR_NONE && str_count(head, SV_STR("logprefix\": \"")) == 1) {
		o->prefix = str_from(head, at + 13);
		at = str_find_last(o->prefix, SV_STR("\", \""));
		o->prefix = str_upto(o->prefix, at == STR_NONE ? 0 : at);
	}
	o->has_message = true;
	return true;
}

/** `{"time":"…","proc":{"id":"51"},"pri":"NOTICE","subsys":"acc","file":{…},
 *  "native":{"function":"f"},"msg":"…",…}` */
static bool
read_cee(struct sv_str s, struct object *o)
{
	struct sv_str skipped;
	size_t at;

	(void)take(&s, SV_STR("@cee: "));
	if (!take(&s, SV_STR("{\"time\":\"")) || !json_take_string(&s, &o->time))
		return false;
	at = str_find(s, SV_STR(",\"pri\":\""));
	if (at == STR_NONE || at > 200)
		return false;
	s = str_from(s, at + 8);
	if (!json_take_string(&s, &skipped) || !take(&s, SV_STR(",\"subsys\":\"")) ||
	    !json_take_string(&s, &o->module))
		return false;
	at = str_find(s, SV_STR("\"native\":{\"function\":\""));
	if (at == STR_NONE || at > 300)
		return false;
	s = str_from(s, at + 22);
	if (!json_take_string(&s, &o->function) || !take(&s, SV_STR("},\"msg\":\"")))
		return false;
	o->has_message = json_take_string(&s, &o->message);
	return o->has_message;
}

/** OpenSIPS: `{"time": "…", "pid": 51, "level": "NOTICE", "message": "…"}`, a module's
 *  line with "module" and "function"; or `{"time": "…", "proc": {"id": "51"}, "pri": "…",
 *  "subsys": "core", "native": {"function": "f"}, "msg": "…", …}`. Everything is escaped. */
static bool
read_flat(struct sv_str s, struct object *o)
{
	struct sv_str name, value;

	(void)take(&s, SV_STR("@cee: "));
	if (!take(&s, SV_STR("{")))
		return false;
	while (take_member(&s, &name, &value)) {
		if (str_eq(name, SV_STR("time")))
			o->time = value;
		else if (str_eq(name, SV_STR("module")) ||
			 str_eq(name, SV_STR("subsys")))
			o->module = value;
		else if (str_eq(name, SV_STR("function")))
			o->function = value;
		if (!str_eq(name, SV_STR("message")) && !str_eq(name, SV_STR("msg")))
			continue;
		if (o->has_message)
			return false; /* two of them */
		o->message = value;
		o->has_message = true;
	}
	return o->has_message && !s.len;
}

bool
kamailio_json_probe(struct sv_str text, bool opensips)
{
	if (!text.len || (text.ptr[0] != '{' && text.ptr[0] != '@'))
		return false;
	struct sv_str cee = str_from(text, str_starts(text, SV_STR("@cee: ")) ? 6 : 0);

	if (opensips)
		return str_starts(cee, SV_STR("{\"time\": \"")) &&
		       (str_find(str_upto(cee, 80), SV_STR("\", \"pid\": ")) !=
				STR_NONE ||
			str_find(str_upto(cee, 80),
				 SV_STR("\", \"proc\": {\"id\": \"")) != STR_NONE);
	if (str_starts(text, SV_STR("{ \"level\": \"")) ||
	    str_starts(text, SV_STR("{ \"idx\": ")) ||
	    str_starts(text, SV_STR("{ \"kamailio.")))
		return true;
	return str_starts(cee, SV_STR("{\"time\":\"")) &&
	       str_find(str_upto(cee, 200), SV_STR("\"proc\":{\"id\":\"")) != STR_NONE;
}

bool
kamailio_json_read(struct kamailio_line *line, char room[KAMAILIO_JSON_ROOM])
{
	struct kamailio_head *head = &line->heads[0];
	struct object o = { 0 };
	bool read;

	if (line->opensips)
		read = read_flat(line->text, &o);
	else if (str_starts(line->text, SV_STR("{ ")))
		read = read_engine(line->text, &o);
	else
		read = read_cee(line->text, &o);
	if (!read || o.message.len > KAMAILIO_JSON_ROOM)
		return false;
	*head = (struct kamailio_head){ .module = o.module, .function = o.function };
	head->message = str_trim(json_text(o.message, room, KAMAILIO_JSON_ROOM));
	kamailio_prefix(head, o.prefix);
	/* a script's line is told as one of the module that writes it */
	if (str_eq(o.module, SV_STR("xlog")))
		head->module = (struct sv_str){ 0 };
	line->date = o.time;
	line->body = head->message;
	line->n_heads = 1;
	return true;
}
