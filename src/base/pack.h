/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State as bytes: how rooms write what they hold into a checkpoint and read it back.
 *
 * A room has noun_save(const struct noun *, struct pack *) and noun_load(struct noun *,
 * struct unpack *). Saving changes nothing and allocates nothing (it runs in a child
 * process too), so that it may be done twice: pack_blob() does, to put a length in
 * front. Numbers are in the machine's own byte order: a checkpoint never leaves its
 * host, and its header tells another machine's apart.
 *
 * Loading trusts nothing: reading past the end is sticky, gives zeros and empty texts,
 * and unpack_ok() says so; whoever loads checks ranges itself.
 */
#pragma once

#include <sipvigil/base.h>

/** Bytes of a text or blob at most. */
#define PACK_MAX_BYTES ((size_t)1 << 31)

/** Where bytes go. Given `write`, they leave through the caller's `buf` in pieces;
 *  without `write` and `buf` they are only counted. */
struct pack {
	char *buf;
	size_t cap, len;
	int (*write)(void *user, const char *bytes, size_t n); /* 0 or negative errno */
	void *user;
	uint64_t total; /* bytes packed so far */
	int error;      /* first failure of write; sticky */
};

void pack_bytes(struct pack *pack, const void *bytes, size_t n);
void pack_u8(struct pack *pack, uint8_t v);
void pack_u16(struct pack *pack, uint16_t v);
void pack_u32(struct pack *pack, uint32_t v);
void pack_u64(struct pack *pack, uint64_t v);
/** Length (32 bits), then the bytes. */
void pack_str(struct pack *pack, struct sv_str text);
/** What `save` packs, with its length (64 bits) in front. */
void pack_blob(struct pack *pack, void (*save)(void *user, struct pack *pack),
	       void *user);
/** Sends out what is still in `buf`. 0 or the first failure. */
int pack_finish(struct pack *pack);

/** Borrowed bytes that are being read. */
struct unpack {
	const char *ptr;
	size_t len;
	bool bad; /* read past the end */
};

static inline struct unpack
unpack_of(struct sv_str bytes)
{
	return (struct unpack){ .ptr = bytes.ptr, .len = bytes.len };
}
/** A view of the next `n` bytes, NULL if there are not so many. */
const void *unpack_bytes(struct unpack *in, size_t n);
uint8_t unpack_u8(struct unpack *in);
uint16_t unpack_u16(struct unpack *in);
uint32_t unpack_u32(struct unpack *in);
uint64_t unpack_u64(struct unpack *in);
struct sv_str unpack_str(struct unpack *in);
struct sv_str unpack_blob(struct unpack *in);
static inline bool
unpack_ok(const struct unpack *in)
{
	return !in->bad;
}
/** Loaders that find an impossible value call this and return -EBADMSG. */
static inline void
unpack_spoil(struct unpack *in)
{
	in->bad = true;
	in->len = 0;
}
