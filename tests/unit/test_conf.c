/* SPDX-License-Identifier: Apache-2.0 */
#include "conf_scratch.h"

#include "conf/options.h"

#include <sipvigil/dialect.h>

Test(conf, fills_every_spec)
{
	struct scratch scratch;
	struct conf *conf = load_text(
		&scratch,
		"grace = \"10s\" max_keys = 5000 max_memory = \"16M\" host = 'pbx1'\n"
		"journal \"pbx\" { units = {\"asterisk.service\"} identifiers = "
		"{\"kamailio\", \"a\",} }\n"
		"file { path = \"/var/log/x\" from = beginning max_line = \"8K\" }\n"
		"stream \"e\" { path = \"-\" what = \"events\" where = \"failure\" }\n"
		"kafka { brokers = \"k:9093\" property = {\"a=b\", \"c=d\"} envelope = "
		"\"structured\" }\n"
		"nagios \"n\" { command_file = \"/x\" }\n"
		"exec \"x\" { command = {\"/bin/true\", \"y\"} timeout = \"2s\" }\n"
		"list \"l\" { cidr = {\"192.0.2.1\"} }\n"
		"peer \"c\" { address = {\"198.51.100.10\"} endpoint = {\"e\"} role = "
		"\"trunk\" }\n"
		"rule \"r\" { where = \"failure\" by = {\"peer_ip\", \"leg\"} window = "
		"\"5m\" warning = \"count >= 10\" for = \"1m\" except = {\"l\"} }\n");

	cr_expect_eq(conf->grace, 10 * SV_USEC_PER_SEC);
	cr_expect_eq(conf->max_keys, 5000);
	cr_expect_eq(conf->max_bytes, 16u << 20);
	cr_expect_str_eq(conf->host, "pbx1");
	cr_expect_str_eq(conf->instance, "main");
	cr_expect_str_eq(conf->control, "/run/sipvigil/control");
	cr_expect(!conf->zero);
	cr_assert_eq(conf->n_journals, 1);
	cr_expect_str_eq(conf->journals[0].journal.title, "pbx");
	cr_expect_eq(conf->journals[0].journal.n_identifiers, 2);
	cr_expect_null(conf->journals[0].dialect);
	cr_assert_eq(conf->n_files, 1);
	cr_expect_str_eq(conf->files[0].tail.title, "main");
	cr_expect_str_eq(conf->files[0].tail.paths[0], "/var/log/x");
	cr_expect_eq(conf->files[0].tail.from, INPUT_FROM_BEGINNING);
	cr_expect_eq(conf->files[0].tail.max_line_bytes, 8192);
	cr_expect_eq(conf->files[0].tail.poll_usec, SV_USEC_PER_SEC);
	cr_assert_eq(conf->n_outputs, 4);
	cr_expect_eq(conf->outputs[0].spec.stream.what, OUTPUT_EVENTS);
	cr_expect(conf->outputs[1].spec.kafka.structured);
	cr_expect_str_eq(conf->outputs[1].spec.kafka.alerts_topic,
			 "sipvigil.alerts.v1");
	cr_expect_str_eq(conf->outputs[1].spec.kafka.properties[1], "c=d");
	cr_expect_str_eq(conf->outputs[2].spec.nagios.host, "pbx1");
	cr_expect_str_eq(conf->outputs[2].spec.nagios.services[0], "SIP security");
	cr_expect_eq(conf->outputs[3].spec.exec.n_command, 2);
	cr_expect_eq(conf->outputs[3].spec.exec.timeout, 2 * SV_USEC_PER_SEC);
	cr_assert_eq(conf->n_peers, 1);
	cr_expect_str_eq(conf->peers[0].role, "trunk");
	cr_assert_eq(conf->n_rules, 1);
	cr_expect_eq(conf->rules[0].n_by, 2);
	cr_expect_str_eq(conf->rules[0].by[1], "leg");
	cr_expect_eq(conf->rules[0].for_usec, 60 * SV_USEC_PER_SEC);
	cr_expect_eq(conf->rules[0].clear_for, SV_USEC_NEVER);
	cr_expect_str_eq(conf->rules[0].except[0], "l");
	cr_expect_str_eq(conf->rules[0].ruleset, "a.conf");
	conf_free(conf);
	scratch_done(&scratch);
}

