/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/rulefile.h"

#include "cli/terminal.h"

#include <stdio.h>
#include <unistd.h>

struct conf *
rulefile_load(const struct conf_options *options)
{
	struct terminal errors;
	struct buffer text;
	struct diag diag;

	diag_init(&diag);
	buffer_init(&text);
	struct conf *conf = conf_load(options, &diag);
	terminal_init(&errors, STDERR_FILENO);
	diag_print(&diag, &text, errors.color);
	if (text.len)
		fwrite(text.ptr, 1, text.len, stderr);
	buffer_done(&text);
	diag_done(&diag);
	return conf;
}

struct engine_spec
rulefile_engine(const struct conf *conf)
{
	return (struct engine_spec){
		.rules = conf->rules,
		.n_rules = conf->n_rules,
		.lists = conf->lists,
		.n_lists = conf->n_lists,
		.grace = conf->grace,
		.max_keys = conf->max_keys,
		.max_bytes = conf->max_bytes,
		.max_baselines = conf->max_baselines,
	};
}
