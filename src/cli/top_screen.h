/* SPDX-License-Identifier: Apache-2.0 */
/* `sipvigil top` on a terminal: keys, one question a second, drawing by ncurses. */
#pragma once

#include "cli/top_frame.h"

/** Until the user quits; exit code. Built without ncurses: says so, EXIT_CANNOT.
 *  `socket` NULL = the usual one. */
int top_screen_run(const struct command *command, const char *socket);
