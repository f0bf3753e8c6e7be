/* SPDX-License-Identifier: Apache-2.0 */
/* What the SIP channels of Asterisk are told: pjsip.conf, sip.conf, modules.conf. */
#include "base/i18n.h"
#include "base/text.h"
#include "doctor/astconf.h"

#include <stdio.h>

#define AREA "asterisk"
#define PJSIP "/etc/asterisk/pjsip.conf"
#define SIP "/etc/asterisk/sip.conf"
#define MODULES "/etc/asterisk/modules.conf"
/** Trunks that are named; of more the number is told. */
#define MAX_NAMED 5

/* Trunks whose outage shows only with the next call. */
struct trunks {
	struct doctor *doctor;
	size_t n;
};

static void
say_trunk(struct trunks *trunks, const struct astconf_section *section,
	  const struct astconf_entry *entry, const char *change, const char *then)
{
	if (trunks->n++ >= MAX_NAMED)
		return;
	doctor_say(trunks->doctor, DOCTOR_NOTE, AREA,
		   &(struct doctor_remedy){ .file = entry ? entry->file : section->file,
					    .line = entry ? entry->line
							  : section->line + 1,
					    .change = change,
					    .then = then },
		   _("trunk %.*s is not asked whether it is there (qualify off): an "
		     "outage shows only with the next call"),
		   (int)(section->name.len < 80 ? section->name.len : 80),
		   section->name.ptr);
}

static void
say_more(const struct trunks *trunks)
{
	size_t more = trunks->n > MAX_NAMED ? trunks->n - MAX_NAMED : 0;

	if (more)
		doctor_say(trunks->doctor, DOCTOR_NOTE, AREA, NULL,
			   ngettext("and so has %zu trunk more",
				    "and so have %zu trunks more", more),
			   more);
}

static bool
value_is(const struct astconf_entry *entry, const char *word)
{
	return entry && str_ieq(entry->value, str_of(word));
}

/** An address of record with a contact of its own is a trunk, a phone registers one. */
static void
look_at_pjsip(struct doctor *doctor)
{
	struct trunks trunks = { .doctor = doctor };
	struct astconf conf;

	if (astconf_read(doctor, PJSIP, &conf)) {
		for (size_t i = 0; i < conf.n_sections; i++) {
			const struct astconf_section *section = &conf.sections[i];
			const struct astconf_entry *entry;
			uint64_t seconds = 0;
			if (section->is_template ||
			    !value_is(astconf_of(&conf, section, "type"), "aor") ||
			    !astconf_of(&conf, section, "contact"))
				continue;
			entry = astconf_of(&conf, section, "qualify_frequency");
			if (entry)
				(void)str_take_u64(entry->value, &seconds);
			if (seconds == 0)
				say_trunk(&trunks, section, entry,
					  "qualify_frequency = 60",
					  "asterisk -rx 'pjsip reload'");
		}
	}
	astconf_done(&conf);
	say_more(&trunks);
}

static void
look_at_sip_general(struct doctor *doctor, const struct astconf *conf)
{
	const struct astconf_entry *reject =
		astconf_get(conf, "general", "alwaysauthreject");
	const struct astconf_entry *guest = astconf_get(conf, "general", "allowguest");
	const struct astconf_section *general =
		astconf_section(conf, SV_STR("general"));

	if (reject && !astconf_is_true(reject->value))
		doctor_say(
			doctor, DOCTOR_FIX, AREA,
			&(struct doctor_remedy){ .file = reject->file,
						 .line = reject->line,
						 .change = "alwaysauthreject=yes",
						 .then = "asterisk -rx 'sip reload'" },
			_("chan_sip tells callers which accounts exist "
			  "(alwaysauthreject)"));
	if (!guest || astconf_is_true(guest->value))
		doctor_say(
			doctor, DOCTOR_NOTE, AREA,
			&(struct doctor_remedy){ .file = guest ? guest->file : SIP,
						 .line = guest     ? guest->line
							 : general ? general->line + 1
								   : 0,
						 .change = "allowguest=no",
						 .then = "asterisk -rx 'sip reload'" },
			_("chan_sip takes calls without an account (allowguest): such "
			  "a caller can write whole lines into the log"));
}

static void
look_at_sip(struct doctor *doctor)
{
	struct trunks trunks = { .doctor = doctor };
	struct astconf conf;

	if (astconf_read(doctor, SIP, &conf)) {
		look_at_sip_general(doctor, &conf);
		for (size_t i = 0; i < conf.n_sections; i++) {
			const struct astconf_section *section = &conf.sections[i];
			const struct astconf_entry *host, *qualify;
			if (section->is_template ||
			    str_ieq(section->name, SV_STR("general")))
				continue;
			host = astconf_of(&conf, section, "host");
			qualify = astconf_of(&conf, section, "qualify");
			if (host && !value_is(host, "dynamic") &&
			    (!qualify || value_is(qualify, "no")))
				say_trunk(&trunks, section, qualify, "qualify=yes",
					  "asterisk -rx 'sip reload'");
		}
	}
	astconf_done(&conf);
	say_more(&trunks);
}

static void
look_at_modules(struct doctor *doctor)
{
	struct astconf conf;

	if (astconf_read(doctor, MODULES, &conf)) {
		for (size_t i = 0; i < conf.n_entries; i++) {
			const struct astconf_entry *entry = &conf.entries[i];
			if (!str_ieq(entry->key, SV_STR("noload")) ||
			    !str_starts(entry->value, SV_STR("res_security_log")))
				continue;
			doctor_say(doctor, DOCTOR_FIX, AREA,
				   &(struct doctor_remedy){
					   .file = entry->file,
					   .line = entry->line,
					   .change = "load => res_security_log.so",
					   .then = "asterisk -rx 'module load "
						   "res_security_log.so'" },
				   _("the module that logs security events is not "
				     "loaded"));
		}
	}
	astconf_done(&conf);
}

void
asterisk_sip_look(struct doctor *doctor)
{
	look_at_modules(doctor);
	look_at_pjsip(doctor);
	look_at_sip(doctor);
}
