/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May the daemon's user read a log? Judged by owner, group and mode of the file and of
 * the folders above it, with the users and groups of the tree: nobody's identity is
 * taken. Access lists (ACL) are not read: where there is one, it is said.
 */
#include "base/i18n.h"
#include "base/text.h"
#include "doctor/tree.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define MAX_GROUPS 64

struct person {
	const char *name;
	bool known;
	uint64_t uid;
	uint64_t gids[MAX_GROUPS];
	size_t n_gids;
};

/** The n-th field of "a:b:c". */
static struct sv_str
field(struct sv_str line, unsigned n)
{
	for (; n; n--) {
		size_t at = str_find_char(line, ':');
		line = tree_behind(line, at);
	}
	size_t end = str_find_char(line, ':');
	return end == STR_NONE ? line : str_upto(line, end);
}

static bool
list_has(struct sv_str list, const char *name)
{
	while (list.len) {
		size_t end = str_find_char(list, ',');
		if (str_eq(str_upto(list, end == STR_NONE ? list.len : end),
			   str_of(name)))
			return true;
		list = tree_behind(list, end);
	}
	return false;
}

static void
person_find(struct doctor *doctor, struct person *person)
{
	const struct tree_text *users = tree_read(doctor, "/etc/passwd");
	const struct tree_text *groups = tree_read(doctor, "/etc/group");
	struct tree_lines lines = { .rest = users ? users->text : SV_STR("") };
	struct sv_str line;

	*person = (struct person){ .name = doctor->spec.user };
	while (!person->known && tree_next_line(&lines, &line)) {
		if (!str_eq(field(line, 0), str_of(person->name)) ||
		    !str_take_u64(field(line, 2), &person->uid) ||
		    !str_take_u64(field(line, 3), &person->gids[0]))
			continue;
		person->known = true;
		person->n_gids = 1;
	}
	lines = (struct tree_lines){ .rest = groups ? groups->text : SV_STR("") };
	while (tree_next_line(&lines, &line) && person->n_gids < MAX_GROUPS)
		if (list_has(field(line, 3), person->name) &&
		    str_take_u64(field(line, 2), &person->gids[person->n_gids]))
			person->n_gids++;
}

static bool
has_group(const struct person *person, uint64_t gid)
{
	for (size_t i = 0; i < person->n_gids; i++)
		if (person->gids[i] == gid)
			return true;
	return false;
}

/** `bit` as for others: 4 to read, 2 to write, 1 to go through. */
static bool
may(const struct person *person, const struct stat *st, unsigned bit)
{
	if (person->uid == 0)
		return true;
	if (st->st_uid == person->uid)
		return st->st_mode & bit << 6;
	if (has_group(person, st->st_gid))
		return st->st_mode & bit << 3;
	return st->st_mode & bit;
}

static const char *
group_name(struct doctor *doctor, uint64_t gid, char *out, size_t cap)
{
	const struct tree_text *groups = tree_read(doctor, "/etc/group");
	struct tree_lines lines = { .rest = groups ? groups->text : SV_STR("") };
	struct sv_str line;
	uint64_t number;

	while (tree_next_line(&lines, &line))
		if (str_take_u64(field(line, 2), &number) && number == gid)
			return tree_cstr(field(line, 0), out, cap);
	(void)snprintf(out, cap, "%llu", (unsigned long long)gid);
	return out;
}

/** What stands in the way of reading `full` below its first `root` bytes: its length up
 *  to there, 0 if nothing. */
static size_t
obstacle(const struct person *person, const char *full, size_t root,
	 struct stat *ret_st)
{
	char part[TREE_PATH_BYTES];
	size_t len = strlen(full);

	for (size_t i = root + 1; i <= len; i++) {
		if (full[i] != '/' && full[i] != '\0')
			continue;
		(void)tree_cstr(str_make(full, i), part, sizeof(part));
		if (stat(part, ret_st) < 0)
			return i;
		if (!may(person, ret_st, i == len ? 4 : 1))
			return i;
	}
	return 0;
}

static void
say_closed(struct doctor *doctor, const char *area, const char *path, const char *where,
	   const struct stat *st)
{
	char group[64], then[TREE_PATH_BYTES + 128];
	unsigned bit = S_ISDIR(st->st_mode) ? 1 : 4;
	bool by_group = st->st_mode & bit << 3 && st->st_gid != 0;

	if (by_group)
		(void)snprintf(then, sizeof(then),
			       "usermod -aG %s %s && systemctl restart sipvigild",
			       group_name(doctor, st->st_gid, group, sizeof(group)),
			       doctor->spec.user);
	else
		(void)snprintf(then, sizeof(then), "setfacl -m u:%s:%s %s",
			       doctor->spec.user, bit == 1 ? "x" : "r", where);
	doctor_say(doctor, DOCTOR_FIX, area, &(struct doctor_remedy){ .then = then },
		   _("user %s may not read %s (mode %03o of %s)"), doctor->spec.user,
		   path, st->st_mode & 0777u, where);
}

bool
access_writes(struct doctor *doctor, const char *path)
{
	char full[TREE_PATH_BYTES];
	struct person person;
	struct stat st;

	person_find(doctor, &person);
	if (!tree_path(doctor, path, full) || stat(full, &st) < 0)
		return false;
	return person.known ? may(&person, &st, 2) : access(full, W_OK) == 0;
}

bool
access_look(struct doctor *doctor, const char *area, const char *path)
{
	size_t root = strlen(doctor->spec.root), at;
	char full[TREE_PATH_BYTES], where[TREE_PATH_BYTES];
	struct person person;
	struct stat st;

	if (!tree_path(doctor, path, full))
		return false;
	person_find(doctor, &person);
	if (!person.known) /* the package is not installed: whoever asks */
		return access(full, R_OK) == 0;
	at = obstacle(&person, full, root, &st);
	if (at == 0)
		return true;
	(void)tree_cstr(str_make(full + root, at - root), where, sizeof(where));
	if (getxattr(full, "system.posix_acl_access", NULL, 0) > 0) {
		doctor_say(doctor, DOCTOR_NOTE, area, NULL,
			   _("%s has an access list (ACL), which is not looked at"),
			   path);
		return true;
	}
	say_closed(doctor, area, path, where, &st);
	return false;
}
