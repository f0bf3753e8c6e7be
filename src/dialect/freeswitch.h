/* SPDX-License-Identifier: Apache-2.0 */
/* FreeSWITCH: mod_sofia in mod_logfile, mod_console, mod_syslog and mod_fail2ban. */
#pragma once

#include <sipvigil/dialect.h>

extern const struct sv_dialect freeswitch_dialect;
