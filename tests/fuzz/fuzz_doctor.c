/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as each configuration that the doctor reads: the first byte says which. The
 * file is put where the doctor keeps what it has read, so that no disk is touched. */
#include "fuzz.h"

#include "base/text.h"
#include "dialect/registry.h"
#include "doctor/tree.h"
#include "doctor/xml.h"

#include <assert.h>
#include <stdlib.h>

static const char *const paths[] = {
	"/etc/asterisk/logger.conf",  "/etc/kamailio/kamailio.cfg",
	"/etc/opensips/opensips.cfg", NULL, /* FreeSWITCH: elements alone */
	"/etc/rsyslog.conf",          "/etc/systemd/journald.conf",
	"/etc/asterisk/pjsip.conf",   "/etc/asterisk/sip.conf",
};

#define N_PATHS (sizeof(paths) / sizeof(paths[0]))

static void
put(struct doctor *doctor, const char *path, struct sv_str text)
{
	char *copy = malloc(text.len + 1);

	assert(copy);
	memcpy(copy, text.ptr, text.len);
	doctor->files[doctor->n_files++] =
		(struct tree_text){ .path = strdup(path),
				    .text = str_make(copy, text.len) };
}

static void
read_elements(struct sv_str text)
{
	struct xml_element element;
	struct xml xml;

	xml_init(&xml, text);
	while (xml_next(&xml, &element)) {
		assert(element.name.len && element.n <= XML_ATTRIBUTES);
		assert(element.line >= 1 && element.line <= xml.line);
		(void)xml_is_param(&element, "uuid");
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* nothing is below it but what is put here */
	struct doctor_spec spec = { .root = "/nonexistent",
				    .user = "sipvigil",
				    .dialects = registry_dialects(NULL) };
	struct sv_str text = { (const char *)data + 1, size ? size - 1 : 0 };
	const struct doctor_finding *findings;
	struct doctor *doctor;
	size_t n;

	if (size == 0)
		return 0;
	if (!paths[data[0] % N_PATHS]) {
		read_elements(text);
		return 0;
	}
	if (doctor_new(&spec, &doctor) < 0)
		return 0;
	put(doctor, paths[data[0] % N_PATHS], text);
	if (data[0] % N_PATHS >= N_PATHS - 2)
		put(doctor, paths[0], SV_STR("[logfiles]\nfull => *\n"));
	asterisk_look(doctor);
	kamailio_look(doctor);
	kamailio_opensips_look(doctor);
	host_look(doctor);
	findings = doctor_findings(doctor, &n);
	for (size_t i = 1; i < n; i++)
		assert(findings[i - 1].level >= findings[i].level);
	doctor_free(doctor);
	return 0;
}
