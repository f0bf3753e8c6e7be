/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/build.h"

#include "base/i18n.h"

const struct syntax_section *
build_section(const struct build *build, size_t n, bool *ret_pack)
{
	*ret_pack = true;
	if (build_of_patterns(build, n))
		return build->patterns.sections[n];
	n -= build->patterns.n_sections;
	if (n < build->packs.n_sections)
		return build->packs.sections[n];
	n -= build->packs.n_sections;
	*ret_pack = false;
	return n < build->files.n_sections ? build->files.sections[n] : NULL;
}

bool
build_of_patterns(const struct build *build, size_t n)
{
	return n < build->patterns.n_sections;
}

bool
build_duplicate(struct build *build, size_t n, bool replaces)
{
	bool pack;
	const struct syntax_section *section = build_section(build, n, &pack);

	for (size_t i = 0; i < n; i++) {
		const struct syntax_section *other = build_section(build, i, &pack);
		if (other->row != section->row ||
		    strcmp(other->name, section->name) != 0)
			continue;
		if (replaces && other->file != section->file)
			continue;
		spot_error(build->diag, spot_title(section), NULL,
			   _("%s \"%.64s\" stands twice, first in %.200s:%u"),
			   section->row->name, section->name, other->file->path,
			   spot_line(other->file, other->begin));
		return true;
	}
	return false;
}
