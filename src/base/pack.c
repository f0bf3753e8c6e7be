/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pack.h"

#include <errno.h>
#include <string.h>

static void
send_out(struct pack *pack)
{
	int r;

	if (pack->len && pack->write && !pack->error) {
		r = pack->write(pack->user, pack->buf, pack->len);
		if (r < 0)
			pack->error = r;
	}
	pack->len = 0;
}

void
pack_bytes(struct pack *pack, const void *bytes, size_t n)
{
	const char *from = bytes;

	pack->total += n;
	if (!pack->buf)
		return;
	while (n && !pack->error) {
		size_t room = pack->cap - pack->len;
		size_t part = n < room ? n : room;

		memcpy(pack->buf + pack->len, from, part);
		pack->len += part;
		from += part;
		n -= part;
		if (pack->len < pack->cap)
			continue;
		if (!pack->write && n)
			pack->error = -ENOBUFS;
		else if (pack->write)
			send_out(pack);
	}
}

void
pack_u8(struct pack *pack, uint8_t v)
{
	pack_bytes(pack, &v, sizeof(v));
}

void
pack_u16(struct pack *pack, uint16_t v)
{
	pack_bytes(pack, &v, sizeof(v));
}

void
pack_u32(struct pack *pack, uint32_t v)
{
	pack_bytes(pack, &v, sizeof(v));
}

void
pack_u64(struct pack *pack, uint64_t v)
{
	pack_bytes(pack, &v, sizeof(v));
}

void
pack_str(struct pack *pack, struct sv_str text)
{
	if (text.len > PACK_MAX_BYTES) {
		text.len = 0;
		pack->error = -EFBIG;
	}
	pack_u32(pack, (uint32_t)text.len);
	pack_bytes(pack, text.ptr, text.len);
}

void
pack_blob(struct pack *pack, void (*save)(void *user, struct pack *pack), void *user)
{
	struct pack count = { 0 };
	uint64_t before = pack->total;

	if (!pack->buf) {
		/* Only counted: once is enough, so that blobs within blobs are not
		 * counted over and over. */
		pack->total += sizeof(uint64_t);
		save(user, pack);
		if (pack->total - before > PACK_MAX_BYTES && !pack->error)
			pack->error = -EFBIG;
		return;
	}
	save(user, &count);
	/* What could not be read again is not written. */
	if (count.total > PACK_MAX_BYTES && !pack->error)
		pack->error = -EFBIG;
	pack_u64(pack, count.total);
	save(user, pack);
}

int
pack_finish(struct pack *pack)
{
	if (pack->write)
		send_out(pack);
	return pack->error;
}

const void *
unpack_bytes(struct unpack *in, size_t n)
{
	const char *at = in->ptr;

	if (n > in->len) {
		unpack_spoil(in);
		return NULL;
	}
	if (n) /* there may be nothing at all to point to */
		in->ptr += n;
	in->len -= n;
	return at;
}

/* Zeros where there is nothing. */
static void
take(struct unpack *in, void *to, size_t n)
{
	const void *from = unpack_bytes(in, n);

	if (from)
		memcpy(to, from, n);
	else
		memset(to, 0, n);
}

uint8_t
unpack_u8(struct unpack *in)
{
	uint8_t v;

	take(in, &v, sizeof(v));
	return v;
}

uint16_t
unpack_u16(struct unpack *in)
{
	uint16_t v;

	take(in, &v, sizeof(v));
	return v;
}

uint32_t
unpack_u32(struct unpack *in)
{
	uint32_t v;

	take(in, &v, sizeof(v));
	return v;
}

uint64_t
unpack_u64(struct unpack *in)
{
	uint64_t v;

	take(in, &v, sizeof(v));
	return v;
}

static struct sv_str
take_view(struct unpack *in, uint64_t n)
{
	const char *at;

	if (n > PACK_MAX_BYTES)
		unpack_spoil(in);
	at = in->bad ? NULL : unpack_bytes(in, (size_t)n);
	return at ? (struct sv_str){ at, (size_t)n } : (struct sv_str){ NULL, 0 };
}

struct sv_str
unpack_str(struct unpack *in)
{
	return take_view(in, unpack_u32(in));
}

struct sv_str
unpack_blob(struct unpack *in)
{
	return take_view(in, unpack_u64(in));
}
