/* SPDX-License-Identifier: Apache-2.0 */
/* Oracle (Acme Packet) session border controllers. */
#pragma once

#include <sipvigil/dialect.h>

extern const struct sv_dialect oracle_dialect;
