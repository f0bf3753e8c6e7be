/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/registry.h"

#include "base/text.h"
#include "dialect/asterisk.h"
#include "dialect/freeswitch.h"
#include "dialect/kamailio.h"
#include "dialect/sipmsg.h"

/* clang-format off */
static const struct sv_dialect *const dialects[] = {
	&asterisk_dialect,
	&freeswitch_dialect,
	&kamailio_dialect,
	&opensips_dialect,
	&sipmsg_dialect,
	NULL,
};
/* clang-format on */

const struct sv_dialect *const *
registry_dialects(void)
{
	return dialects;
}

size_t
registry_count(void)
{
	return sizeof(dialects) / sizeof(dialects[0]) - 1;
}

const struct sv_dialect *
registry_find(const char *name)
{
	for (size_t i = 0; dialects[i]; i++)
		if (strcmp(dialects[i]->name, name) == 0)
			return dialects[i];
	return NULL;
}

static bool
list_holds(const char *const *list, struct sv_str word)
{
	for (; list && *list; list++)
		if ((*list)[0] == word.ptr[0] && str_eq(str_of(*list), word))
			return true;
	return false;
}

const struct sv_dialect *
registry_by_ident(struct sv_str ident)
{
	for (size_t i = 0; ident.len && dialects[i]; i++)
		if (list_holds(dialects[i]->idents, ident))
			return dialects[i];
	return NULL;
}

const struct sv_dialect *
registry_by_unit(struct sv_str unit)
{
	for (size_t i = 0; unit.len && dialects[i]; i++)
		if (list_holds(dialects[i]->units, unit))
			return dialects[i];
	return NULL;
}

const struct sv_dialect *
registry_by_content(struct sv_str text)
{
	for (size_t i = 0; dialects[i]; i++)
		if (dialects[i]->probe(text))
			return dialects[i];
	return NULL;
}

size_t
registry_index(const struct sv_dialect *dialect)
{
	size_t i = 0;

	while (dialects[i] && dialects[i] != dialect)
		i++;
	return i;
}
