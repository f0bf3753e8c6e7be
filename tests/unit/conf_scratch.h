/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations for tests: written into a folder of their own, read, and what was told
 * of them. */
#pragma once

#include "conf/conf.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** A folder with files, gone at the end. */
struct scratch {
	char path[64];
	char file[96]; /* the main file in it */
};

__attribute__((unused)) static void
scratch_init(struct scratch *scratch)
{
	snprintf(scratch->path, sizeof(scratch->path), "/tmp/test_conf.XXXXXX");
	cr_assert_not_null(mkdtemp(scratch->path));
	snprintf(scratch->file, sizeof(scratch->file), "%s/a.conf", scratch->path);
}

__attribute__((unused)) static void
scratch_done(const struct scratch *scratch)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", scratch->path);
	cr_assert_eq(system(command), 0);
}

__attribute__((unused)) static void
scratch_write(const struct scratch *scratch, const char *name, const char *text)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", scratch->path, name);
	char *slash = strrchr(path, '/');
	*slash = '\0';
	mkdir(path, 0755);
	*slash = '/';
	FILE *file = fopen(path, "w");
	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
}

/** The main file's diagnostics as text, with FILE for its path. */
__attribute__((unused)) static char *
report(const struct scratch *scratch, const struct diag *diag)
{
	struct buffer buf;
	char *text = NULL;
	size_t size;

	buffer_init(&buf);
	diag_print(diag, &buf, false);
	buffer_add_char(&buf, '\0');
	FILE *out = open_memstream(&text, &size);
	for (char *at = buf.ptr; *at;) {
		if (strncmp(at, scratch->file, strlen(scratch->file)) == 0) {
			fputs("FILE", out);
			at += strlen(scratch->file);
		} else {
			fputc(*at++, out);
		}
	}
	fclose(out);
	buffer_done(&buf);
	return text;
}

__attribute__((unused)) static struct conf *
load(const struct scratch *scratch, struct diag *diag)
{
	char packs[96];
	struct conf_options options = { .path = scratch->file,
					.rules_dir = packs,
					.no_inputs = true };

	snprintf(packs, sizeof(packs), "%s/packs", scratch->path);
	mkdir(packs, 0755);
	diag_init(diag);
	return conf_load(&options, diag);
}

/** Loads a sound text. */
__attribute__((unused)) static struct conf *
load_text(struct scratch *scratch, const char *text)
{
	struct diag diag;

	scratch_init(scratch);
	scratch_write(scratch, "a.conf", text);
	struct conf *conf = load(scratch, &diag);
	char *told = report(scratch, &diag);
	cr_assert_not_null(conf, "%s", told);
	free(told);
	diag_done(&diag);
	return conf;
}

/** What is told of a text. */
__attribute__((unused)) static char *
told_of(const char *text)
{
	struct scratch scratch;
	struct diag diag;

	scratch_init(&scratch);
	scratch_write(&scratch, "a.conf", text);
	struct conf *conf = load(&scratch, &diag);
	cr_expect_eq(conf == NULL, diag.errors > 0);
	conf_free(conf);
	char *told = report(&scratch, &diag);
	diag_done(&diag);
	scratch_done(&scratch);
	return told;
}

/** The beginning of a rule that is sound, 49 bytes long. */
#define RULE "rule \"r\" { window = \"5m\" warning = \"count >= 10\" "
