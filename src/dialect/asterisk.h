/* SPDX-License-Identifier: Apache-2.0 */
/* Asterisk 11 to 22 with chan_sip and PJSIP: files in default, [plain] and [json]
 * format, console, syslog, journal. */
#pragma once

#include <sipvigil/dialect.h>

extern const struct sv_dialect asterisk_dialect;
