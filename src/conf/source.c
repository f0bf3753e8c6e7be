/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/source.h"

#include "base/i18n.h"
#include "conf/spot.h"
#include "conf/values.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/** What is read of a device at most. */
#define DEVICE_BYTES 65536

/** One chain of includes. */
struct chain {
	struct source *source;
	const struct syntax_section *section; /* the include stands in its file */
	const struct syntax_value *value;     /* … as this path; NULL: none */
	unsigned depth;
	int result;
};

static int
read_all(int fd, char *into, size_t bytes)
{
	size_t have = 0;

	while (have < bytes) {
		ssize_t n = read(fd, into + have, bytes - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (int)have;
}

int
source_text(struct arena *arena, const char *path, struct sv_str *ret_text)
{
	struct stat status;
	int r = 0;

	/* Without NONBLOCK a fifo would hold up the start for ever. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		r = -errno;
	else if (S_ISDIR(status.st_mode))
		r = -EISDIR;
	else if (S_ISCHR(status.st_mode))
		status.st_size = DEVICE_BYTES; /* /dev/null is an empty file */
	else if (!S_ISREG(status.st_mode))
		r = -EINVAL;
	else if (status.st_size > (off_t)SYNTAX_MAX_BYTES)
		r = -EFBIG;
	if (r < 0)
		goto done;
	char *text = arena_alloc(arena, (size_t)status.st_size + 1);
	if (!text) {
		r = -ENOMEM;
		goto done;
	}
	r = read_all(fd, text, (size_t)status.st_size);
	if (r >= 0) {
		*ret_text = str_make(text, (size_t)r);
		r = 0;
	}
done:
	close(fd);
	return r;
}

const char *
source_path(struct arena *arena, const char *from, const char *path)
{
	const char *slash = strrchr(from, '/');
	size_t folder = slash ? (size_t)(slash - from) + 1 : 0;

	if (path[0] == '/' || folder == 0)
		return arena_copy(arena, str_of(path));
	char *whole = arena_alloc(arena, folder + strlen(path) + 1);
	if (!whole)
		return NULL;
	memcpy(whole, from, folder);
	memcpy(whole + folder, path, strlen(path) + 1);
	return whole;
}

int
source_glob(const char *pattern, source_each each, void *user)
{
	glob_t found = { 0 };
	int n;

	if (!strpbrk(pattern, "*?[")) {
		each(user, pattern);
		return 1;
	}
	int r = glob(pattern, 0, NULL, &found);
	if (r == GLOB_NOSPACE) {
		n = -ENOMEM;
	} else {
		n = (int)found.gl_pathc;
		for (size_t i = 0; i < found.gl_pathc; i++)
			each(user, found.gl_pathv[i]);
	}
	globfree(&found);
	return n;
}

/** Said at the include, or of the file when none names it. */
static void
report_unreadable(const struct chain *chain, const char *path, int error)
{
	const char *hint = error == EACCES   ? _("may this user read it?")
			   : error == EISDIR ? _("write its files as FOLDER/*.conf")
					     : NULL;
	char message[512];

	if (chain->value) {
		spot_error(chain->source->diag,
			   spot_value(chain->section, chain->value), hint,
			   _("cannot read %.300s: %s"), path, strerror(error));
		return;
	}
	snprintf(message, sizeof(message), _("cannot read this file: %s"),
		 strerror(error));
	diag_add(chain->source->diag, DIAG_ERROR, path, 0, 0, 0, NULL, message, hint);
}

static void
add_section(struct source *source, const struct syntax_section *section)
{
	const struct syntax_section **grown =
		arena_grow(source->scratch, source->sections, source->n_sections,
			   sizeof(struct syntax_section *));
	if (!grown)
		return;
	source->sections = grown;
	grown[source->n_sections++] = section;
}

static void add_file(struct chain *chain, const char *path);

static void
add_included(void *user, const char *path)
{
	add_file(user, path);
}

/** Follow one include. The recursion ends at SOURCE_MAX_DEPTH. */
static void
follow(struct chain *chain, const struct syntax_file *file,
       const struct syntax_include *include)
{
	const struct syntax_section *top = &file->sections[0];
	struct source *source = chain->source;
	struct sv_str raw =
		spot_value(top, &include->path).len
			? str_upto(str_from(file->text, include->path.begin),
				   include->path.end - include->path.begin)
			: (struct sv_str){ 0 };

	if (include->path.quote != SYNTAX_BARE)
		raw = str_upto(str_from(raw, 1), raw.len - 2);
	const char *path = arena_copy(source->arena, raw);
	path = path ? source_path(source->arena, file->path, path) : NULL;
	if (!path)
		return;
	struct chain next = { source, top, &include->path, chain->depth + 1, 0 };
	if (next.depth > SOURCE_MAX_DEPTH) {
		spot_error(source->diag, spot_value(top, &include->path), NULL,
			   _("includes are nested too deeply, or in a circle"));
		return;
	}
	source_glob(path, add_included, &next);
}

/** Sections of a file in their order, with what is included among them. */
static void
add_sections(struct chain *chain, struct syntax_file *file)
{
	size_t next = 0;

	for (size_t i = 0; i <= file->n_sections; i++) {
		while (next < file->n_includes && file->includes[next].section <= i)
			follow(chain, file, &file->includes[next++]);
		if (i < file->n_sections)
			add_section(chain->source, &file->sections[i]);
	}
}

static void
add_file(struct chain *chain, const char *path)
{
	struct source *source = chain->source;
	struct syntax_file *file;
	struct sv_str text = { 0 };

	if (++source->n_files > SOURCE_MAX_FILES) {
		chain->result = -EMFILE;
		report_unreadable(chain, path, EMFILE);
		return;
	}
	const char *name = arena_copy(source->arena, str_of(path));
	int r = name ? source_text(source->scratch, path, &text) : -ENOMEM;
	if (r == 0)
		r = syntax_read(source->scratch, name, text, source->diag, &file);
	if (r == 0)
		r = values_read(source->arena, file, source->diag);
	chain->result = r;
	if (r == 0)
		add_sections(chain, file);
	else if (r != -ENOMEM)
		report_unreadable(chain, path, -r);
}

static bool
has_failed(const struct source *source)
{
	return arena_failed(source->arena) || arena_failed(source->scratch);
}

int
source_file(struct source *source, const char *path)
{
	struct chain chain = { source, NULL, NULL, 0, 0 };

	add_file(&chain, path);
	return has_failed(source) ? -ENOMEM : chain.result;
}

int
source_folder(struct source *source, const char *path)
{
	struct chain chain = { source, NULL, NULL, 0, 0 };
	struct stat status;
	char *pattern = NULL;

	if (stat(path, &status) < 0)
		return -errno;
	if (!S_ISDIR(status.st_mode))
		return -ENOTDIR;
	if (asprintf(&pattern, "%s/*.conf", path) < 0)
		return -ENOMEM;
	int r = source_glob(pattern, add_included, &chain);
	free(pattern);
	if (r < 0 || has_failed(source))
		return -ENOMEM;
	return 0;
}
