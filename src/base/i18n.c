/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"

#include <locale.h>
#include <stdlib.h>

void
i18n_setup(void)
{
	const char *dir = secure_getenv("SIPVIGIL_LOCALEDIR");

	(void)setlocale(LC_ALL, "");
	(void)setlocale(LC_NUMERIC, "C");
	(void)bindtextdomain(PACKAGE, dir ? dir : LOCALEDIR);
	(void)textdomain(PACKAGE);
}
