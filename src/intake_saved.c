/* SPDX-License-Identifier: Apache-2.0 */
#include "intake_saved.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>

#define MAX_NAMES 4096

/* name, blob, name, blob, …, an empty name: as intake_save() packs them */
struct intake_saved {
	size_t len;
	char bytes[];
};

static int
saved_alloc(size_t len, struct intake_saved **ret_saved)
{
	struct intake_saved *saved = malloc(sizeof(*saved) + len + 1);

	if (!saved)
		return -ENOMEM;
	saved->len = len;
	*ret_saved = saved;
	return 0;
}

int
intake_saved_new(struct unpack *in, struct intake_saved **ret_saved)
{
	struct unpack look = *in;
	struct intake_saved *saved;
	int r;

	for (int n = 0; unpack_str(&look).len && n < MAX_NAMES; n++)
		(void)unpack_blob(&look);
	if (!unpack_ok(&look))
		return -EBADMSG;
	r = saved_alloc(in->len, &saved);
	if (r < 0)
		return r;
	if (in->len)
		memcpy(saved->bytes, in->ptr, in->len);
	*ret_saved = saved;
	return 0;
}

int
intake_saved_take(void (*save)(void *user, struct pack *out), void *user,
		  const char *name, struct intake_saved **ret_saved)
{
	struct intake_saved *saved;
	struct pack count = { 0 }, out = { 0 };
	int r;

	pack_str(&count, str_of(name));
	pack_blob(&count, save, user);
	pack_str(&count, (struct sv_str){ 0 });
	r = saved_alloc((size_t)count.total, &saved);
	if (r < 0)
		return r;
	out.buf = saved->bytes;
	out.cap = saved->len;
	pack_str(&out, str_of(name));
	pack_blob(&out, save, user);
	pack_str(&out, (struct sv_str){ 0 });
	*ret_saved = saved;
	return 0;
}

void
intake_saved_free(struct intake_saved *saved)
{
	free(saved);
}

int
intake_saved_give(const struct intake_saved *saved, const char *name,
		  struct input *input)
{
	struct unpack in;
	struct sv_str found;

	if (!saved || !input->ops->restore)
		return 0;
	in = unpack_of(str_make(saved->bytes, saved->len));
	while ((found = unpack_str(&in)).len) {
		struct unpack blob = unpack_of(unpack_blob(&in));
		if (unpack_ok(&in) && str_eq(found, str_of(name)))
			return input->ops->restore(input, &blob);
	}
	return 0;
}
