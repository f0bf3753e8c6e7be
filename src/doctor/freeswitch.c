/* SPDX-License-Identifier: Apache-2.0 */
/* What FreeSWITCH keeps out of its logs, and whether callers can write into them. */
#include "base/i18n.h"
#include "base/text.h"
#include "doctor/xml.h"

#include <stdio.h>

#define AREA "freeswitch"
/** Gateways that are named; of more the number is told. */
#define MAX_NAMED 5

/** Where the configuration and the logs are. */
static const struct place {
	const char *conf, *log;
} places[] = {
	{ "/etc/freeswitch", "/var/log/freeswitch" },
	{ "/usr/local/freeswitch/conf", "/usr/local/freeswitch/log" },
	{ "/usr/local/freeswitch/etc/freeswitch", "/usr/local/freeswitch/log" },
	{ "/opt/freeswitch/etc/freeswitch", "/opt/freeswitch/var/log/freeswitch" },
};

struct look {
	struct doctor *doctor;
	const struct place *place;
	bool logfile, syslog, fail2ban, modules; /* modules.conf.xml was read */
	size_t n_profiles, n_gateways;
};

static bool
is_true(struct sv_str value)
{
	return str_ieq(value, SV_STR("true")) || str_ieq(value, SV_STR("yes")) ||
	       str_ieq(value, SV_STR("on")) || str_ieq(value, SV_STR("1"));
}

static const struct tree_text *
read_conf(const struct look *look, const char *name)
{
	char path[TREE_PATH_BYTES];

	(void)snprintf(path, sizeof(path), "%s/%s", look->place->conf, name);
	return tree_read(look->doctor, path);
}

static void
look_at_modules(struct look *look)
{
	const struct tree_text *file =
		read_conf(look, "autoload_configs/modules.conf.xml");
	struct xml_element element;
	struct xml xml;
	unsigned last = 0;

	if (!file)
		return;
	look->modules = true;
	xml_init(&xml, file->text);
	while (xml_next(&xml, &element)) {
		struct sv_str name = xml_attribute(&element, "module");
		if (!str_eq(element.name, SV_STR("load")))
			continue;
		look->logfile |= str_eq(name, SV_STR("mod_logfile"));
		look->syslog |= str_eq(name, SV_STR("mod_syslog"));
		look->fail2ban |= str_eq(name, SV_STR("mod_fail2ban"));
		last = element.line;
	}
	if (!look->logfile && !look->syslog && !look->fail2ban)
		doctor_say(look->doctor, DOCTOR_FAIL, AREA,
			   &(struct doctor_remedy){
				   .file = file->path,
				   .line = last + 1,
				   .change = "<load module=\"mod_logfile\"/>",
				   .then = "fs_cli -x 'load mod_logfile'" },
			   _("FreeSWITCH writes no log at all"));
	if (look->fail2ban)
		doctor_say(look->doctor, DOCTOR_OK, AREA, NULL,
			   _("mod_fail2ban is loaded: its file cannot be forged by "
			     "callers"));
}

static void
look_at_level(struct look *look)
{
	static const char *const quiet[] = { "console", "alert", "crit", "err", "error",
					     "0",       "1",     "2",    "3" };
	const struct tree_text *file =
		read_conf(look, "autoload_configs/switch.conf.xml");
	struct xml_element element;
	struct xml xml;

	if (!file)
		return;
	xml_init(&xml, file->text);
	while (xml_next(&xml, &element)) {
		if (!xml_is_param(&element, "loglevel"))
			continue;
		struct sv_str value = xml_attribute(&element, "value");
		for (size_t i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++)
			if (str_ieq(value, str_of(quiet[i])))
				doctor_say(look->doctor, DOCTOR_FIX, AREA,
					   &(struct doctor_remedy){
						   .file = file->path,
						   .line = element.line,
						   .change = "<param name=\"loglevel\" "
							     "value=\"info\"/>",
						   .then = "fs_cli -x 'fsctl loglevel "
							   "info'" },
					   _("the level %.*s is too low: refusals are "
					     "warnings, calls are notices"),
					   (int)value.len, value.ptr);
	}
}

/* A sofia profile. */

