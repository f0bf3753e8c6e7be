/* SPDX-License-Identifier: Apache-2.0 */
/* What stands between a PBX and its log: journald, rsyslog, logrotate; and the clock. */
#include "base/i18n.h"
#include "base/text.h"
#include "doctor/rsyslog.h"

#include <fnmatch.h>
#include <sys/timex.h>

#define JOURNALD "/etc/systemd/journald.conf"
#define RESTART "systemctl restart systemd-journald"
/** journald's own limit: messages of a service in 30 s. */
#define BURST_DEFAULT 10000

/* journald.conf and what lies beside it. */
struct journald {
	struct doctor *doctor;
	struct setting {
		struct sv_str value;
		const char *path;
		unsigned line;
	} storage, interval, burst;
};

static void
take(struct setting *setting, struct sv_str line, const char *key, const char *path,
     unsigned number)
{
	size_t len = strlen(key);

	if (!str_starts(line, str_of(key)) || line.len <= len || line.ptr[len] != '=')
		return;
	setting->value = str_trim(str_from(line, len + 1));
	setting->path = path;
	setting->line = number;
}

static void
read_journald(void *user, const char *path)
{
	struct journald *journald = user;
	const struct tree_text *file = tree_read(journald->doctor, path);
	struct tree_lines lines = { 0 };
	struct sv_str line;

	if (!file)
		return;
	lines.rest = file->text;
	while (tree_next_line(&lines, &line)) {
		line = str_trim(line);
		take(&journald->storage, line, "Storage", file->path, lines.number);
		take(&journald->interval, line, "RateLimitIntervalSec", file->path,
		     lines.number);
		take(&journald->interval, line, "RateLimitInterval", file->path,
		     lines.number);
		take(&journald->burst, line, "RateLimitBurst", file->path,
		     lines.number);
	}
}

static void
look_at_storage(const struct journald *journald)
{
	const struct setting *storage = &journald->storage;
	struct doctor_remedy remedy = { .file = storage->path ? storage->path
							      : JOURNALD,
					.line = storage->line,
					.change = "Storage=persistent",
					.then = RESTART };

	if (str_ieq(storage->value, SV_STR("none")))
		doctor_say(journald->doctor, DOCTOR_FIX, "journald", &remedy,
			   _("journald keeps nothing (Storage=none): what PBXes write "
			     "to it cannot be read"));
	else if (str_ieq(storage->value, SV_STR("volatile")) ||
		 (!tree_exists(journald->doctor, "/var/log/journal") &&
		  tree_exists(journald->doctor, "/run/log/journal")))
		doctor_say(
			journald->doctor, DOCTOR_NOTE, "journald", &remedy,
			_("the journal does not outlive a reboot: what comes between "
			  "the last look and the reboot is lost"));
}

static void
look_at_journald(struct doctor *doctor)
{
	struct journald journald = { .doctor = doctor };
	uint64_t burst = BURST_DEFAULT, interval = 1;

	/* the last one wins */
	read_journald(&journald, JOURNALD);
	(void)tree_match(doctor, "/usr/lib/systemd/journald.conf.d/*.conf",
			 read_journald, &journald);
	(void)tree_match(doctor, "/etc/systemd/journald.conf.d/*.conf", read_journald,
			 &journald);
	look_at_storage(&journald);
	if (journald.burst.path)
		(void)str_take_u64(journald.burst.value, &burst);
	if (journald.interval.path)
		(void)str_take_u64(journald.interval.value, &interval);
	if (burst == 0 || interval == 0 || burst >= BURST_DEFAULT)
		return;
	doctor_say(doctor, DOCTOR_FIX, "journald",
		   &(struct doctor_remedy){ .file = journald.burst.path,
					    .line = journald.burst.line,
					    .change = "RateLimitBurst=0",
					    .then = RESTART },
		   _("journald drops messages of a service beyond %llu in an interval: "
		     "in a flood counts are lower bounds"),
		   (unsigned long long)burst);
}

