/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The yardstick of journal replay: go through the journal files named and take the text
 * of each message, nothing else. Prints entries and bytes.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-journal.h>

int
main(int argc, const char **argv)
{
	sd_journal *journal = NULL;
	uint64_t entries = 0, bytes = 0;

	if (argc < 2) {
		fprintf(stderr, "usage: journal_loop FILE.journal…\n");
		return 2;
	}
	int r = sd_journal_open_files(&journal, argv + 1, 0);
	while (r >= 0 && (r = sd_journal_next(journal)) > 0) {
		const void *data;
		size_t len;

		if (sd_journal_get_data(journal, "MESSAGE", &data, &len) < 0)
			continue;
		entries++;
		bytes += len;
	}
	sd_journal_close(journal);
	if (r < 0) {
		fprintf(stderr, "journal_loop: %s\n", strerror(-r));
		return 1;
	}
	printf("%" PRIu64 " entries, %" PRIu64 " bytes\n", entries, bytes);
	return 0;
}
