/* SPDX-License-Identifier: Apache-2.0 */
/* The doctor's small readers of configurations. */
#include "doctor/astconf.h"
#include "doctor/kamcfg.h"
#include "doctor/rsyslog.h"
#include "doctor/xml.h"

#include "base/text.h"
#include "dialect/registry.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A tree with some files; removed by its folder's name alone. */
struct host {
	char root[64];
	struct doctor *doctor;
};

static void
host_make(struct host *host)
{
	(void)snprintf(host->root, sizeof(host->root), "/tmp/sipvigil-doctor.XXXXXX");
	cr_assert(mkdtemp(host->root) != NULL);
	struct doctor_spec spec = { .root = host->root,
				    .user = "sipvigil",
				    .dialects = registry_dialects(NULL) };
	cr_assert(zero(int, doctor_new(&spec, &host->doctor)));
}

/** Below /tmp/… folders are made as needed. */
static void
host_put(struct host *host, const char *path, const char *text)
{
	char full[300];
	FILE *file;

	(void)snprintf(full, sizeof(full), "%s%s", host->root, path);
	for (char *at = strchr(full + strlen(host->root) + 1, '/'); at;
	     at = strchr(at + 1, '/')) {
		*at = '\0';
		(void)mkdir(full, 0755);
		*at = '/';
	}
	file = fopen(full, "w");
	cr_assert(file != NULL);
	cr_assert(ge(int, fputs(text, file), 0));
	cr_assert(zero(int, fclose(file)));
}

static void
host_remove(struct host *host)
{
	char command[128];

	doctor_free(host->doctor);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", host->root);
	cr_expect(zero(int, system(command)));
}

static bool
entry_is(const struct astconf_entry *entry, const char *value, unsigned line)
{
	return entry && str_eq(entry->value, str_of(value)) && entry->line == line;
}

Test(astconf, templates_comments_and_includes)
{
	struct host host;
	struct astconf conf;

	host_make(&host);
	host_put(&host, "/etc/asterisk/a.conf",
		 "; comment\n[general]\nkey = one ; rest\nescaped = a\\;b\n"
		 ";-- block\nkey = hidden\n--; other => x\n"
		 "[base](!)\nfrom_base = 1\nboth = base\n"
		 "[deep](!,base)\n[user](deep)\nboth = own\n"
		 "#include \"b.conf\"\n#exec /bin/true\n");
	host_put(&host, "/etc/asterisk/b.conf",
		 "[general](+)\nkey = two\n#include a.conf\n");
	cr_assert(astconf_read(host.doctor, "/etc/asterisk/a.conf", &conf));
	const struct astconf_entry *key = astconf_get(&conf, "general", "key");
	/* the files include each other: the innermost is read last */
	cr_assert(key != NULL);
	cr_expect(str_eq(astconf_get(&conf, "general", "escaped")->value,
			 SV_STR("a\\;b")));
	cr_expect(entry_is(astconf_get(&conf, "general", "other"), "x", 7));
	const struct astconf_section *user = astconf_section(&conf, SV_STR("user"));
	cr_assert(user != NULL);
	cr_expect(entry_is(astconf_of(&conf, user, "from_base"), "1", 9));
	cr_expect(entry_is(astconf_of(&conf, user, "both"), "own", 13));
	cr_expect(astconf_section(&conf, SV_STR("deep"))->is_template);
	cr_expect(not(user->is_template));
	cr_expect(conf.more, "#exec is not run, and said");
	astconf_done(&conf);
	cr_expect(not(astconf_read(host.doctor, "/etc/asterisk/none.conf", &conf)));
	astconf_done(&conf);
	host_remove(&host);
}

