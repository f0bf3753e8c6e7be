/* SPDX-License-Identifier: Apache-2.0 */
/* repro, the proxy of reSIProcate, and 3CX, which is made with the same library. */
#pragma once

#include <sipvigil/dialect.h>

extern const struct sv_dialect repro_dialect;
extern const struct sv_dialect threecx_dialect;
