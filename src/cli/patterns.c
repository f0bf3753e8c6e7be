/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/patterns.h"

#include "base/i18n.h"
#include "cli/terminal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct registry *
patterns_of(const struct conf *conf)
{
	struct registry *registry = NULL;
	int r = registry_new(conf->patterns, conf->n_patterns, &registry);

	if (r < 0)
		fprintf(stderr, "sipvigil: %s\n", strerror(-r));
	return registry;
}

bool
patterns_load(const char *path, struct registry **ret_registry)
{
	struct conf_options options = { .path = path,
					.no_inputs = true,
					.partial = !path,
					.dialects = registry_dialects(NULL) };
	struct terminal errors;
	struct buffer text;
	struct diag diag;

	*ret_registry = NULL;
	diag_init(&diag);
	buffer_init(&text);
	struct conf *conf = conf_load(&options, &diag);
	if (path && diag.errors) {
		terminal_init(&errors, STDERR_FILENO);
		diag_print(&diag, &text, errors.color);
		fwrite(text.ptr ? text.ptr : "", 1, text.len, stderr);
	} else if (diag.errors) {
		fprintf(stderr, _("sipvigil: the configuration has mistakes: sipvigil "
				  "check\n"));
	}
	buffer_done(&text);
	diag_done(&diag);
	if (conf)
		*ret_registry = patterns_of(conf);
	bool good = !path || *ret_registry;
	conf_free(conf);
	return good;
}

void
patterns_tell(const struct registry *registry)
{
	const struct sv_dialect *const *rows = registry_dialects(registry);
	struct pattern_counts counts;

	for (; *rows; rows++) {
		struct pattern *pattern = registry_pattern(*rows);
		const char *name = pattern ? pattern_limit_told(pattern) : NULL;
		if (!name)
			continue;
		pattern_counts_get(pattern, &counts);
		fprintf(stderr,
			/* TRANSLATORS: dialect, template, number of lines */
			ngettext("sipvigil: dialect %s, template %s: %llu line took "
				 "more steps than the limit and does not count\n",
				 "sipvigil: dialect %s, template %s: %llu lines took "
				 "more steps than the limit and do not count\n",
				 counts.limits),
			(*rows)->name, name, (unsigned long long)counts.limits);
	}
}
