/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Offline reading: one source after the other, pulled record by record. Plain files are
 * read in large blocks; gzip, xz, zstd, bzip2, lz4 and compress are known by content
 * (libarchive); "-" is standard input; journals by sd-journal, also where a .journal
 * file is named as a plain one; what journalctl, Docker and Kubernetes wrote is known by
 * content, too, and unwrapped (wrap.h).
 *
 * The view of a record stays valid until the next reader_next() on the same reader;
 * after the end (0) the last record's view is still valid.
 */
#pragma once

#include <sipvigil/record.h>

struct reader;

struct reader_spec {
	const char *path; /* file, "-" , or NULL with journal set */
	bool journal; /* path: NULL = this host's, else a directory or .journal file */
	sv_usec since, until;  /* journal: seek; others: not used (0 = no bound) */
	size_t max_line_bytes; /* default SV_RECORD_MAX_BYTES */
};

struct reader_info {
	const char *name;     /* "file:messages", "journal", "stdin" */
	sv_usec modified;     /* reference for stamps */
	uint64_t bytes_total; /* on disk, 0 if unknown: for progress */
	uint64_t bytes_read;  /* on disk so far */
	uint64_t cut;         /* lines longer than the cap */
	uint64_t damaged;     /* lines that do not fit the others of a wrapped log */
	bool binary; /* its beginning has too many control bytes for a log; known
			after the first reader_next() */
};

/** 0 or negative errno: -EISDIR for a folder (unless `journal`), -EBADMSG for a packed
 *  file that is none. */
int reader_open(const struct reader_spec *spec, struct reader **ret_reader);
/** 1 and *ret_record, 0 at the end, negative errno after the last record that could be
 *  read (-EBADMSG: packed data or journal damaged or cut off). */
int reader_next(struct reader *reader, struct sv_record *ret_record);
/** Cursor of the journal entry that reader_next() gave last, valid until the next call
 *  of either; costs as much as a quarter of the entry. -ENOENT for files. */
int reader_cursor_get(struct reader *reader, const char **ret_cursor);
void reader_info_get(const struct reader *reader, struct reader_info *ret_info);
void reader_close(struct reader *reader);

/**
 * Order the names of rotated series by the time of their first stamps, not by name
 * (full, full.1, full.2.gz; sequential rotation has .0 oldest, rotate has .0 newest; a
 * file without stamps goes by its modification time):
 * `groups[i]` gets the number of the series that paths[i] belongs to, and paths are
 * sorted so that a series stands together, oldest first. 0 or negative errno.
 */
int reader_order(const char **paths, size_t n_paths, uint32_t *ret_groups);