/* logrotate */

/** A word in front of a brace that is the path of a PBX's log. */
static bool
is_log_of(const struct doctor *doctor, struct sv_str word)
{
	char path[TREE_PATH_BYTES];

	(void)tree_cstr(tree_unquote(word), path, sizeof(path));
	for (size_t i = 0; doctor->spec.dialects[i]; i++) {
		const char *const *files = doctor->spec.dialects[i]->files;
		for (size_t k = 0; path[0] == '/' && files && files[k]; k++)
			/* either may be the pattern */
			if (fnmatch(files[k], path, FNM_PATHNAME) == 0 ||
			    fnmatch(path, files[k], FNM_PATHNAME) == 0)
				return true;
	}
	return false;
}

static void
read_rotation(void *user, const char *path)
{
	struct doctor *doctor = user;
	const struct tree_text *file = tree_read(doctor, path);
	struct tree_lines lines = { .rest = file ? file->text : SV_STR("") };
	struct sv_str line, word;
	bool ours = false, inside = false;

	while (tree_next_line(&lines, &line)) {
		while ((word = tree_next_word(&line)).len && word.ptr[0] != '#') {
			if (str_eq(word, SV_STR("}"))) {
				inside = ours = false;
			} else if (str_eq(word, SV_STR("{"))) {
				inside = true;
			} else if (!inside) {
				ours |= is_log_of(doctor, word);
				inside = str_ends(word, SV_STR("{"));
			} else if (ours && str_eq(word, SV_STR("copytruncate"))) {
				doctor_say(
					doctor, DOCTOR_NOTE, "logrotate",
					&(struct doctor_remedy){
						.file = path,
						.line = lines.number,
						.change = "create, and a postrotate "
							  "that reopens the log" },
					_("copytruncate: lines that come between the "
					  "copy and the cut are lost"));
			}
		}
	}
}

/* The clock. */

static void
look_at_clock(struct doctor *doctor)
{
	struct timex timex = { 0 };

	if (doctor->spec.root[0])
		return;
	if (adjtimex(&timex) < 0)
		return;
	if (timex.status & STA_UNSYNC)
		doctor_say(
			doctor, DOCTOR_FIX, "clock",
			&(struct doctor_remedy){ .then = "timedatectl set-ntp true" },
			_("the clock is not synchronised: times of alerts, and of "
			  "logs of other hosts, do not fit together"));
	else
		doctor_say(doctor, DOCTOR_OK, "clock", NULL,
			   _("the clock is synchronised"));
}

/* Mandatory access control is named where it is on: its refusals look like nothing at
 * all. */
static void
look_at_confinement(struct doctor *doctor)
{
	const struct tree_text *enforce = tree_read(doctor, "/sys/fs/selinux/enforce");

	if (enforce && str_starts(enforce->text, SV_STR("1")))
		doctor_say(doctor, DOCTOR_NOTE, "selinux",
			   &(struct doctor_remedy){
				   .then = "ausearch -m avc -c sipvigild" },
			   _("SELinux is enforcing: a log that may be read by its mode "
			     "may still be refused"));
	if (tree_exists(doctor, "/etc/apparmor.d/usr.sbin.sipvigild"))
		doctor_say(
			doctor, DOCTOR_NOTE, "apparmor",
			&(struct doctor_remedy){
				.then = "journalctl -k -g 'apparmor=.DENIED' | "
					"grep sipvigild" },
			_("there is an AppArmor profile for sipvigild: a log that may "
			  "be read by its mode may still be refused"));
}

void
host_look(struct doctor *doctor)
{
	look_at_journald(doctor);
	rsyslog_look(doctor);
	(void)tree_match(doctor, "/etc/logrotate.d/*", read_rotation, doctor);
	look_at_clock(doctor);
	look_at_confinement(doctor);
}