Test(conf, texts_are_what_libconfuse_makes_of_them)
{
	struct scratch scratch;

	setenv("SIPVIGIL_TEST_HOST", "from-the-environment", 1);
	unsetenv("SIPVIGIL_TEST_NONE");
	struct conf *conf = load_text(
		&scratch,
		"host = \"${SIPVIGIL_TEST_HOST}\"\n"
		"instance = \"${SIPVIGIL_TEST_NONE:-x}\\x41\\101\\\\\"\n"
		"exec { command = {\"/bin/echo\", '${NOT} \\'a\\' \\b', \"\\${NOT}\", "
		"http://a//b} }\n"
		"list \"l\" { cidr = {\"192.0.2.1\"} cidr += {\"192.0.2.2\"} }\n"
		"// a comment\n"
		"stream { path = \"/a # no /* comment\" }\n");
	cr_expect_str_eq(conf->host, "from-the-environment");
	cr_expect_str_eq(conf->instance, "xAA\\");
	const char *const *command = conf->outputs[0].spec.exec.command;
	cr_expect_str_eq(command[1], "${NOT} 'a' \\b");
	cr_expect_str_eq(command[2], "${NOT}");
	cr_expect_str_eq(command[3], "http://a//b");
	cr_expect_eq(conf->lists[0].n_cidr, 2);
	cr_expect_str_eq(conf->outputs[1].spec.stream.path, "/a # no /* comment");
	conf_free(conf);
	scratch_done(&scratch);
}

Test(conf, silence_is_a_time_or_a_word)
{
	struct scratch scratch;
	struct conf *conf =
		load_text(&scratch, "gap_interval = \"5s\"\n"
				    "file \"a\" { path = \"/a\" }\n"
				    "file \"b\" { path = \"/b\" silence = \"off\" }\n"
				    "file \"c\" { path = \"/c\" silence = \"30m\" }\n"
				    "journal { silence = \"1h\" }\n");

	cr_assert_eq(conf->n_files, 3);
	cr_expect_eq(conf->gap_interval, 5 * SV_USEC_PER_SEC);
	cr_expect_eq(conf->files[0].silence, 0);
	cr_expect_eq(conf->files[1].silence, SV_USEC_NEVER);
	cr_expect_eq(conf->files[2].silence, 1800 * SV_USEC_PER_SEC);
	cr_expect_eq(conf->journals[0].silence, 3600 * SV_USEC_PER_SEC);
	conf_free(conf);
	scratch_done(&scratch);
}

Test(conf, later_files_replace_amend_and_remove)
{
	struct scratch scratch;
	struct diag diag;

	scratch_init(&scratch);
	scratch_write(
		&scratch, "packs/p.conf",
		"list \"trusted\" { cidr = {} }\n"
		"rule \"one\" { window = \"5m\" warning = \"count >= 10\" summary = "
		"\"s\" except = {\"trusted\"} }\n"
		"rule \"two\" { window = \"5m\" warning = \"count >= 10\" }\n"
		"rule \"three\" { window = \"5m\" warning = \"count >= 10\" summary = "
		"\"s\" }\n"
		"rule \"four\" { window = \"5m\" warning = \"count >= 10\" }\n"
		"test \"t\" { rule = \"three\" log = \"x\" cases = \"1: ok\" }\n"
		"test \"u\" { rule = \"four\" log = \"x\" cases = \"1: ok\" }\n");
	scratch_write(&scratch, "a.conf",
		      "list \"trusted\" { cidr = {\"192.0.2.0/24\"} }\n"
		      "rule \"one\" { amend = true warning = \"count >= 20\" }\n"
		      "rule \"two\" { mode = \"off\" }\n"
		      "rule \"three\" { window = \"1m\" critical = \"count >= 3\" }\n");
	scratch_write(&scratch, "conf.d/10.conf", "grace = \"5s\"\n");
	scratch_write(
		&scratch, "conf.d/20.conf",
		"grace = \"7s\"\nrule \"one\" { amend = true mode = \"observe\" }\n");
	scratch_write(&scratch, "conf.d/30.disabled", "nonsense");
	struct conf *conf = load(&scratch, &diag);
	char *told = report(&scratch, &diag);
	cr_assert_not_null(conf, "%s", told);
	free(told);
	diag_done(&diag);
	cr_expect_eq(conf->grace, 7 * SV_USEC_PER_SEC);
	cr_assert_eq(conf->n_lists, 1);
	cr_expect_eq(conf->lists[0].n_cidr, 1);
	cr_assert_eq(conf->n_rules, 3);
	cr_expect_str_eq(conf->rules[0].name, "one");
	cr_expect_str_eq(conf->rules[0].warning, "count >= 20");
	cr_expect_str_eq(conf->rules[0].summary, "s");
	cr_expect_eq(conf->rules[0].mode, RULE_OBSERVE);
	cr_expect_eq(conf->rules[0].window, 300 * SV_USEC_PER_SEC);
	cr_expect_str_eq(conf->rules[1].name, "three");
	cr_expect_null(conf->rules[1].warning);
	cr_expect_null(conf->rules[1].summary);
	cr_expect_str_eq(conf->rules[2].ruleset, "default");
	/* The pack's test of a rule that was replaced has lost its subject. */
	cr_assert_eq(conf->n_tests, 1);
	cr_expect_str_eq(conf->tests[0].name, "u");
	conf_free(conf);
	scratch_done(&scratch);
}

