/* SPDX-License-Identifier: Apache-2.0 */
/* Kamailio and OpenSIPS: what their modules and their operators' scripts log. */
#pragma once

#include <sipvigil/dialect.h>

extern const struct sv_dialect kamailio_dialect;
extern const struct sv_dialect opensips_dialect;
