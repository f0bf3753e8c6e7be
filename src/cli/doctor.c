/* SPDX-License-Identifier: Apache-2.0 */
/* sipvigil doctor: what the doctor room finds on this host, and what the running daemon
 * says of itself, in one list. */
#include "doctor/doctor.h"

#include "base/emit.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/doctor_own.h"
#include "cli/terminal.h"
#include "conf/conf.h"
#include "dialect/registry.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define USER "sipvigil"
#define MAX_PATHS 1024
#define LEVEL_COLUMNS 6
#define CONF_FILE SYSCONFDIR "/sipvigil/sipvigil.conf"

struct ask {
	const char *root, *config, *socket, *user;
	bool json;
};

static const char *const words[] = { [DOCTOR_OK] = "ok",
				     [DOCTOR_NOTE] = "note",
				     [DOCTOR_FIX] = "fix",
				     [DOCTOR_FAIL] = "fail" };

static void
add_json(struct buffer *out, const struct doctor_finding *finding)
{
	buffer_add_char(out, '{');
	emit_word(out, "level", words[finding->level]);
	emit_word(out, "area", finding->area);
	emit_text(out, "text", str_of(finding->text));
	emit_text(out, "file", str_of(finding->file));
	if (finding->line)
		emit_u64(out, "line", finding->line);
	emit_text(out, "change", str_of(finding->change));
	emit_text(out, "then", str_of(finding->then));
	buffer_add_cstr(out, "}\n");
}

/** The lines to write, below each other. */
static void
add_change(struct buffer *out, const char *change)
{
	struct sv_str left = str_of(change);

	while (left.len) {
		size_t end = str_find_char(left, '\n');
		struct sv_str line = str_upto(left, end == STR_NONE ? left.len : end);
		buffer_add_cstr(out, "          ");
		buffer_add_clean(out, line, 1000);
		buffer_add_char(out, '\n');
		left = str_from(left, line.len + 1);
	}
}

static void
add_text(struct buffer *out, const struct terminal *terminal,
	 const struct doctor_finding *finding)
{
	/* TRANSLATORS: words of a column, at most five letters */
	const char *const shown[] = { [DOCTOR_OK] = _("ok"),
				      [DOCTOR_NOTE] = _("note"),
				      [DOCTOR_FIX] = _("FIX"),
				      [DOCTOR_FAIL] = _("FAIL") };
	enum sv_severity severity = finding->level == DOCTOR_FAIL ? SV_SEVERITY_CRITICAL
				    : finding->level == DOCTOR_FIX ? SV_SEVERITY_WARNING
								   : SV_SEVERITY_OK;
	struct buffer line;

	buffer_add_cstr(out, terminal_severity(terminal, severity));
	terminal_cell(out, str_of(shown[finding->level]), LEVEL_COLUMNS);
	buffer_add_cstr(out, terminal_plain(terminal));
	buffer_init(&line);
	buffer_addf(&line, "%s: ", finding->area);
	buffer_add_clean(&line, str_of(finding->text), 2000);
	terminal_wrap(out, buffer_str(&line), LEVEL_COLUMNS, terminal->columns);
	buffer_done(&line);
	if (finding->file && finding->line)
		buffer_addf(out, "        %s:%u\n", finding->file, finding->line);
	else if (finding->file)
		buffer_addf(out, "        %s\n", finding->file);
	if (finding->change)
		add_change(out, finding->change);
	if (finding->then)
		buffer_addf(out, "        %s %s\n", _("then:"), finding->then);
}

static void
add_sum(struct buffer *out, size_t fails, size_t fixes, size_t omitted)
{
	if (omitted)
		buffer_addf(
			out,
			ngettext("%zu file or finding was left out for the limits\n",
				 "%zu files or findings were left out for the "
				 "limits\n",
				 omitted),
			omitted);
	if (!fails && !fixes) {
		buffer_add_cstr(out, _("nothing to change\n"));
		return;
	}
	if (fails)
		buffer_addf(out, ngettext("%zu failure", "%zu failures", fails), fails);
	if (fixes)
		buffer_addf(out,
			    ngettext("%s%zu fix advised", "%s%zu fixes advised", fixes),
			    fails ? ", " : "", fixes);
	buffer_add_char(out, '\n');
}