Test(conf, a_lone_key_does_not_replace_a_rule)
{
	struct scratch scratch;
	struct diag diag;

	scratch_init(&scratch);
	scratch_write(&scratch, "packs/p.conf", RULE "}\n");
	scratch_write(&scratch, "a.conf", "rule \"r\" { warning = \"count >= 3\" }\n");
	struct conf *conf = load(&scratch, &diag);
	cr_assert_null(conf);
	char *told = report(&scratch, &diag);
	cr_expect_not_null(strstr(told, "FILE:1:7: error: this replaces the rule of "));
	cr_expect_not_null(strstr(told, "amend = true"));
	cr_expect_eq(diag.errors, 1, "%s", told);
	free(told);
	diag_done(&diag);
	scratch_done(&scratch);
}

Test(conf, includes_stand_where_they_are_written)
{
	struct scratch scratch;
	struct diag diag;

	scratch_init(&scratch);
	scratch_write(&scratch, "a.conf",
		      "include(\"more/*.inc\")\n" RULE "except = {\"l\"} }\n");
	scratch_write(&scratch, "more/1.inc", "list \"l\" { file = {\"*.txt\"} }\n");
	scratch_write(&scratch, "more/office.txt",
		      "# the office\r\n192.0.2.0/24\r\n\r\n 2001:db8::/32 # v6\n");
	struct conf *conf = load(&scratch, &diag);
	char *told = report(&scratch, &diag);
	cr_assert_not_null(conf, "%s", told);
	free(told);
	cr_assert_eq(conf->lists[0].n_cidr, 2);
	cr_expect_str_eq(conf->lists[0].cidr[1], "2001:db8::/32");
	conf_free(conf);
	diag_done(&diag);
	scratch_write(&scratch, "more/office.txt", "192.0.2.0/24\n192.0.2.x\n");
	conf = load(&scratch, &diag);
	cr_assert_null(conf);
	told = report(&scratch, &diag);
	cr_expect_not_null(strstr(told,
				  "/more/office.txt:2:1: error: 192.0.2.x is not an "
				  "address\n    2 | 192.0.2.x\n"),
			   "%s", told);
	free(told);
	diag_done(&diag);
	scratch_write(&scratch, "more/1.inc", "include(\"1.inc\")\n");
	conf = load(&scratch, &diag);
	cr_assert_null(conf);
	told = report(&scratch, &diag);
	cr_expect_not_null(strstr(told, "in a circle"), "%s", told);
	free(told);
	diag_done(&diag);
	scratch_done(&scratch);
}

Test(conf, reads_cases_of_tests)
{
	struct scratch scratch;
	struct conf *conf = load_text(
		&scratch,
		RULE "}\ntest \"t\" {\n rule = \"r\"\n log = {\"a\", \"b\"}\n cases "
		     "= {\"9 every 10s: ok\",\n \"10 every 1m: warning at 9m\", "
		     "\"1: critical\", \"2 every 1h then 3: ok\"}\n}\n");
	cr_assert_eq(conf->n_tests, 1);
	const struct test_spec *test = &conf->tests[0];
	cr_assert_eq(test->n_cases, 4);
	cr_expect_eq(test->cases[3].n_phases, 2);
	cr_expect_eq(test->cases[3].phase[1].repeat, 3);
	cr_expect_eq(test->n_log, 2);
	cr_expect_eq(test->line, 2);
	cr_expect_eq(test->cases[0].phase[0].repeat, 9);
	cr_expect_eq(test->cases[0].phase[0].every, 10 * SV_USEC_PER_SEC);
	cr_expect_eq(test->cases[0].expect, TEST_OK);
	cr_expect_eq(test->cases[1].line, 6);
	cr_expect(test->cases[1].timed);
	cr_expect_eq(test->cases[1].at, 540 * SV_USEC_PER_SEC);
	cr_expect_eq(test->cases[2].expect, TEST_CRITICAL);
	cr_expect(!test->cases[2].timed);
	conf_free(conf);
	scratch_done(&scratch);

	static const char *const wrong[] = { "9",
					     "1 then 2 then 3 then 4 then 5: ok",
					     "1 then : ok",
					     "0 every 1s: ok",
					     "9 each 1s: ok",
					     "9: warn",
					     "9: ok at 3s",
					     "x: ok",
					     "9 every 1s:" };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char text[256];
		snprintf(text, sizeof(text),
			 RULE
			 "}\ntest \"t\" { rule = \"r\" log = \"a\" cases = \"%s\" }\n",
			 wrong[i]);
		char *told = told_of(text);
		cr_expect_not_null(strstr(told, "is no case of a test"), "%s: %s",
				   wrong[i], told);
		free(told);
	}
}

