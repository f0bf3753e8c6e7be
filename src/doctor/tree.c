/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/tree.h"

#include "base/text.h"

#include <ctype.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

bool
tree_path(const struct doctor *doctor, const char *path, char out[TREE_PATH_BYTES])
{
	int n = snprintf(out, TREE_PATH_BYTES, "%s%s", doctor->spec.root, path);

	return n > 0 && n < TREE_PATH_BYTES;
}

bool
tree_exists(const struct doctor *doctor, const char *path)
{
	char full[TREE_PATH_BYTES];

	return tree_path(doctor, path, full) && access(full, F_OK) == 0;
}

/** At most `cap` bytes of a regular file; NULL if it is none. */
static char *
read_all(const char *full, size_t cap, size_t *ret_len)
{
	struct stat st;
	char *text = NULL;
	size_t len = 0;
	/* a fifo in a folder of configurations must not hold us up */
	int fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		text = malloc(cap);
	while (text && len < cap) {
		ssize_t n = read(fd, text + len, cap - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	close(fd);
	*ret_len = len;
	char *fit = text ? realloc(text, len + 1) : NULL;
	return fit ? fit : text;
}

const struct tree_text *
tree_read(struct doctor *doctor, const char *path)
{
	char full[TREE_PATH_BYTES];
	struct tree_text *file;
	size_t len, left = TREE_ALL_BYTES - doctor->bytes;

	for (size_t i = 0; i < doctor->n_files; i++)
		if (strcmp(doctor->files[i].path, path) == 0)
			return &doctor->files[i];
	if (!tree_path(doctor, path, full))
		return NULL;
	if (doctor->n_files == TREE_FILES || left == 0) {
		doctor->omitted++;
		return NULL;
	}
	char *text =
		read_all(full, left < TREE_FILE_BYTES ? left : TREE_FILE_BYTES, &len);
	char *name = text ? strdup(path) : NULL;
	if (!name) {
		free(text);
		return NULL;
	}
	file = &doctor->files[doctor->n_files++];
	*file = (struct tree_text){ .path = name, .text = str_make(text, len) };
	doctor->bytes += len;
	doctor->omitted += len == TREE_FILE_BYTES;
	return file;
}

size_t
tree_match(struct doctor *doctor, const char *pattern,
	   void (*each)(void *user, const char *path), void *user)
{
	size_t skip = strlen(doctor->spec.root), n;
	char full[TREE_PATH_BYTES];
	glob_t found = { 0 };

	if (!tree_path(doctor, pattern, full) || glob(full, 0, NULL, &found) != 0)
		return 0;
	n = found.gl_pathc < TREE_MATCHES ? found.gl_pathc : TREE_MATCHES;
	doctor->omitted += found.gl_pathc - n;
	for (size_t i = 0; i < n; i++)
		each(user, found.gl_pathv[i] + skip);
	globfree(&found);
	return n;
}

bool
tree_next_line(struct tree_lines *lines, struct sv_str *ret_line)
{
	size_t end;

	if (lines->rest.len == 0)
		return false;
	end = str_find_char(lines->rest, '\n');
	if (end == STR_NONE)
		end = lines->rest.len;
	*ret_line = str_upto(lines->rest, end);
	if (ret_line->len && ret_line->ptr[ret_line->len - 1] == '\r')
		ret_line->len--;
	lines->rest = str_from(lines->rest, end + 1);
	lines->number++;
	return true;
}

struct sv_str
tree_next_word(struct sv_str *line)
{
	size_t n = 0;

	*line = str_trim(*line);
	while (n < line->len && !isspace((unsigned char)line->ptr[n]))
		n++;
	struct sv_str word = str_upto(*line, n);
	*line = str_trim(str_from(*line, n));
	return word;
}

struct sv_str
tree_unquote(struct sv_str text)
{
	text = str_trim(text);
	if (text.len >= 2 && (text.ptr[0] == '"' || text.ptr[0] == '\'') &&
	    text.ptr[text.len - 1] == text.ptr[0])
		return str_make(text.ptr + 1, text.len - 2);
	return text;
}

const char *
tree_cstr(struct sv_str text, char *out, size_t cap)
{
	text = str_upto(text, cap - 1);
	if (text.len)
		memcpy(out, text.ptr, text.len);
	out[text.len] = '\0';
	return out;
}
