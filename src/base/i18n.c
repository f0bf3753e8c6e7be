/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

void
i18n_setup(void)
{
	const char *dir = secure_getenv("SIPVIGIL_LOCALEDIR");

	(void)setlocale(LC_ALL, "");
	(void)setlocale(LC_NUMERIC, "C");
	(void)bindtextdomain(PACKAGE, dir ? dir : LOCALEDIR);
	(void)textdomain(PACKAGE);
}

bool
i18n_is_russian(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	const char *locale = "";
	const char *first = getenv("LANGUAGE");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !locale[0]; i++) {
		const char *value = getenv(names[i]);
		locale = value ? value : "";
	}
	if (!locale[0] || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0)
		return false;
	if (first && first[0])
		locale = first;
	return strncmp(locale, "ru", 2) == 0;
}
