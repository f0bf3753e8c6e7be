/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every counter of the daemon, declared once: name, type, unit, one line of help, and
 * where its value stands in struct view. `sipvigil stats` and the manual are printed
 * from this table.
 */
#pragma once

#include <ctl/view.h>

enum metric_scope { METRIC_DAEMON, METRIC_SOURCE, METRIC_SYSLOG, METRIC_OUTPUT };
enum metric_type { METRIC_COUNTER, METRIC_GAUGE };
/** How the value is stored; METRIC_USEC is printed in seconds. */
enum metric_form { METRIC_U64, METRIC_SIZE, METRIC_USEC, METRIC_BOOL };

struct metric {
	const char *name; /* "sipvigil_source_records_total" */
	enum metric_scope scope;
	enum metric_type type;
	enum metric_form form;
	const char *unit; /* "lines", "bytes", "seconds", … */
	const char *help;
	size_t offset; /* in struct view, view_source, view_syslog … */
};

const struct metric *metrics_table(size_t *ret_n);
const char *metrics_type_name(enum metric_type type);
/** The value of a metric in the struct of its scope. */
double metrics_value(const struct metric *metric, const void *where);
