/* SPDX-License-Identifier: Apache-2.0 */
/* What Asterisk keeps out of its logs: logger.conf and who logs at all. The settings of
 * its SIP channels are looked at in asterisk_sip.c. */
#include "base/i18n.h"
#include "base/text.h"
#include "doctor/astconf.h"

#include <stdio.h>

#define AREA "asterisk"
#define LOGGER "/etc/asterisk/logger.conf"
#define RELOAD "asterisk -rx 'logger reload'"
/** From this verbosity on the answers of the far end (486, 503) are logged. */
#define VERBOSE_LEAST 3
#define QUEUE_DEFAULT 1000

/* What the channels of [logfiles] log together. */
struct channels {
	const struct astconf_section *section;
	const struct astconf_entry *first;   /* a file that may get more */
	const struct astconf_entry *verbose; /* the channel with the highest */
	uint64_t verbose_level;
	bool verbose_open; /* "verbose" without a level: that of the console */
	bool security, notice, warning, debug;
	bool any, console, syslog, all_json;
};

static bool
level_is(struct sv_str word, const char *name)
{
	return str_ieq(word, str_of(name)) || str_eq(word, SV_STR("*"));
}

/** "verbose", "verbose(3)" */
static void
take_verbose(struct channels *channels, const struct astconf_entry *entry,
	     struct sv_str word)
{
	size_t open = str_find_char(word, '(');
	uint64_t level = 0;

	if (open == STR_NONE || !str_take_u64(str_from(word, open + 1), &level)) {
		channels->verbose_open = true;
		if (!channels->verbose)
			channels->verbose = entry;
		return;
	}
	if (channels->verbose && level <= channels->verbose_level)
		return;
	channels->verbose = entry;
	channels->verbose_level = level;
}

static void
take_word(struct channels *channels, const struct astconf_entry *entry,
	  struct sv_str word)
{
	channels->security |= level_is(word, "security");
	channels->notice |= level_is(word, "notice");
	channels->warning |= level_is(word, "warning");
	channels->debug |= level_is(word, "debug");
	if (level_is(word, "verbose") || str_ieq(str_upto(word, 8), SV_STR("verbose(")))
		take_verbose(channels, entry, word);
}

static void
take_channel(struct channels *channels, const struct astconf_entry *entry,
	     bool contained)
{
	struct sv_str left = entry->value;
	bool console = str_ieq(entry->key, SV_STR("console"));

	/* nobody sees the console of a daemon; a container's is its log */
	if (console && !contained)
		return;
	channels->any = true;
	channels->console |= console;
	channels->syslog |= str_starts(entry->key, SV_STR("syslog"));
	if (left.len && left.ptr[0] == '[') {
		size_t end = str_find_char(left, ']');
		left = end == STR_NONE ? left : str_from(left, end + 1);
	}
	if (!channels->first)
		channels->first = entry;
	while (left.len) {
		size_t end = str_find_char(left, ',');
		take_word(channels, entry,
			  str_trim(str_upto(left, end == STR_NONE ? left.len : end)));
		left = tree_behind(left, end);
	}
}

/** FreePBX writes its own files anew: changes belong into its settings. */
static const char *
then_of(const char *file)
{
	if (str_find(str_of(file), SV_STR("_additional")) != STR_NONE)
		return "FreePBX: Settings, Asterisk Logfile Settings; " RELOAD;
	return RELOAD;
}

/** The line of a comment that holds what is wanted: ";security.log => security". */
static unsigned
commented_line(struct doctor *doctor, const char *path, const char *key)
{
	char value[40];

	const struct tree_text *file = tree_read(doctor, path);
	struct tree_lines lines = { .rest = file ? file->text : SV_STR("") };
	struct sv_str line;

	while (tree_next_line(&lines, &line)) {
		line = str_trim(line);
		if (!line.len || line.ptr[0] != ';')
			continue;
		while (line.len && (line.ptr[0] == ';' || line.ptr[0] == ' '))
			line = str_from(line, 1);
		(void)snprintf(value, sizeof(value), "=> %s", key);
		if (str_starts(line, str_of(key)) && str_ends(line, str_of(value)))
			return lines.number;
	}
	return 0;
}