static int
print(struct doctor *doctor, bool json)
{
	size_t n, count[DOCTOR_FAIL + 1] = { 0 };
	const struct doctor_finding *findings = doctor_findings(doctor, &n);
	struct terminal terminal;
	struct buffer out;
	bool printed;

	terminal_init(&terminal, STDOUT_FILENO);
	buffer_init(&out);
	for (size_t i = 0; i < n; i++) {
		count[findings[i].level]++;
		if (json)
			add_json(&out, &findings[i]);
		else
			add_text(&out, &terminal, &findings[i]);
	}
	if (!json)
		add_sum(&out, count[DOCTOR_FAIL], count[DOCTOR_FIX],
			doctor_omitted(doctor));
	printed = !buffer_failed(&out) && terminal_print(&out);
	buffer_done(&out);
	if (!printed)
		return EXIT_CANNOT;
	return count[DOCTOR_FAIL] + count[DOCTOR_FIX] ? EXIT_NO : EXIT_DONE;
}

/** The logs that the configuration names: those alone are read. */
static size_t
paths_of(const struct conf *conf, const char *paths[MAX_PATHS])
{
	size_t n = 0;

	for (size_t i = 0; conf && !conf->zero && i < conf->n_files; i++)
		for (size_t k = 0; k < conf->files[i].tail.n_paths && n < MAX_PATHS;
		     k++)
			paths[n++] = conf->files[i].tail.paths[k];
	return n;
}

/** Below a root the configuration is the one in there, if there is one. */
static struct conf *
load(const struct ask *ask, struct diag *diag, bool *ret_missing)
{
	struct conf_options options = { .path = ask->config,
					.dialects = registry_dialects(NULL) };
	char path[600];

	*ret_missing = false;
	if (ask->root[0] && !ask->config) {
		(void)snprintf(path, sizeof(path), "%s%s", ask->root, CONF_FILE);
		*ret_missing = access(path, R_OK) != 0;
		options.path = path;
	}
	return *ret_missing ? NULL : conf_load(&options, diag);
}

static int
examine(const struct ask *ask)
{
	const char *paths[MAX_PATHS];
	struct doctor_spec spec = { .root = ask->root,
				    .user = ask->user,
				    .dialects = registry_dialects(NULL),
				    .paths = paths };
	struct doctor *doctor;
	struct diag diag;
	bool missing;
	int code = EXIT_CANNOT;

	diag_init(&diag);
	struct conf *conf = load(ask, &diag, &missing);
	spec.n_paths = paths_of(conf, paths);
	if (doctor_new(&spec, &doctor) == 0) {
		if (!conf && !missing)
			doctor_say(doctor, DOCTOR_FAIL, "sipvigil",
				   &(struct doctor_remedy){ .then = "sipvigil check" },
				   _("the configuration has mistakes: the daemon does "
				     "not start with it"));
		if (!ask->root[0] || ask->socket)
			doctor_own_look(doctor, conf, ask->socket);
		doctor_run(doctor);
		code = print(doctor, ask->json);
		doctor_free(doctor);
	}
	conf_free(conf);
	diag_done(&diag);
	return code;
}

static int
run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "root", required_argument, NULL, 'r' },
		{ "config", required_argument, NULL, 'c' },
		{ "socket", required_argument, NULL, 's' },
		{ "user", required_argument, NULL, 'u' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	struct ask ask = { .root = "", .user = USER };
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":c:", options, NULL)) != -1) {
		switch (c) {
		case 'r':
			ask.root = strcmp(optarg, "/") == 0 ? "" : optarg;
			break;
		case 'c':
			ask.config = optarg;
			break;
		case 's':
			ask.socket = optarg;
			break;
		case 'u':
			ask.user = optarg;
			break;
		case 'j':
			ask.json = true;
			break;
		default:
			return command_option(&command_doctor, c, argv);
		}
	}
	if (optind < argc)
		return command_usage(&command_doctor, _("'%s' is not expected"),
				     argv[optind]);
	if (ask.root[0] && access(ask.root, X_OK) != 0) {
		fprintf(stderr, _("sipvigil: cannot read %s: %m\n"), ask.root);
		return EXIT_CANNOT;
	}
	return examine(&ask);
}

const struct command command_doctor = {
	.word = "doctor",
	.arguments = "[--root DIR] [-c FILE] [--socket PATH] [--user NAME] [--json]",
	.summary = N_("which PBXes are here, what is not logged, the line to change"),
	.help = N_(
		"Looks at the configurations of Asterisk, FreeSWITCH, Kamailio, "
		"OpenSIPS, journald,\n"
		"rsyslog and logrotate, at the rights of the logs and at the running "
		"daemon. Changes\n"
		"nothing. Exit code 1: something is to be fixed.\n"
		"\n"
		"  --root DIR          the host whose files are below DIR; its daemon "
		"is not asked\n"
		"  -c, --config FILE   configuration of sipvigil\n"
		"  --socket PATH       control socket (/run/sipvigil/control)\n"
		"  --user NAME         that is to read the logs (sipvigil)\n"
		"  --json              one object a finding: level (ok, note, fix, "
		"fail), area, text,\n"
		"                      file, line, change, then\n"),
	.run = run,
};
