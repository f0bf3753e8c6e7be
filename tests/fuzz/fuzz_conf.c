/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes are a configuration file that is read without harm: each mistake has a
 * place inside the file, and what our reader finds sound libconfuse can read.
 */
#include "fuzz.h"

#include "conf/spot.h"
#include "conf/values.h"

#include <assert.h>
#include <string.h>

static void
check_entry(const struct diag_entry *entry)
{
	assert(entry->message && entry->message[0]);
	assert(strcmp(entry->message, "libconfuse cannot read this file") != 0);
	assert(entry->line > 0 && entry->column > 0 && entry->width > 0);
	assert(entry->source && entry->column <= strlen(entry->source) + 1);
}

static void
check_section(const struct syntax_section *section)
{
	assert(section->row && section->name);
	for (size_t i = 0; i < section->n_items; i++)
		for (size_t j = 0; j < section->items[i].n_values; j++)
			assert(section->items[i].values[j].text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_str text = { (const char *)data, size };
	struct syntax_file *file = NULL;
	struct arena arena;
	struct diag diag;
	struct buffer out;

	arena_init(&arena);
	diag_init(&diag);
	buffer_init(&out);
	int r = syntax_read(&arena, "fuzz.conf", text, &diag, &file);
	if (r == 0)
		r = values_read(&arena, file, &diag);
	for (size_t i = 0; i < diag.n; i++)
		check_entry(&diag.entries[i]);
	for (size_t i = 0; r == 0 && i < file->n_sections; i++)
		check_section(&file->sections[i]);
	diag_print(&diag, &out, false);
	buffer_done(&out);
	diag_done(&diag);
	arena_done(&arena);
	return 0;
}
