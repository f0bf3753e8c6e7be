/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of a configuration: read, in their order, with what they include, as one
 * row of sections. Files that cannot be read are mistakes like others.
 */
#pragma once

#include "conf/syntax.h"

/** Files that include files that include …: deeper ones are refused (and circles). */
#define SOURCE_MAX_DEPTH 10
#define SOURCE_MAX_FILES 2000

struct source {
	struct arena *arena;   /* what the configuration keeps: values, paths */
	struct arena *scratch; /* what is needed until it is built: the files' text and
				* what was found in it */
	struct diag *diag;
	const struct syntax_section **sections; /* in the order in which they count */
	size_t n_sections;
	size_t n_files;
};

/** A file, and what it includes at its place. 0, -ENOMEM, or -ENOENT and the like when
 *  the file itself cannot be read; that is reported already. */
int source_file(struct source *source, const char *path);
/** All *.conf files of a folder in order of name. -ENOENT, not reported, when there is
 *  no such folder. */
int source_folder(struct source *source, const char *path);

/** The whole of a file in an arena: 0 or negative errno (-EISDIR, -EFBIG …). */
int source_text(struct arena *arena, const char *path, struct sv_str *ret_text);
/** `path` as seen from the folder of the file `from`. NULL: no memory. */
const char *source_path(struct arena *arena, const char *from, const char *path);

/** For each file that a pattern means, in order; a pattern without * ? [ means itself,
 *  also when there is no such file. Number of files or negative errno. */
typedef void (*source_each)(void *user, const char *path);
int source_glob(const char *pattern, source_each each, void *user);
