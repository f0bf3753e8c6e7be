/* SPDX-License-Identifier: Apache-2.0 */
/* Rendering of hostile text: JSON strings stay JSON, clean text has no control bytes;
 * and what address_parse takes, it takes again after printing. */
#include "fuzz.h"

#include "base/address.h"
#include "base/buffer.h"
#include "base/text.h"

#include <assert.h>

static void
check_rendered(struct sv_str text)
{
	struct buffer buf;

	buffer_init(&buf);
	buffer_add_json(&buf, text);
	assert(!buffer_failed(&buf));
	struct sv_str out = buffer_str(&buf);
	assert(out.len >= 2 && out.ptr[0] == '"' && out.ptr[out.len - 1] == '"');
	for (size_t i = 0; i < out.len; i++)
		assert((unsigned char)out.ptr[i] >= 0x20);
	buffer_clear(&buf);
	buffer_add_clean(&buf, text, 64);
	out = buffer_str(&buf);
	for (size_t i = 0; i < out.len; i++)
		assert((unsigned char)out.ptr[i] >= 0x20 && out.ptr[i] != 0x7f);
	buffer_done(&buf);
}

static void
check_address(struct sv_str text)
{
	struct sv_ip ip, again;
	uint16_t port = 0;
	char printed[ADDRESS_TEXT_BYTES];

	if (!address_parse_port(text, &ip, &port))
		return;
	size_t len = address_print(&ip, printed);
	assert(len > 0 && len < sizeof(printed));
	assert(address_parse(str_make(printed, len), &again));
	assert(address_equal(&ip, &again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_str text = str_make((const char *)data, size);
	struct prefix prefix;
	uint64_t number;

	check_rendered(text);
	check_address(text);
	if (prefix_parse(text, &prefix))
		assert(prefix_contains(&prefix, &prefix.ip));
	assert(str_take_u64(text, &number) <= size);
	assert(str_take_hex(text, &number) <= size);
	return 0;
}
