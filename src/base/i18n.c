/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/** The name of the locale that the environment asks for, "" for none. */
static const char *
asked(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	const char *locale = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !locale[0]; i++) {
		const char *value = getenv(names[i]);
		locale = value ? value : "";
	}
	return locale;
}

/** A locale that this host does not have: usual where the administrator's LANG comes
 *  with ssh. C.UTF-8 is always there, and LANGUAGE chooses the messages in it. */
static void
set_without_locale(void)
{
	const char *locale = asked(), *charset = strchr(locale, '.');

	if (!charset ||
	    (strcasecmp(charset, ".UTF-8") && strcasecmp(charset, ".utf8")) ||
	    !setlocale(LC_ALL, "C.UTF-8"))
		return;
	(void)setenv("LANGUAGE", locale, 0);
}

void
i18n_setup(void)
{
	const char *dir = secure_getenv("SIPVIGIL_LOCALEDIR");

	if (!setlocale(LC_ALL, ""))
		set_without_locale();
	(void)setlocale(LC_NUMERIC, "C");
	(void)bindtextdomain(PACKAGE, dir ? dir : LOCALEDIR);
	(void)textdomain(PACKAGE);
}

bool
i18n_is_russian(void)
{
	const char *locale = asked(), *first = getenv("LANGUAGE");

	if (!locale[0] || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0)
		return false;
	if (first && first[0])
		locale = first;
	return strncmp(locale, "ru", 2) == 0;
}
