/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/doctor.h"

#include "base/text.h"
#include "doctor/tree.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int
doctor_new(const struct doctor_spec *spec, struct doctor **ret_doctor)
{
	struct doctor *doctor = calloc(1, sizeof(*doctor));

	if (!doctor)
		return -ENOMEM;
	doctor->spec = *spec;
	*ret_doctor = doctor;
	return 0;
}

static void
finding_done(struct doctor_finding *finding)
{
	free(finding->text);
	free(finding->file);
	free(finding->change);
	free(finding->then);
}

void
doctor_free(struct doctor *doctor)
{
	if (!doctor)
		return;
	for (size_t i = 0; i < doctor->n_findings; i++)
		finding_done(&doctor->findings[i]);
	for (size_t i = 0; i < doctor->n_files; i++) {
		free((void *)(uintptr_t)doctor->files[i].path);
		free((void *)(uintptr_t)doctor->files[i].text.ptr);
	}
	free(doctor);
}

static char *
copy(const char *text)
{
	return text && text[0] ? strdup(text) : NULL;
}

void
doctor_say(struct doctor *doctor, enum doctor_level level, const char *area,
	   const struct doctor_remedy *remedy, const char *format, ...)
{
	struct doctor_finding *finding;
	char text[1024];
	va_list args;

	if (doctor->n_findings == DOCTOR_MAX_FINDINGS) {
		doctor->omitted++;
		return;
	}
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	finding = &doctor->findings[doctor->n_findings];
	*finding = (struct doctor_finding){ .level = level,
					    .area = area,
					    .text = strdup(text) };
	if (!finding->text) {
		doctor->omitted++;
		return;
	}
	if (remedy) {
		finding->file = copy(remedy->file);
		finding->line = remedy->line;
		finding->change = copy(remedy->change);
		finding->then = copy(remedy->then);
	}
	doctor->n_findings++;
}

void
doctor_run(struct doctor *doctor)
{
	found_look(doctor);
	asterisk_look(doctor);
	freeswitch_look(doctor);
	kamailio_look(doctor);
	kamailio_opensips_look(doctor);
	host_look(doctor);
}

bool
doctor_writes(struct doctor *doctor, const char *path)
{
	return access_writes(doctor, path);
}

const struct doctor_finding *
doctor_findings(struct doctor *doctor, size_t *ret_n)
{
	struct doctor_finding *f = doctor->findings;

	for (size_t i = 1; i < doctor->n_findings; i++) {
		struct doctor_finding moved = f[i];
		size_t k = i;
		for (; k && f[k - 1].level < moved.level; k--)
			f[k] = f[k - 1];
		f[k] = moved;
	}
	*ret_n = doctor->n_findings;
	return f;
}

size_t
doctor_omitted(const struct doctor *doctor)
{
	return doctor->omitted;
}
