/* SPDX-License-Identifier: Apache-2.0 */
/* Moments as people write them into a configuration or a command line. */
#pragma once

#include <sipvigil/base.h>

/** "2026-09-12T04:00+02:00", "2026-09-12 04:00:30Z", "2026-09-12": the whole text;
 *  without a zone it is local time. False: it is no moment. */
bool moment_read(const char *text, sv_usec *ret_moment);
