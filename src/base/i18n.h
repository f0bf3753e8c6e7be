/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages for people in the language of the locale (GNU gettext, text domain
 * "sipvigil"). JSON, the program's own log and everything that other programs read stay
 * English.
 *
 * _("text") translates where it stands; N_("text") marks a text in a table that is
 * translated with _() when it is printed. ngettext("%zu file", "%zu files", n) for
 * numbers. Every file that uses one of them is listed in po/POTFILES.in.
 */
#pragma once

#include <libintl.h>
#include <stdbool.h>

#define _(text) gettext(text)
#define N_(text) text

/**
 * First call of every main(): takes locale and messages from the environment. Where the
 * locale is not installed, C.UTF-8 and LANGUAGE stand in for one of UTF-8. Numbers
 * keep the point of the C locale, so that all output can be read back. The environment
 * variable SIPVIGIL_LOCALEDIR names another folder of messages (tests, build tree); it
 * is ignored in set-user-ID programs.
 */
void i18n_setup(void);

/** The locale asks for Russian, whether or not it is installed: for texts that stand in
 *  the program in both languages (sip/codes.h). */
bool i18n_is_russian(void);