static void
look_at_security(struct doctor *doctor, const struct channels *channels)
{
	const char *file = channels->section ? channels->section->file : LOGGER;
	unsigned line = commented_line(doctor, file, "security");

	if (channels->security)
		return;
	if (!line && channels->section)
		line = channels->section->line + 1;
	doctor_say(
		doctor, DOCTOR_FIX, AREA,
		&(struct doctor_remedy){
			.file = file,
			.line = line,
			.change = channels->console
					  ? "console => "
					    "notice,warning,error,verbose(3),security"
					  : "security => security",
			.then = then_of(file) },
		_("Asterisk does not log security events: attacks on PJSIP are seen "
		  "only in part"));
}

/** "full => notice,verbose" with the level in it. */
static void
verbose_line(const struct channels *channels, char *out, size_t cap)
{
	const struct astconf_entry *entry = channels->verbose;
	size_t at, end;

	if (!entry) {
		(void)snprintf(out, cap,
			       "full => notice,warning,error,security,verbose(%d)",
			       VERBOSE_LEAST);
		return;
	}
	at = str_find(entry->value, SV_STR("verbose"));
	if (at == STR_NONE)
		at = entry->value.len;
	end = at + strlen("verbose");
	if (end < entry->value.len && entry->value.ptr[end] == '(') {
		size_t close = str_find_char(str_from(entry->value, end), ')');
		end = close == STR_NONE ? entry->value.len : end + close + 1;
	}
	struct sv_str tail = str_from(entry->value, end);
	(void)snprintf(out, cap, "%.*s => %.*sverbose(%d)%.*s", (int)entry->key.len,
		       entry->key.ptr, (int)at, entry->value.ptr, VERBOSE_LEAST,
		       (int)tail.len, tail.ptr ? tail.ptr : "");
}

/** asterisk.conf: [options] verbose = N, which "verbose" without a number follows. */
static uint64_t
console_verbosity(struct doctor *doctor)
{
	struct astconf conf;
	uint64_t level = 0;

	if (astconf_read(doctor, "/etc/asterisk/asterisk.conf", &conf)) {
		const struct astconf_entry *entry =
			astconf_get(&conf, "options", "verbose");
		if (entry)
			(void)str_take_u64(entry->value, &level);
	}
	astconf_done(&conf);
	return level;
}

static void
look_at_verbose(struct doctor *doctor, const struct channels *channels)
{
	const char *file = channels->verbose   ? channels->verbose->file
			   : channels->section ? channels->section->file
					       : LOGGER;
	unsigned line = channels->verbose   ? channels->verbose->line
			: channels->section ? channels->section->line + 1
					    : 0;
	char change[300];

	if (channels->verbose_level >= VERBOSE_LEAST ||
	    (channels->verbose_open && console_verbosity(doctor) >= VERBOSE_LEAST))
		return;
	verbose_line(channels, change, sizeof(change));
	struct doctor_remedy remedy = {
		.file = file, .line = line, .change = change, .then = then_of(file)
	};
	if (channels->verbose_open)
		doctor_say(
			doctor, DOCTOR_FIX, AREA, &remedy,
			_("the verbosity of the log is that of the console: 486, 503 "
			  "and calls not answered are logged only while a console "
			  "with -vvv is open"));
	else if (channels->verbose)
		doctor_say(
			doctor, DOCTOR_FIX, AREA, &remedy,
			_("verbosity %llu is too low: what the far end answers (486, "
			  "503) is not logged"),
			(unsigned long long)channels->verbose_level);
	else
		doctor_say(
			doctor, DOCTOR_FIX, AREA, &remedy,
			_("no log gets verbose messages: results of calls (486, 503, "
			  "not answered) are not logged"));
}

static void
look_at_date(struct doctor *doctor, const struct astconf *conf)
{
	const struct astconf_entry *entry = astconf_get(conf, "general", "dateformat");
	const struct astconf_section *general =
		astconf_section(conf, SV_STR("general"));
	struct sv_str format = entry ? entry->value : SV_STR("%b %e %T");
	struct doctor_remedy remedy = { .file = entry ? entry->file : LOGGER,
					.line = entry     ? entry->line
						: general ? general->line + 1
							  : 0,
					.change = "dateformat=%F %T.%3q%z",
					.then = RELOAD };
	bool year = str_find(format, SV_STR("%Y")) != STR_NONE ||
		    str_find(format, SV_STR("%y")) != STR_NONE ||
		    str_find(format, SV_STR("%F")) != STR_NONE ||
		    str_find(format, SV_STR("%D")) != STR_NONE ||
		    str_find(format, SV_STR("%s")) != STR_NONE;
	bool zone = str_find(format, SV_STR("%z")) != STR_NONE ||
		    str_find(format, SV_STR("%Z")) != STR_NONE ||
		    str_find(format, SV_STR("%s")) != STR_NONE;
	bool fraction = str_find(format, SV_STR("q")) != STR_NONE;

	if (year && zone && fraction)
		return;
	doctor_say(
		doctor, DOCTOR_NOTE, AREA, &remedy,
		_("stamps of the log have %s%s%s: order within a second, old logs and "
		  "the hour when clocks change are guessed"),
		year ? "" : _("no year, "), zone ? "" : _("no zone, "),
		fraction ? _("but fractions") : _("no fractions of seconds"));
}

