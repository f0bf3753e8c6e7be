/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/doctor_own.h"

#include "base/i18n.h"
#include "base/text.h"
#include "cli/online.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <sys/stat.h>

#define AREA "sipvigil"
#define TIMEOUT (5 * SV_USEC_PER_SEC)
/** So many lines without one that tells of SIP: the level may be too low. */
#define LINES_ENOUGH 10000
/** From this share of unknown lines on it is a finding. */
#define UNKNOWN_SHARE 0.05

static void
look_at_source(struct doctor *doctor, const json_t *source)
{
	const char *name = online_text(source, "name");
	const char *problem = online_text(source, "problem");
	uint64_t lines = online_u64(source, "lines");
	double share = online_double(source, "recognised");

	if (problem[0]) {
		doctor_say(doctor, DOCTOR_FAIL, AREA, NULL, "%s: %s", name, problem);
		return;
	}
	if (online_u64(source, "told") == 0 && lines >= LINES_ENOUGH)
		doctor_say(doctor, DOCTOR_NOTE, AREA, NULL,
			   _("%s: %" PRIu64
			     " lines read, none tells of SIP: is the log's "
			     "level too low?"),
			   name, lines);
	if (!isnan(share) && 1 - share >= UNKNOWN_SHARE)
		doctor_say(
			doctor, DOCTOR_NOTE, AREA,
			&(struct doctor_remedy){ .then = "sipvigil status --unknown" },
			_("%s: %.0f %% of its lines are not understood"), name,
			(1 - share) * 100);
}

static void
look_at_output(struct doctor *doctor, const json_t *output)
{
	const char *problem = online_text(output, "problem");

	if (problem[0])
		doctor_say(doctor, DOCTOR_FAIL, AREA, NULL, "%s: %s",
			   online_text(output, "name"), problem);
	else
		doctor_say(doctor, DOCTOR_OK, AREA, NULL,
			   _("%s: %" PRIu64 " delivered, %" PRIu64 " waiting"),
			   online_text(output, "name"), online_u64(output, "delivered"),
			   online_u64(output, "waiting"));
}

static void
look_at_status(struct doctor *doctor, const json_t *status)
{
	const json_t *state = json_object_get(status, "state"), *row;
	const char *found = online_text(status, "found");
	char up[64];
	size_t i;

	online_age(up, online_u64(status, "uptime_sec"));
	doctor_say(doctor, DOCTOR_OK, AREA, NULL, _("sipvigild %s runs, up %s%s%s"),
		   online_text(status, "version"), up, found[0] ? "; " : "", found);
	if (online_text(status, "note")[0])
		doctor_say(doctor, DOCTOR_NOTE, AREA, NULL, "%s",
			   online_text(status, "note"));
	if (online_text(state, "problem")[0])
		doctor_say(doctor, DOCTOR_FAIL, AREA, NULL, "%s",
			   online_text(state, "problem"));
	json_array_foreach(json_object_get(status, "sources"), i, row)
	{
		look_at_source(doctor, row);
	}
	json_array_foreach(json_object_get(status, "outputs"), i, row)
	{
		look_at_output(doctor, row);
	}
}

static void
look_at_folder(struct doctor *doctor, const char *folder)
{
	char then[600];
	struct stat st;

	if (stat(folder, &st) < 0 || doctor_writes(doctor, folder))
		return;
	(void)snprintf(then, sizeof(then), "chown sipvigil: %s", folder);
	doctor_say(doctor, DOCTOR_FIX, AREA, &(struct doctor_remedy){ .then = then },
		   _("the daemon may not write into %s: nothing outlives a restart"),
		   folder);
}

void
doctor_own_look(struct doctor *doctor, const struct conf *conf, const char *socket)
{
	struct client_question question = { .command = "status",
					    .socket = socket ? socket
						      : conf ? conf->control
							     : NULL,
					    .timeout = TIMEOUT };
	struct client_reply reply;
	int r = client_ask(&question, &reply);

	if (r >= 0 && !reply.error[0])
		look_at_status(doctor, json_array_get(reply.lines, 0));
	else
		doctor_say(doctor, DOCTOR_FAIL, AREA,
			   &(struct doctor_remedy){
				   .then = "systemctl enable --now sipvigild" },
			   _("the daemon is not asked: %s"), reply.error);
	client_reply_done(&reply);
	if (conf)
		look_at_folder(doctor, conf->state_dir);
}