static void
say_auth_failures(struct look *look, const char *path, struct sv_str name,
		  unsigned line)
{
	doctor_say(
		look->doctor, DOCTOR_FIX, AREA,
		&(struct doctor_remedy){
			.file = path,
			.line = line,
			.change = "<param name=\"log-auth-failures\" "
				  "value=\"true\"/>",
			.then = "fs_cli -x 'reloadxml' && fs_cli -x 'sofia profile all "
				"rescan'" },
		_("profile %.*s does not log refused credentials: wrong passwords of "
		  "REGISTER leave no line"),
		(int)(name.len < 60 ? name.len : 60), name.ptr);
}

static void
read_profile(void *user, const char *path)
{
	struct look *look = user;
	const struct tree_text *file = tree_read(look->doctor, path);
	struct xml_element element;
	struct sv_str name = { 0 };
	unsigned settings = 0, line = 0;
	bool profile = false, logs = false;
	struct xml xml;

	if (!file)
		return;
	xml_init(&xml, file->text);
	while (xml_next(&xml, &element)) {
		if (str_eq(element.name, SV_STR("profile")) && !element.closes) {
			profile = true;
			name = xml_attribute(&element, "name");
		} else if (profile && str_eq(element.name, SV_STR("settings")) &&
			   !element.closes) {
			settings = element.line;
		} else if (xml_is_param(&element, "log-auth-failures")) {
			line = element.line;
			logs = is_true(xml_attribute(&element, "value"));
		}
	}
	if (!profile)
		return;
	look->n_profiles++;
	if (!logs)
		say_auth_failures(look, file->path, name, line ? line : settings + 1);
}

static void
read_gateway(void *user, const char *path)
{
	struct look *look = user;
	const struct tree_text *file = tree_read(look->doctor, path);
	struct xml_element element, gateway = { 0 };
	struct xml xml;
	bool ping = false;

	if (!file)
		return;
	xml_init(&xml, file->text);
	while (xml_next(&xml, &element)) {
		ping |= xml_is_param(&element, "ping") &&
			!str_eq(xml_attribute(&element, "value"), SV_STR("0"));
		if (!str_eq(element.name, SV_STR("gateway")))
			continue;
		if (!element.closes) {
			gateway = element;
			ping = false;
			continue;
		}
		struct sv_str name = xml_attribute(&gateway, "name");
		if (ping || look->n_gateways++ >= MAX_NAMED)
			continue;
		doctor_say(
			look->doctor, DOCTOR_NOTE, AREA,
			&(struct doctor_remedy){
				.file = file->path,
				.line = gateway.line + 1,
				.change = "<param name=\"ping\" value=\"30\"/>",
				.then = "fs_cli -x 'sofia profile external rescan'" },
			_("trunk %.*s is not asked whether it is there (ping): an "
			  "outage shows only with the next call"),
			(int)(name.len < 80 ? name.len : 80), name.ptr);
	}
}

static void
look_at_profiles(struct look *look)
{
	char pattern[TREE_PATH_BYTES];

	(void)snprintf(pattern, sizeof(pattern), "%s/sip_profiles/*.xml",
		       look->place->conf);
	(void)tree_match(look->doctor, pattern, read_profile, look);
	(void)tree_match(look->doctor, pattern, read_gateway, look);
	(void)snprintf(pattern, sizeof(pattern), "%s/sip_profiles/*/*.xml",
		       look->place->conf);
	(void)tree_match(look->doctor, pattern, read_gateway, look);
	if (look->n_gateways > MAX_NAMED)
		doctor_say(look->doctor, DOCTOR_NOTE, AREA, NULL,
			   ngettext("and so has %zu trunk more",
				    "and so have %zu trunks more",
				    look->n_gateways - MAX_NAMED),
			   look->n_gateways - MAX_NAMED);
	if (look->n_profiles)
		return;
	if (tree_exists(look->doctor, "/etc/fusionpbx"))
		doctor_say(look->doctor, DOCTOR_NOTE, AREA, NULL,
			   _("the profiles are in FusionPBX's database (Advanced, SIP "
			     "Profiles): log-auth-failures must be true there"));
	else
		doctor_say(
			look->doctor, DOCTOR_NOTE, AREA, NULL,
			_("no sofia profile found in %s/sip_profiles: whether refused "
			  "credentials are logged is not known"),
			look->place->conf);
}

/* mod_logfile */

/* One <profile> of logfile.conf.xml. */
struct profile {
	unsigned line;
	bool sofia_reg, others, uuid;
};

static void
take_of_profile(struct profile *profile, const struct xml_element *element)
{
	if (str_eq(element->name, SV_STR("map"))) {
		struct sv_str name = xml_attribute(element, "name");
		if (str_eq(name, SV_STR("sofia_reg.c")))
			profile->sofia_reg = true;
		else
			profile->others = true;
	}
	if (xml_is_param(element, "uuid"))
		profile->uuid = is_true(xml_attribute(element, "value"));
}

