/* SPDX-License-Identifier: Apache-2.0 */
/* AudioCodes Mediant: SBC, gateway, MSBR. */
#pragma once

#include <sipvigil/dialect.h>

extern const struct sv_dialect audiocodes_dialect;

/** Bytes of "[S=1718543] [SID=b9027c:24:198171]  (N  6891937) " and what a syslog daemon
 *  or a viewer writes in front of it; 0: no line of theirs. */
size_t audiocodes_front(struct sv_str text);
/** The sequence number there, and what stands for box and session. */
bool audiocodes_sequence(struct sv_str text, uint64_t *ret_number,
			 struct sv_str *ret_session);
