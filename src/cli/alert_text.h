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
/** "12 of 10 in 5 min", "57 % of 21 (30 %)", "5 user of 5 in 5 min": the arithmetic where
 *  there is no room for words. `measure` as `top` tells it. Nothing for a rule
 *  that asks for other rules: it has no numbers. */
void alert_text_arithmetic(struct buffer *out, const json_t *measure);
/** A command is never broken nor cut, so it has a line of its own below its title ("" =
 *  none). */
void alert_text_command(struct online *online, const char *title,
			struct sv_str command);
/** All that is known of one alert. */
void alert_text_full(struct online *online, const json_t *alert);
/** What to look at next: the rule's advice and commands to be pasted. */
void alert_text_next(struct online *online, const json_t *alert);
