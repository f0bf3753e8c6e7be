/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts of the daemon's answer in words: what their list and one of them in full have in
 * common. */
#pragma once

#include "cli/online.h"

#define ALERT_TEXT_TITLE 20

const char *alert_text_rule(const json_t *alert);
sv_usec alert_text_start(const json_t *alert);
bool alert_text_is_over(const json_t *alert);
/** The severity as a word of eight columns, coloured, and two blanks. */
void alert_text_severity(struct online *online, const json_t *alert);
/** "Check next           words …": the title in its column, the text broken into lines
 *  behind it. Nothing without a text. */
void alert_text_paragraph(struct online *online, const char *title, const char *text);
/** One line behind the title, cut to the terminal; the title is left out when "". */
void alert_text_line(struct online *online, const char *title, struct sv_str text);
/** All that is known of one alert. */
void alert_text_full(struct online *online, const json_t *alert);
/** What to look at next: the rule's advice and commands to be pasted. */
void alert_text_next(struct online *online, const json_t *alert);
