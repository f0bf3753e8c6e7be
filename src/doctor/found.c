/* SPDX-License-Identifier: Apache-2.0 */
/* Which PBXes are on this host, which of their logs are there, who reads them. */
#include "base/i18n.h"
#include "base/text.h"
#include "doctor/tree.h"

#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

/** Processes that are looked at. */
#define MAX_PROCESSES 32768

/* What tells that a PBX is here, by the name of its dialect. */
static const struct pbx {
	const char *dialect, *title;
	const char *package; /* of dpkg */
	const char *process;
	const char *programs[4];
	const char *units[3];
	struct variant {
		const char *path, *name;
	} variants[5]; /* what was built around it */
} pbxes[] = {
	{ .dialect = "asterisk",
	  .title = "Asterisk",
	  .package = "asterisk",
	  .process = "asterisk",
	  .programs = { "/usr/sbin/asterisk", "/usr/local/sbin/asterisk" },
	  .units = { "asterisk.service", "freepbx.service" },
	  .variants = { { "/etc/freepbx.conf", "FreePBX" },
			{ "/etc/issabel.conf", "Issabel" },
			{ "/etc/vitalpbx", "VitalPBX" },
			{ "/etc/wazo-confd", "Wazo" } } },
	{ .dialect = "freeswitch",
	  .title = "FreeSWITCH",
	  .package = "freeswitch",
	  .process = "freeswitch",
	  .programs = { "/usr/bin/freeswitch", "/usr/local/freeswitch/bin/freeswitch",
			"/opt/freeswitch/bin/freeswitch" },
	  .units = { "freeswitch.service" },
	  .variants = { { "/etc/fusionpbx", "FusionPBX" },
			{ "/usr/share/bbb-fsesl-akka", "BigBlueButton" } } },
	{ .dialect = "kamailio",
	  .title = "Kamailio",
	  .package = "kamailio",
	  .process = "kamailio",
	  .programs = { "/usr/sbin/kamailio", "/usr/local/sbin/kamailio",
			"/usr/local/kamailio/sbin/kamailio" },
	  .units = { "kamailio.service" } },
	{ .dialect = "opensips",
	  .title = "OpenSIPS",
	  .package = "opensips",
	  .process = "opensips",
	  .programs = { "/usr/sbin/opensips", "/usr/local/sbin/opensips" },
	  .units = { "opensips.service" } },
};

#define N_PBXES (sizeof(pbxes) / sizeof(pbxes[0]))

static bool
has_package(const struct doctor *doctor, const char *name)
{
	char path[TREE_PATH_BYTES];

	/* gone with the package, unlike NAME.list */
	(void)snprintf(path, sizeof(path), "/var/lib/dpkg/info/%s.md5sums", name);
	return tree_exists(doctor, path);
}

static bool
has_unit(const struct doctor *doctor, const char *name)
{
	static const char *const folders[] = { "/etc/systemd/system",
					       "/lib/systemd/system",
					       "/usr/lib/systemd/system" };
	char path[TREE_PATH_BYTES];

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folders[i], name);
		if (tree_exists(doctor, path))
			return true;
	}
	return false;
}

/** A word of /proc/PID/comm. */
static bool
is_process(const struct doctor *doctor, const char *pid, const char *name)
{
	char path[TREE_PATH_BYTES], full[TREE_PATH_BYTES], comm[32] = "";
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	if (!tree_path(doctor, path, full) || !(file = fopen(full, "re")))
		return false;
	if (!fgets(comm, sizeof(comm), file))
		comm[0] = '\0';
	(void)fclose(file);
	comm[strcspn(comm, "\n")] = '\0';
	return strcmp(comm, name) == 0;
}

static bool
runs(const struct doctor *doctor, const char *name)
{
	char full[TREE_PATH_BYTES];
	const struct dirent *entry;
	bool found = false;
	size_t n = 0;
	DIR *proc;

	if (!tree_path(doctor, "/proc", full) || !(proc = opendir(full)))
		return false;
	/* cppcheck-suppress readdirCalled ; a stream of our own is no shared state */
	while (!found && n < MAX_PROCESSES && (entry = readdir(proc))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		n++;
		found = is_process(doctor, entry->d_name, name);
	}
	closedir(proc);
	return found;
}

/* The logs of one PBX. */
struct logs {
	struct doctor *doctor;
	const char *area;
	size_t n, closed, unread;
	char unread_path[TREE_PATH_BYTES];
	struct buffer names;
};

/** Is it a log that the configuration names? */
static bool
is_configured(const struct doctor *doctor, const char *path)
{
	if (doctor->spec.n_paths == 0)
		return true;
	for (size_t i = 0; i < doctor->spec.n_paths; i++)
		if (fnmatch(doctor->spec.paths[i], path, FNM_PATHNAME) == 0)
			return true;
	return false;
}

/** "full.1", "full-20261122", "full.2.gz": of the past. */
static bool
is_rotated(struct sv_str path)
{
	size_t slash = str_find_last(path, SV_STR("/"));
	struct sv_str name = str_from(path, slash == STR_NONE ? 0 : slash + 1);

	return (name.len && name.ptr[name.len - 1] >= '0' &&
		name.ptr[name.len - 1] <= '9') ||
	       str_ends(name, SV_STR("z")) || str_ends(name, SV_STR(".bz2")) ||
	       str_ends(name, SV_STR(".zst"));
}