static void
look_at_queue(struct doctor *doctor, const struct astconf *conf,
	      const struct channels *channels)
{
	const struct astconf_entry *entry =
		astconf_get(conf, "general", "logger_queue_limit");
	const struct astconf_section *general =
		astconf_section(conf, SV_STR("general"));
	uint64_t limit = QUEUE_DEFAULT;

	if (entry)
		(void)str_take_u64(entry->value, &limit);
	if (limit > QUEUE_DEFAULT || (!channels->verbose && !channels->debug))
		return;
	doctor_say(
		doctor, DOCTOR_NOTE, AREA,
		&(struct doctor_remedy){ .file = entry ? entry->file : LOGGER,
					 .line = entry     ? entry->line
						 : general ? general->line + 1
							   : 0,
					 .change = "logger_queue_limit = 10000",
					 .then = RELOAD },
		_("the logger drops messages beyond %llu that wait: in a flood counts "
		  "are lower bounds (the alert log-gap says when)"),
		(unsigned long long)limit);
}

static void
look_at_rotation(struct doctor *doctor, const struct astconf *conf)
{
	const struct astconf_entry *entry =
		astconf_get(conf, "general", "rotatestrategy");
	const struct astconf_entry *host =
		astconf_get(conf, "general", "appendhostname");

	if (entry && str_ieq(entry->value, SV_STR("timestamp")))
		doctor_say(doctor, DOCTOR_NOTE, AREA,
			   &(struct doctor_remedy){ .file = entry->file,
						    .line = entry->line,
						    .change = "rotatestrategy = rotate",
						    .then = RELOAD },
			   _("rotated logs are named by their time and never removed: "
			     "the patterns of the usual logs match all of them"));
	if (host && astconf_is_true(host->value))
		doctor_say(doctor, DOCTOR_NOTE, AREA, NULL,
			   _("logs bear the host's name (appendhostname, %s:%u): name "
			     "them in a section \"file\" if they are not among those "
			     "above"),
			   host->file, host->line);
}

static bool
is_contained(const struct doctor *doctor)
{
	return tree_exists(doctor, "/.dockerenv") ||
	       tree_exists(doctor, "/run/.containerenv");
}

static void
look_at_logger(struct doctor *doctor, const struct astconf *conf)
{
	struct channels channels = { .section = astconf_section(conf,
								SV_STR("logfiles")) };
	bool contained = is_contained(doctor);

	for (size_t i = 0; i < conf->n_sections; i++) {
		const struct astconf_section *section = &conf->sections[i];
		for (size_t k = 0;
		     str_ieq(section->name, SV_STR("logfiles")) && k < section->n; k++)
			take_channel(&channels, &conf->entries[section->first + k],
				     contained);
	}
	if (conf->more)
		doctor_say(doctor, DOCTOR_NOTE, AREA, NULL,
			   _("%s includes something that cannot be read here; what it "
			     "sets is not known"),
			   LOGGER);
	if (!channels.any) {
		doctor_say(doctor, DOCTOR_FAIL, AREA,
			   &(struct doctor_remedy){
				   .file = LOGGER,
				   .line = channels.section ? channels.section->line + 1
							    : 0,
				   .change = contained ? "console => notice,warning,"
							 "error,security,verbose(3)"
						       : "full => notice,warning,error,"
							 "security,verbose(3)",
				   .then = RELOAD },
			   _("Asterisk writes no log at all"));
		return;
	}
	look_at_security(doctor, &channels);
	look_at_verbose(doctor, &channels);
	look_at_date(doctor, conf);
	look_at_queue(doctor, conf, &channels);
	look_at_rotation(doctor, conf);
}

void
asterisk_look(struct doctor *doctor)
{
	struct astconf conf;

	if (astconf_read(doctor, LOGGER, &conf)) {
		look_at_logger(doctor, &conf);
		asterisk_sip_look(doctor);
	}
	astconf_done(&conf);
}
