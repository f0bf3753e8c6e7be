/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a file or of standard input, unpacked where their beginning says that
 * they are packed (gzip, xz, zstd, bzip2, lz4, compress). For finished files.
 */
#pragma once

#include <sipvigil/base.h>
#include <sys/types.h>

struct bytes;

/** Do these first bytes of a file say that it is packed? */
bool bytes_are_packed(struct sv_str head);

/** `path`: "-" is standard input. 0 or negative errno (-EISDIR for a folder). */
int bytes_open(const char *path, struct bytes **ret_bytes);
void bytes_close(struct bytes *bytes);
/** Bytes put into `buffer`, 0 at the end, negative errno; -EBADMSG: packed, but damaged
 *  or cut off. */
ssize_t bytes_read(struct bytes *bytes, void *buffer, size_t n);

/** The first bytes as they are on disk: for telling what this is. */
struct sv_str bytes_head(const struct bytes *bytes);
sv_usec bytes_modified(const struct bytes *bytes);
uint64_t bytes_total(const struct bytes *bytes); /* on disk, 0 if unknown */
uint64_t bytes_taken(const struct bytes *bytes); /* on disk, so far */
