/* SPDX-License-Identifier: Apache-2.0 */
/* For tests that write files: a folder of their own. */
#pragma once

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct scratch {
	char folder[64];
	char path[128]; /* of the file that the test is about */
};

static inline void
scratch_make(struct scratch *s, const char *name)
{
	snprintf(s->folder, sizeof(s->folder), "/tmp/sipvigil-unit.XXXXXX");
	cr_assert(mkdtemp(s->folder));
	snprintf(s->path, sizeof(s->path), "%s/%s", s->folder, name);
}

/** How many names in the folder begin so; the last of them in order into `ret_name`. */
static inline unsigned
scratch_count(const struct scratch *s, const char *begin, char ret_name[300])
{
	unsigned n = 0;
	DIR *dir = opendir(s->folder);

	cr_assert(dir);
	ret_name[0] = '\0';
	for (const struct dirent *e; (e = readdir(dir));) {
		if (strncmp(e->d_name, begin, strlen(begin)) != 0)
			continue;
		n++;
		if (strcmp(e->d_name, ret_name) > 0)
			snprintf(ret_name, 300, "%s", e->d_name);
	}
	closedir(dir);
	return n;
}

static inline void
scratch_write(const char *path, const void *bytes, size_t len)
{
	FILE *file = fopen(path, "wb");

	cr_assert(file);
	cr_assert_eq(fwrite(bytes, 1, len, file), len);
	cr_assert_eq(fclose(file), 0);
}

static inline void
scratch_remove(struct scratch *s)
{
	DIR *dir = opendir(s->folder);
	char path[400];

	if (!dir)
		return;
	for (const struct dirent *e; (e = readdir(dir));) {
		snprintf(path, sizeof(path), "%s/%s", s->folder, e->d_name);
		if (e->d_name[0] != '.' && unlink(path) < 0)
			(void)rmdir(path);
	}
	closedir(dir);
	(void)rmdir(s->folder);
}
