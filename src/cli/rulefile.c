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