Test(kamcfg, defines_comments_strings_and_calls)
{
	struct host host;
	struct kamcfg cfg;

	host_make(&host);
	host_put(&host, "/etc/kamailio/kamailio.cfg",
		 "#!define WITH_A\n#!ifdef WITH_A\n#!define LEVEL 2\n#!else\n"
		 "#!define LEVEL 7\n#!endif\n#!ifndef WITH_A\nloadmodule \"no.so\"\n"
		 "#!endif\ndebug=LEVEL # comment\n// loadmodule \"no.so\"\n"
		 "/* loadmodule \"no.so\"\n*/ loadmodule \"acc.so\"\n"
		 "modparam(\"acc\", \"log_extra\", \"a=$fU;\"\n  \"ip=$si\")\n"
		 "route {\n  x = 5;\n  if (!auth_check(\"$fd\", \"s)\", \"1\")) "
		 "{ xlog(\"a \\\" ) b\"); }\n}\n");
	cr_assert(kamcfg_read(host.doctor, "/etc/kamailio/kamailio.cfg", &cfg));
	cr_expect(eq(int, (int)kamcfg_number(&cfg, kamcfg_set(&cfg, "debug"), 99), 2));
	cr_expect(eq(u32, kamcfg_set(&cfg, "debug")->line, 10));
	cr_expect(kamcfg_module(&cfg, "no") == NULL);
	cr_assert(kamcfg_module(&cfg, "acc") != NULL);
	cr_expect(eq(u32, kamcfg_module(&cfg, "acc")->line, 13));
	const struct kamcfg_item *extra = kamcfg_param(&cfg, "acc", "log_extra");
	cr_assert(extra != NULL);
	cr_expect(eq(u32, extra->line, 14));
	cr_expect(ne(sz, str_find(extra->value, SV_STR("$si")), STR_NONE));
	cr_expect(kamcfg_set(&cfg, "x") == NULL, "routes set nothing");
	bool check = false, log = false;
	for (size_t i = 0; i < cfg.n_items; i++) {
		const struct kamcfg_item *item = &cfg.items[i];
		check |= str_eq(item->name, SV_STR("auth_check")) && item->line == 18;
		log |= str_eq(item->name, SV_STR("xlog")) &&
		       str_eq(item->value, SV_STR("\"a \\\" ) b\""));
	}
	cr_expect(check);
	cr_expect(log);
	kamcfg_done(&cfg);
	host_remove(&host);
}

Test(xml, elements_attributes_and_comments)
{
	struct xml_element e;
	struct xml xml;

	xml_init(&xml,
		 SV_STR("<?xml version=\"1.0\"?>\n<!-- <a/> -->\n<p a='1' b=\"x>y\"\n"
			" c=broken/><q></q><param name=\"n\" value=\"v\"/><r"));
	cr_assert(xml_next(&xml, &e)); /* p: "?xml" has no name of an element */
	cr_expect(str_eq(e.name, SV_STR("p")));
	cr_expect(eq(u32, e.line, 3));
	cr_expect(str_eq(xml_attribute(&e, "a"), SV_STR("1")));
	cr_expect(str_eq(xml_attribute(&e, "b"), SV_STR("x>y")));
	cr_expect(e.empty);
	cr_assert(xml_next(&xml, &e));
	cr_expect(not(e.closes));
	cr_assert(xml_next(&xml, &e));
	cr_expect(e.closes);
	cr_assert(xml_next(&xml, &e));
	cr_expect(xml_is_param(&e, "n"));
	cr_expect(not(xml_is_param(&e, "m")));
	cr_assert(xml_next(&xml, &e));
	cr_expect(not(xml_next(&xml, &e)));
}

static const struct {
	const char *selector, *facility, *file; /* NULL: none */
} targets[] = {
	{ "*.*;auth.none -/var/log/syslog", "LOG_LOCAL0", "/var/log/syslog" },
	{ "*.*;auth.none -/var/log/syslog", "auth", NULL },
	{ "local0.* /var/log/k", "local0", "/var/log/k" },
	{ "local0.warn /var/log/k", "local0", NULL },
	{ "daemon,local0.info /var/log/k", "LOG_LOCAL0", "/var/log/k" },
	{ "local0.* @collector:514", "local0", NULL },
	{ "#local0.* /var/log/k", "local0", NULL },
	{ "*.=notice /var/log/n", "local3", "/var/log/n" },
	{ "*.info;local0.none /var/log/m", "local0", NULL },
};

Test(rsyslog, selectors_say_which_file)
{
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		char out[TREE_PATH_BYTES];
		struct host host;
		host_make(&host);
		host_put(&host, "/etc/rsyslog.conf", targets[i].selector);
		bool found =
			rsyslog_target(host.doctor, str_of(targets[i].facility), out);
		cr_expect(eq(int, found, targets[i].file != NULL), "%s",
			  targets[i].selector);
		if (found && targets[i].file)
			cr_expect(strcmp(out, targets[i].file) == 0);
		host_remove(&host);
	}
}

Test(doctor, findings_are_bounded_and_the_worst_stands_first)
{
	const struct doctor_finding *findings;
	struct host host;
	size_t n;

	host_make(&host);
	for (int i = 0; i < DOCTOR_MAX_FINDINGS + 7; i++)
		doctor_say(host.doctor, i % 2 ? DOCTOR_OK : DOCTOR_FIX, "test", NULL,
			   "%d", i);
	findings = doctor_findings(host.doctor, &n);
	cr_expect(eq(sz, n, (size_t)DOCTOR_MAX_FINDINGS));
	cr_expect(eq(sz, doctor_omitted(host.doctor), (size_t)7));
	cr_expect(strcmp(findings[0].text, "0") == 0);
	cr_expect(strcmp(findings[1].text, "2") == 0, "in the order of the looks");
	cr_expect(findings[n - 1].level == DOCTOR_OK);
	host_remove(&host);
}
