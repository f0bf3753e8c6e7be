/* SPDX-License-Identifier: Apache-2.0 */
/* Cisco: voice gateways and CUBE of IOS and IOS XE, Unified Communications Manager. */
#pragma once

#include <sipvigil/dialect.h>

extern const struct sv_dialect cisco_dialect;
