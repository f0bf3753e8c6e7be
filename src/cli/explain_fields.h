/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of an event in words for sipvigil explain, one row each with who wrote it;
 * what an event does not have gives no row. */
#pragma once

#include "base/buffer.h"
#include "dialect/pattern.h"

#include <sipvigil/event.h>

void explain_fields_when(struct buffer *buf, const struct sv_event *raw);
void explain_fields_what(struct buffer *buf, const struct sv_event *raw);
void explain_fields_who(struct buffer *buf, const struct sv_event *raw);
void explain_fields_claims(struct buffer *buf, const struct sv_claims *claim);
void explain_fields_cause(struct buffer *buf, const struct sv_event *raw);
/** What each group of a pattern took. */
void explain_fields_groups(struct buffer *buf, struct pattern *pattern,
			   struct sv_str text);
/** " (/etc/sipvigil/conf.d/acme.conf:12)": where the template of a pattern stands;
 *  nothing if `pattern` is NULL. */
void explain_fields_origin(struct buffer *buf, const struct pattern *pattern,
			   uint32_t template_id);
