/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints what tables of the source know as mdoc: "options" (keys of the configuration)
 * for sipvigil.conf(5), "fields" of the expression language, "alert-fields" of silences
 * and "sets" for sipvigil-rules(7), "metrics" for sipvigil-faults(7).
 * `make update-man` puts it between the marks there, tests/lint/man.t compares.
 */
#include "expr/expr.h"
#include "expr/set.h"
#include "conf/options.h"
#include "conf/unit.h"
#include "ctl/metrics.h"

#include <stdio.h>
#include <string.h>

#define WIDTH 72

/** The page speaks of the usual prefix, wherever this build goes. */
static const char *
usual_path(const char *value)
{
	static char path[256];

	if (strncmp(value, PKGDATADIR, sizeof(PKGDATADIR) - 1) != 0)
		return value;
	snprintf(path, sizeof(path), "/usr/share/sipvigil%s",
		 value + sizeof(PKGDATADIR) - 1);
	return path;
}

/** Text with the characters that roff takes for itself escaped, in lines that fit. */
static void
print_text(const char *text)
{
	size_t at = 0;

	while (*text) {
		size_t len = strcspn(text, " ");
		if (at && at + 1 + len > WIDTH) {
			putchar('\n');
			at = 0;
		} else if (at) {
			putchar(' ');
			at++;
		}
		if (at == 0 && (*text == '.' || *text == '\''))
			fputs("\\&", stdout); /* it would be a request there */
		for (size_t i = 0; i < len; i++)
			if (text[i] == '"')
				fputs("\\(dq", stdout);
			else if (text[i] == '\\')
				fputs("\\e", stdout);
			else
				putchar(text[i]);
		at += len;
		text += len + (text[len] == ' ');
	}
	putchar('\n');
}

static void
print_bound(const struct option_row *row, uint64_t bound, char out[UNIT_TEXT_BYTES])
{
	if (row->type == OPTION_DURATION)
		unit_duration_print(bound, out);
	else if (row->type == OPTION_SIZE)
		unit_size_print(bound, out);
	else
		snprintf(out, UNIT_TEXT_BYTES, "%llu", (unsigned long long)bound);
}

/** "duration, 0 to 10m, by default 30s" */
static void
print_type(const struct option_row *row)
{
	char line[512], low[UNIT_TEXT_BYTES], high[UNIT_TEXT_BYTES];
	size_t used =
		(size_t)snprintf(line, sizeof(line), "(%s", options_type_name(row));

	for (size_t i = 0; row->words && row->words[i]; i++)
		used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s",
					 i ? ", " : ": ", row->words[i]);
	if (row->max) {
		print_bound(row, row->min, low);
		print_bound(row, row->max, high);
		used += (size_t)snprintf(line + used, sizeof(line) - used, ", %s to %s",
					 low, high);
	}
	if (row->flags & OPTION_REQUIRED && !row->fallback)
		used += (size_t)snprintf(line + used, sizeof(line) - used,
					 ", required");
	if (row->fallback && row->fallback[0])
		used += (size_t)snprintf(line + used, sizeof(line) - used,
					 ", by default %s", usual_path(row->fallback));
	snprintf(line + used, sizeof(line) - used, ")");
	print_text(line);
}

static void
print_options(void)
{
	for (int kind = SECTION_TOP; kind < SECTION_KINDS; kind++) {
		const struct section_row *section =
			options_section((enum section_kind)kind);
		if (section->name[0])
			printf(".Ss %s\n", section->name);
		else
			printf(".Ss Outside of sections\n");
		if (section->name[0]) {
			printf(".Li %s\n", section->name);
			print_text(section->help);
		}
		printf(".Bl -tag -width indent\n");
		for (size_t i = 0; i < section->n_options; i++) {
			printf(".It Ic %s\n", section->options[i].name);
			print_text(section->options[i].help);
			printf(".br\n");
			print_type(&section->options[i]);
		}
		printf(".El\n");
	}
}

static void
print_fields(void)
{
	static const char *const writers[] = {
		[EXPR_BY_HOST] = "host",
		[EXPR_BY_PBX] = "PBX",
		[EXPR_DERIVED] = "derived",
		[EXPR_CLAIM] = "claim",
	};
	size_t n;
	const struct expr_field *fields = expr_fields(&n);

	printf(".Bl -tag -width attribution -compact\n");
	for (size_t i = 0; i < n; i++) {
		char line[256];
		printf(".It Li %s\n", fields[i].name);
		snprintf(line, sizeof(line), "%s (%s)", fields[i].help,
			 writers[fields[i].writer]);
		print_text(line);
	}
	printf(".El\n");
}

static void
print_sets(void)
{
	size_t n;
	const struct set *sets = set_table(&n);

	printf(".Bl -tag -width @challenge -compact\n");
	for (size_t i = 0; i < n; i++) {
		printf(".It Li %s\n", sets[i].name);
		print_text(sets[i].text);
	}
	printf(".El\n");
}

static void
print_metrics(void)
{
	static const char *const scopes[] = {
		[METRIC_DAEMON] = "",
		[METRIC_SOURCE] = ", of each source",
		[METRIC_SYSLOG] = ", of each syslog receiver",
		[METRIC_OUTPUT] = ", of each output",
	};
	size_t n;
	const struct metric *metrics = metrics_table(&n);

	printf(".Bl -tag -width indent -compact\n");
	for (size_t i = 0; i < n; i++) {
		char line[512];
		printf(".It Li %s\n", metrics[i].name);
		snprintf(line, sizeof(line), "%s (%s, %s%s)", metrics[i].help,
			 metrics_type_name(metrics[i].type), metrics[i].unit,
			 scopes[metrics[i].scope]);
		print_text(line);
	}
	printf(".El\n");
}

static void
print_alert_fields(void)
{
	size_t n;
	const struct expr_field *fields = expr_alert_fields(&n);

	printf(".Bl -tag -width attribution -compact\n");
	for (size_t i = 0; i < n; i++) {
		printf(".It Li %s\n", fields[i].name);
		print_text(fields[i].help);
	}
	printf(".El\n");
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "options") == 0)
		print_options();
	else if (argc == 2 && strcmp(argv[1], "fields") == 0)
		print_fields();
	else if (argc == 2 && strcmp(argv[1], "alert-fields") == 0)
		print_alert_fields();
	else if (argc == 2 && strcmp(argv[1], "sets") == 0)
		print_sets();
	else if (argc == 2 && strcmp(argv[1], "metrics") == 0)
		print_metrics();
	else
		return 2;
	return fflush(stdout) == 0 ? 0 : 3;
}
