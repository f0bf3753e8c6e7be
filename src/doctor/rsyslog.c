/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/rsyslog.h"

#include "base/i18n.h"
#include "base/text.h"

#include <ctype.h>

#define AREA "rsyslog"
#define CONF "/etc/rsyslog.conf"
#define RESTART "systemctl restart rsyslog"

/* Something that is done with each line of all files. */
struct walk {
	struct doctor *doctor;
	void (*line)(struct walk *walk, struct sv_str line, const char *path,
		     unsigned number);
	struct sv_str facility;
	char *target;
	bool found, imjournal;
};

static void
walk_file(void *user, const char *path)
{
	struct walk *walk = user;
	const struct tree_text *file = tree_read(walk->doctor, path);
	struct tree_lines lines = { .rest = file ? file->text : SV_STR("") };
	struct sv_str line;

	while (tree_next_line(&lines, &line)) {
		line = str_trim(line);
		if (line.len && line.ptr[0] != '#')
			walk->line(walk, line, path, lines.number);
	}
}

static bool
walk_all(struct walk *walk)
{
	if (!tree_exists(walk->doctor, CONF))
		return false;
	/* the main file includes the folder in front of its own selectors */
	(void)tree_match(walk->doctor, "/etc/rsyslog.d/*.conf", walk_file, walk);
	walk_file(walk, CONF);
	return true;
}

static bool
has_facility(struct sv_str list, struct sv_str facility)
{
	while (list.len) {
		size_t end = str_find_char(list, ',');
		struct sv_str one = str_upto(list, end == STR_NONE ? list.len : end);
		if (str_eq(one, SV_STR("*")) || str_ieq(one, facility))
			return true;
		list = tree_behind(list, end);
	}
	return false;
}

/** Does "local0.*;auth.none" take a notice of the facility? */
static bool
selects(struct sv_str selector, struct sv_str facility)
{
	static const char *const levels[] = { "*", "debug", "info", "notice" };
	bool taken = false;

	while (selector.len) {
		size_t end = str_find_char(selector, ';');
		struct sv_str one =
			str_upto(selector, end == STR_NONE ? selector.len : end);
		size_t dot = str_find_char(one, '.');
		if (dot != STR_NONE && has_facility(str_upto(one, dot), facility)) {
			struct sv_str level = str_from(one, dot + 1);
			taken = false;
			for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
				taken |= str_eq(level, str_of(levels[i])) ||
					 str_eq(level, SV_STR("=notice"));
		}
		selector = tree_behind(selector, end);
	}
	return taken;
}

static void
look_for_target(struct walk *walk, struct sv_str line, const char *path,
		unsigned number)
{
	struct sv_str selector = tree_next_word(&line), target;

	(void)path;
	(void)number;
	if (walk->found || str_find_char(selector, '.') == STR_NONE ||
	    !(isalpha((unsigned char)selector.ptr[0]) || selector.ptr[0] == '*') ||
	    !selects(selector, walk->facility))
		return;
	target = tree_next_word(&line);
	if (target.len && target.ptr[0] == '-')
		target = str_from(target, 1);
	if (!target.len || target.ptr[0] != '/')
		return;
	(void)tree_cstr(target, walk->target, TREE_PATH_BYTES);
	walk->found = true;
}

bool
/* NOLINTNEXTLINE(readability-non-const-parameter): written through `walk` */
rsyslog_target(struct doctor *doctor, struct sv_str facility, char out[TREE_PATH_BYTES])
{
	struct walk walk = { .doctor = doctor,
			     .line = look_for_target,
			     .facility = facility,
			     .target = out };

	if (str_ieq(str_upto(facility, 4), SV_STR("LOG_")))
		walk.facility = str_from(facility, 4);
	return walk_all(&walk) && walk.found;
}

static bool
holds(struct sv_str line, const char *what)
{
	size_t len = strlen(what);

	for (size_t i = 0; i + len <= line.len; i++)
		if (strncasecmp(line.ptr + i, what, len) == 0)
			return true;
	return false;
}

/** A limit that is set and not to "0". */
static bool
limits(struct sv_str line, const char *key)
{
	for (size_t i = 0; i < line.len; i++) {
		struct sv_str rest = str_from(line, i);
		uint64_t number;
		if (!str_ieq(str_upto(rest, strlen(key)), str_of(key)))
			continue;
		rest = str_from(rest, strlen(key));
		while (rest.len && strchr(" \t=\"", rest.ptr[0]))
			rest = str_from(rest, 1);
		return str_take_u64(rest, &number) && number > 0;
	}
	return false;
}

static void
look_at_line(struct walk *walk, struct sv_str line, const char *path, unsigned number)
{
	struct doctor_remedy remedy = { .file = path, .line = number, .then = RESTART };

	if (holds(line, "imjournal"))
		walk->imjournal = true;
	if (holds(line, "$RepeatedMsgReduction on")) {
		remedy.change = "$RepeatedMsgReduction off";
		doctor_say(
			walk->doctor, DOCTOR_NOTE, AREA, &remedy,
			_("repeated messages are put together: they are counted, but "
			  "only when another message comes"));
	} else if (limits(line, "imjournalRatelimitInterval") ||
		   (holds(line, "imjournal") && limits(line, "Ratelimit.Interval"))) {
		walk->found = true;
		remedy.change = "module(load=\"imjournal\" Ratelimit.Interval=\"0\")";
		doctor_say(
			walk->doctor, DOCTOR_NOTE, AREA, &remedy,
			_("rsyslog drops messages of the journal beyond a rate: in a "
			  "flood its files are not whole"));
	} else if (limits(line, "SystemLogRateLimitInterval") ||
		   limits(line, "SysSock.RateLimit.Interval")) {
		remedy.change = "module(load=\"imuxsock\" SysSock.RateLimit.Interval="
				"\"0\")";
		doctor_say(walk->doctor, DOCTOR_FIX, AREA, &remedy,
			   _("rsyslog drops messages of a program beyond a rate: in a "
			     "flood counts are lower bounds"));
	}
}

void
rsyslog_look(struct doctor *doctor)
{
	struct walk walk = { .doctor = doctor, .line = look_at_line };

	(void)walk_all(&walk);
	if (walk.imjournal && !walk.found)
		doctor_say(
			doctor, DOCTOR_NOTE, AREA,
			&(struct doctor_remedy){ .file = CONF,
						 .change = "module(load=\"imjournal\" "
							   "Ratelimit.Interval=\"0\")",
						 .then = RESTART },
			_("rsyslog takes 20000 messages in 10 minutes from the "
			  "journal and drops the rest, unless it is told otherwise"));
}
