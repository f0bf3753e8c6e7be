/* SPDX-License-Identifier: Apache-2.0 */
/* Yate: its SIP messages, and the lines about its own registrations. */
#pragma once

#include <sipvigil/dialect.h>

extern const struct sv_dialect yate_dialect;