static const char *const units[] = { "pbx.service", NULL };
static const char *const idents[] = { "pbx", NULL };
static const char *const logs[] = { "/tmp/test_conf_zero_*.log", NULL };
static const struct sv_dialect dialect = { .name = "pbx",
					   .units = units,
					   .idents = idents,
					   .files = logs };

Test(conf, finds_what_is_on_this_host)
{
	const struct sv_dialect *const dialects[] = { &dialect, NULL };
	struct conf_options options = { .path = "/dev/null",
					.rules_dir = "/nonexistent",
					.dialects = dialects };
	char log[64];
	struct diag diag;

	snprintf(log, sizeof(log), "/tmp/test_conf_zero_%d.log", (int)getpid());
	FILE *file = fopen(log, "w");
	cr_assert_not_null(file);
	fclose(file);
	diag_init(&diag);
	struct conf *conf = conf_load(&options, &diag);
	unlink(log);
	cr_assert_not_null(conf);
	cr_expect(conf->zero);
	cr_assert_eq(conf->n_files, 1);
	cr_expect_str_eq(conf->files[0].dialect, "pbx");
	cr_expect_str_eq(conf->files[0].tail.paths[0], logs[0]);
	cr_expect_not_null(strstr(conf->found, "log file of pbx"), "%s", conf->found);
	cr_assert_eq(conf->n_outputs, 1);
	cr_expect_eq(conf->outputs[0].kind, CONF_JOURNAL);
	conf_free(conf);
	diag_done(&diag);
}

Test(conf, names_the_dialects_there_are)
{
	const struct sv_dialect *const dialects[] = { &dialect, NULL };
	struct scratch scratch;
	struct diag diag;

	scratch_init(&scratch);
	scratch_write(&scratch, "a.conf", "file { path = \"/x\" dialect = \"pby\" }\n");
	struct conf_options options = { .path = scratch.file,
					.rules_dir = "/nonexistent",
					.dialects = dialects };
	diag_init(&diag);
	cr_expect_null(conf_load(&options, &diag));
	char *told = report(&scratch, &diag);
	cr_expect_not_null(
		strstr(told, "FILE:1:31: error: there is no dialect 'pby'\n"), "%s",
		told);
	cr_expect_not_null(strstr(told, "did you mean 'pbx'?"));
	free(told);
	diag_done(&diag);
	scratch_done(&scratch);
}

Test(conf, keeps_what_is_sound_for_check)
{
	struct scratch scratch;
	struct diag diag;

	scratch_init(&scratch);
	scratch_write(&scratch, "a.conf",
		      "grace = x\n" RULE "}\nrule \"s\" { window = 1 }\n");
	struct conf_options options = { .path = scratch.file,
					.rules_dir = "/nonexistent",
					.no_inputs = true,
					.partial = true };
	diag_init(&diag);
	struct conf *conf = conf_load(&options, &diag);
	cr_assert_not_null(conf);
	cr_expect_eq(diag.errors, 2);
	cr_expect_eq(conf->n_rules, 1);
	cr_expect_eq(conf->grace, 30 * SV_USEC_PER_SEC);
	conf_free(conf);
	diag_done(&diag);
	scratch_done(&scratch);
}

Test(conf, says_that_a_file_cannot_be_read)
{
	struct conf_options options = { .path = "/nonexistent/a.conf" };
	struct buffer buf;
	struct diag diag;

	diag_init(&diag);
	buffer_init(&buf);
	cr_expect_null(conf_load(&options, &diag));
	diag_print(&diag, &buf, false);
	buffer_add_char(&buf, '\0');
	cr_expect_str_eq(buf.ptr,
			 "/nonexistent/a.conf: error: cannot read this file: No "
			 "such file or directory\n");
	buffer_done(&buf);
	diag_done(&diag);
}

Test(conf, every_default_is_a_value_of_its_option)
{
	for (int kind = 0; kind < SECTION_KINDS; kind++) {
		const struct section_row *row =
			options_section((enum section_kind)kind);
		for (size_t i = 0; i < row->n_options; i++) {
			const struct option_row *option = &row->options[i];
			const char *near;
			cr_expect(option->help && option->help[0], "%s", option->name);
			cr_expect_eq(options_find(row, str_of(option->name), &near),
				     option, "%s twice", option->name);
			cr_expect(option->min <= option->max, "%s", option->name);
			cr_expect_eq(option->type == OPTION_WORD, option->words != NULL,
				     "%s", option->name);
		}
	}
}