static void
add_log(void *user, const char *path)
{
	struct logs *logs = user;

	if (is_rotated(str_of(path)))
		return;
	if (!is_configured(logs->doctor, path)) {
		if (logs->unread++ == 0)
			(void)tree_cstr(str_of(path), logs->unread_path,
					sizeof(logs->unread_path));
		return;
	}
	logs->closed += !access_look(logs->doctor, logs->area, path);
	buffer_addf(&logs->names, logs->n++ ? ", %s" : "%s", path);
}

static const struct sv_dialect *
dialect_of(const struct doctor *doctor, const char *name)
{
	for (size_t i = 0; doctor->spec.dialects[i]; i++)
		if (strcmp(doctor->spec.dialects[i]->name, name) == 0)
			return doctor->spec.dialects[i];
	return NULL;
}

static void
add_word(struct buffer *buf, const char *kind, const char *word)
{
	if (buf->len)
		buffer_add_cstr(buf, ", ");
	if (kind[0])
		buffer_addf(buf, "%s ", kind);
	buffer_add_cstr(buf, word);
}

static const char *
text_of(struct buffer *buf)
{
	buffer_add_char(buf, '\0');
	return buffer_failed(buf) ? "" : buf->ptr;
}

/** In words what of it is here; false: nothing. */
static bool
add_traces(const struct doctor *doctor, const struct pbx *pbx, struct buffer *buf)
{
	size_t before = buf->len;

	if (has_package(doctor, pbx->package))
		add_word(buf, _("package"), pbx->package);
	for (size_t i = 0; i < 4 && pbx->programs[i]; i++)
		if (tree_exists(doctor, pbx->programs[i]))
			add_word(buf, "", pbx->programs[i]);
	for (size_t i = 0; i < 3 && pbx->units[i]; i++)
		if (has_unit(doctor, pbx->units[i]))
			add_word(buf, _("unit"), pbx->units[i]);
	for (size_t i = 0; i < 5 && pbx->variants[i].path; i++)
		if (tree_exists(doctor, pbx->variants[i].path))
			add_word(buf, "", pbx->variants[i].name);
	if (runs(doctor, pbx->process))
		add_word(buf, "", _("running"));
	return buf->len > before;
}

static void
say_unread(struct doctor *doctor, const struct pbx *pbx, const struct logs *logs)
{
	char change[TREE_PATH_BYTES + 64];

	(void)snprintf(change, sizeof(change), "file \"%s\" { path = {\"%s\"} }",
		       pbx->dialect, logs->unread_path);
	doctor_say(doctor, DOCTOR_NOTE, pbx->dialect,
		   &(struct doctor_remedy){ .file = "/etc/sipvigil/sipvigil.conf",
					    .change = change,
					    .then = "sipvigil reload" },
		   ngettext("%zu log of %s is not read by the configuration: %s",
			    "%zu logs of %s are not read by the configuration: %s, …",
			    logs->unread),
		   logs->unread, pbx->title, logs->unread_path);
}

static bool
look_at(struct doctor *doctor, const struct pbx *pbx)
{
	const struct sv_dialect *dialect = dialect_of(doctor, pbx->dialect);
	struct logs logs = { .doctor = doctor, .area = pbx->dialect };
	struct buffer traces;
	bool here;

	buffer_init(&traces);
	buffer_init(&logs.names);
	here = add_traces(doctor, pbx, &traces);
	for (size_t i = 0; dialect && dialect->files && dialect->files[i]; i++)
		(void)tree_match(doctor, dialect->files[i], add_log, &logs);
	if (logs.n + logs.unread > 0 || here)
		doctor_say(doctor, DOCTOR_OK, pbx->dialect, NULL,
			   logs.n ? _("%s; logs %s") : _("%s; no log file%s"),
			   here ? text_of(&traces) : _("not installed here"),
			   logs.n ? text_of(&logs.names) : "");
	if (logs.unread)
		say_unread(doctor, pbx, &logs);
	here |= logs.n + logs.unread > 0;
	buffer_done(&traces);
	buffer_done(&logs.names);
	return here;
}

/* The journal. */

static void
look_at_journal(struct doctor *doctor)
{
	static const char *const folders[] = { "/var/log/journal", "/run/log/journal" };
	struct buffer idents;
	const char *folder = NULL;

	for (size_t i = 0; i < 2 && !folder; i++)
		if (tree_exists(doctor, folders[i]))
			folder = folders[i];
	if (!folder) {
		doctor_say(doctor, DOCTOR_NOTE, "journal", NULL,
			   _("there is no journal on this host (%s, %s)"), folders[0],
			   folders[1]);
		return;
	}
	buffer_init(&idents);
	for (size_t i = 0; doctor->spec.dialects[i]; i++) {
		const char *const *units = doctor->spec.dialects[i]->units;
		for (size_t k = 0; units && units[k]; k++)
			add_word(&idents, "", units[k]);
	}
	if (access_look(doctor, "journal", folder))
		doctor_say(doctor, DOCTOR_OK, "journal", NULL,
			   _("journal %s readable; units %s, and their identifiers"),
			   folder, text_of(&idents));
	buffer_done(&idents);
}

void
found_look(struct doctor *doctor)
{
	bool any = false;

	look_at_journal(doctor);
	for (size_t i = 0; i < N_PBXES; i++)
		any |= look_at(doctor, &pbxes[i]);
	if (!any)
		doctor_say(doctor, DOCTOR_NOTE, "host", NULL,
			   _("no PBX found (looked for asterisk, freeswitch, kamailio, "
			     "opensips: packages, programs, units, processes, logs)"));
}
