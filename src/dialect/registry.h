/* SPDX-License-Identifier: Apache-2.0 */
/* The table of dialects. Its order is the order in which content is tried. */
#pragma once

#include <sipvigil/dialect.h>

/** Rows of the table, NULL-terminated. */
const struct sv_dialect *const *registry_dialects(void);
size_t registry_count(void);
/** By name, NULL if there is none. */
const struct sv_dialect *registry_find(const char *name);
/** The dialect that claims this journal identifier or syslog tag, NULL if none. */
const struct sv_dialect *registry_by_ident(struct sv_str ident);
/** The dialect that claims this systemd unit, NULL if none. */
const struct sv_dialect *registry_by_unit(struct sv_str unit);
/** The first dialect whose probe takes the text, NULL if none. */
const struct sv_dialect *registry_by_content(struct sv_str text);
/** Place in the table; the dialect must be of the table. */
size_t registry_index(const struct sv_dialect *dialect);
