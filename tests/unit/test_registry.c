/* SPDX-License-Identifier: Apache-2.0 */
/* Whom the registry does not ask about a text must not have wanted it: each dialect is
 * asked here, about the seeds of the dialects' fuzzers and what comes near to them. */
#include "base/text.h"
#include "dialect/registry.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES 4096

static const struct sv_dialect *
first_that_takes(struct sv_str text)
{
	const struct sv_dialect *const *rows = registry_dialects(NULL);

	for (size_t i = 0; rows[i]; i++)
		if (rows[i]->probe(text))
			return rows[i];
	return NULL;
}

static unsigned long asked, taken;

static void
check(const char *ptr, size_t len)
{
	/* at the end of its room: reading on is seen by the sanitizer */
	char *room = malloc(len ? len : 1);
	cr_assert(room);
	memcpy(room, ptr, len);
	struct sv_str text = str_make(room, len);
	const struct sv_dialect *is = registry_by_content(NULL, text);
	const struct sv_dialect *want = first_that_takes(text);
	asked++;
	taken += want != NULL;
	cr_assert_eq(is, want, "%s, not %s: %.*s", want ? want->name : "nobody",
		     is ? is->name : "nobody", (int)len, ptr);
	free(room);
}

static uint32_t
draw(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % below;
}

/** The line, cut, behind what syslog daemons leave of a header, and with other bytes. */
static void
check_near(char *line, size_t len, uint32_t *seed)
{
	static const char *const fronts[] = {
		"10.20.0.4 ",
		"22.11.2026 10:00:00 ",
		"sbc1 ",
		"pbx*CLI> ",
		" ",
		"1234567890123 ",
		"10.20.0.4 sipd@h: ",
		"\033[0m",
		"[S=1] [SID=1:2:3] ",
	};
	static const char marks[] = "[]*%(@<.:-_ 0aZ{\r\033X";
	char other[LINE_BYTES + 64];

	check(line, len);
	check(line, draw(seed, (uint32_t)len + 1));
	for (size_t i = 0; i < sizeof(fronts) / sizeof(fronts[0]); i++) {
		size_t n = strlen(fronts[i]);
		memcpy(other, fronts[i], n);
		memcpy(other + n, line, len);
		check(other, n + len);
	}
	for (int i = 0; i < 24 && len; i++) {
		size_t at = i < 8 ? 0 : draw(seed, len < 40 ? (uint32_t)len : 40);
		char was = line[at];
		line[at] = i % 3 ? marks[draw(seed, sizeof(marks) - 1)]
				 : (char)draw(seed, 256);
		check(line, len);
		line[at] = was;
	}
}

static void
check_file(const char *path)
{
	char line[LINE_BYTES];
	uint32_t seed = 1;
	FILE *f = fopen(path, "r");

	cr_assert(f, "%s", path);
	for (int n = 0; n < 400 && fgets(line, sizeof(line), f); n++) {
		size_t len = strlen(line);
		check_near(line, len && line[len - 1] == '\n' ? len - 1 : len, &seed);
	}
	fclose(f);
}

Test(registry, whom_it_does_not_ask_would_not_take_the_text)
{
	static const char *const kinds[] = { "asterisk", "freeswitch", "kamailio",
					     "boxes",    "repro",      "yate",
					     "sipmsg",   "header" };
	const char *top = getenv("srcdir");
	char folder[512], path[1024];

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		snprintf(folder, sizeof(folder), "%s/tests/fuzz/seeds/%s",
			 top ? top : ".", kinds[i]);
		DIR *dir = opendir(folder);
		cr_assert(dir, "%s", folder);
		for (struct dirent *e; (e = readdir(dir));) {
			if (e->d_name[0] == '.')
				continue;
			snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
			check_file(path);
		}
		closedir(dir);
	}
	check("", 0);
	for (int c = 0; c < 256; c++) {
		char text[] = "?IP/2.0 200 OK of nobody's";
		text[0] = (char)c;
		check(text, sizeof(text) - 1);
		check(text, 1);
	}
	cr_expect_gt(taken, 1000, "%lu of %lu texts were somebody's", taken, asked);
}

Test(registry, each_identifier_finds_who_claims_it)
{
	const struct sv_dialect *const *rows = registry_dialects(NULL);
	size_t n = 0;

	for (size_t i = 0; rows[i]; i++)
		for (const char *const *ident = rows[i]->idents; *ident; ident++, n++)
			cr_expect_eq(registry_by_ident(NULL, str_of(*ident)), rows[i],
				     "%s", *ident);
	cr_expect_gt(n, 10);
	cr_expect_null(registry_by_ident(NULL, SV_STR("sshd")));
	cr_expect_null(registry_by_ident(NULL, SV_STR("1001")));
	cr_expect_null(registry_by_ident(NULL, SV_STR("")));
}
