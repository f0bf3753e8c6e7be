/* SPDX-License-Identifier: Apache-2.0 */
/* What the doctor finds on sipvigil itself: does the daemon run, what does it say of its
 * sources, outputs and state. */
#pragma once

#include "conf/conf.h"
#include "doctor/doctor.h"

/** `conf` may be NULL; `socket` NULL = the configured one, else the usual one. */
void doctor_own_look(struct doctor *doctor, const struct conf *conf,
		     const char *socket);