/** The text log holds names that callers wrote, line breaks and all. A log of
 *  sofia_reg.c alone holds none. */
static void
say_forgeable(struct look *look, const char *path, unsigned line)
{
	char change[1024];

	(void)snprintf(change, sizeof(change),
		       "<profile name=\"sipvigil\">\n"
		       "  <settings>\n"
		       "    <param name=\"logfile\" value=\"%s/sipvigil.log\"/>\n"
		       "    <param name=\"rollover\" value=\"104857600\"/>\n"
		       "    <param name=\"maximum-rotate\" value=\"8\"/>\n"
		       "    <param name=\"uuid\" value=\"false\"/>\n"
		       "  </settings>\n"
		       "  <mappings>\n"
		       "    <map name=\"sofia_reg.c\" "
		       "value=\"notice,warning,err,crit\"/>\n"
		       "  </mappings>\n"
		       "</profile>",
		       look->place->log);
	doctor_say(look->doctor, DOCTOR_FIX, AREA,
		   &(struct doctor_remedy){ .file = path,
					    .line = line,
					    .change = change,
					    .then = "fs_cli -x 'reload mod_logfile'" },
		   _("FreeSWITCH's text log can be forged by callers (attribution: "
		     "forgeable): a log of its own for refusals cannot"));
}

static void
look_at_logfile(struct look *look)
{
	const struct tree_text *file =
		read_conf(look, "autoload_configs/logfile.conf.xml");
	struct profile profile = { 0 };
	struct xml_element element;
	unsigned end = 0, no_uuid = 0;
	bool clean = false;
	struct xml xml;

	if (!file)
		return;
	xml_init(&xml, file->text);
	while (xml_next(&xml, &element)) {
		bool is_profile = str_eq(element.name, SV_STR("profile"));
		if (is_profile && !element.closes)
			profile = (struct profile){ .line = element.line };
		else if (!is_profile)
			take_of_profile(&profile, &element);
		if (str_eq(element.name, SV_STR("profiles")) && element.closes)
			end = element.line;
		if (!is_profile || !element.closes)
			continue;
		clean |= profile.sofia_reg && !profile.others;
		if (profile.others && !profile.uuid)
			no_uuid = profile.line;
	}
	if (look->modules && !look->logfile)
		return;
	if (!clean && !look->fail2ban)
		say_forgeable(look, file->path, end);
	if (no_uuid)
		doctor_say(look->doctor, DOCTOR_NOTE, AREA,
			   &(struct doctor_remedy){ .file = file->path,
						    .line = no_uuid + 2,
						    .change = "<param name=\"uuid\" "
							      "value=\"true\"/>",
						    .then = "fs_cli -x 'reload "
							    "mod_logfile'" },
			   _("lines of calls bear no uuid: calls are told apart by the "
			     "names of their channels alone"));
}

static void
look_at_syslog(struct look *look)
{
	const struct tree_text *file =
		look->syslog ? read_conf(look, "autoload_configs/syslog.conf.xml")
			     : NULL;
	struct xml_element element;
	struct xml xml;

	if (!file)
		return;
	xml_init(&xml, file->text);
	while (xml_next(&xml, &element)) {
		struct sv_str value = xml_attribute(&element, "value");
		if (xml_is_param(&element, "loglevel") &&
		    (str_ieq(value, SV_STR("warning")) ||
		     str_ieq(value, SV_STR("err")) || str_ieq(value, SV_STR("crit"))))
			doctor_say(look->doctor, DOCTOR_NOTE, AREA,
				   &(struct doctor_remedy){
					   .file = file->path,
					   .line = element.line,
					   .change = "<param name=\"loglevel\" "
						     "value=\"notice\"/>",
					   .then = "fs_cli -x 'reload mod_syslog'" },
				   _("syslog gets %.*s and worse: ends of calls are "
				     "notices"),
				   (int)value.len, value.ptr);
	}
}

void
freeswitch_look(struct doctor *doctor)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct look look = { .doctor = doctor, .place = &places[i] };
		if (!tree_exists(doctor, places[i].conf))
			continue;
		look_at_modules(&look);
		look_at_level(&look);
		look_at_profiles(&look);
		look_at_logfile(&look);
		look_at_syslog(&look);
	}
}
