/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places in a configuration file, and messages about them: from bytes of the file to
 * line, column and the line's text, as struct diag wants them.
 */
#pragma once

#include "conf/diag.h"
#include "conf/syntax.h"

struct spot {
	const struct syntax_file *file;
	size_t begin, len;
};

/** The text of a value, quotes left out. */
struct spot spot_value(const struct syntax_section *section,
		       const struct syntax_value *value);
/** A part of a value, counted as its text counts: mapped back over escapes. */
struct spot spot_part(const struct syntax_section *section,
		      const struct syntax_value *value, size_t offset, size_t len);
/** The key of an item. */
struct spot spot_key(const struct syntax_section *section,
		     const struct syntax_item *item);
/** The title of a section, or its word when it has none. */
struct spot spot_title(const struct syntax_section *section);
/** 1-based line of a byte. */
unsigned spot_line(const struct syntax_file *file, size_t at);

/** A message about a place; the hint may be NULL. */
__attribute__((format(printf, 4, 5))) void spot_error(struct diag *diag,
						      struct spot spot,
						      const char *hint,
						      const char *format, ...);
__attribute__((format(printf, 4, 5))) void spot_warning(struct diag *diag,
							struct spot spot,
							const char *hint,
							const char *format, ...);
