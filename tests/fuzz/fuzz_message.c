/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as one SIP message: what is read of it lies within it. */
#include "fuzz.h"

#include "base/text.h"
#include "sip/message.h"

#include <assert.h>

static void
lies_within(struct sv_str part, struct sv_str all)
{
	if (part.len == 0)
		return;
	assert(part.ptr >= all.ptr && part.len <= all.len);
	assert((size_t)(part.ptr - all.ptr) <= all.len - part.len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_str text = { (const char *)data, size };
	struct message m;

	if (!message_read(text, &m)) {
		assert(!message_is_start(text));
		return 0;
	}
	assert(message_is_start(text));
	assert(m.is_request ? m.code == 0 : m.code >= 100 && m.code <= 699);
	assert(m.head_len <= size && message_end(&m, text) <= size);
	lies_within(m.start, text);
	lies_within(m.uri, text);
	lies_within(m.phrase, text);
	lies_within(m.branch, text);
	lies_within(m.body, text);
	for (int i = 0; i < MESSAGE_HEADERS; i++) {
		lies_within(m.header[i], text);
		lies_within(message_user(m.header[i]), text);
		(void)message_q850(m.header[i]);
	}
	return 0;
}
