/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kamailio.cfg and opensips.cfg as far as the doctor needs them: modules that are
 * loaded, their parameters, settings of the core, calls of functions. Comments, strings,
 * #!define and #!ifdef, include_file and import_file are understood; routes are a flat
 * list of calls, and what a variable holds is not known.
 */
#pragma once

#include "doctor/tree.h"

#define KAMCFG_ITEMS 16384
#define KAMCFG_DEFINES 512
/** #!ifdef inside of each other. */
#define KAMCFG_NESTED 32

enum kamcfg_kind { KAMCFG_MODULE, KAMCFG_PARAM, KAMCFG_SET, KAMCFG_CALL };

struct kamcfg_item {
	enum kamcfg_kind kind;
	struct sv_str module; /* "acc" of a module or a parameter */
	struct sv_str name;   /* parameter, setting, function */
	struct sv_str value;  /* as written, with quotes; of a call all arguments */
	const char *file;
	unsigned line;
};

struct kamcfg_define {
	struct sv_str name, value;
};

struct kamcfg {
	struct doctor *doctor;
	struct kamcfg_item *items;
	size_t n_items;
	struct kamcfg_define defines[KAMCFG_DEFINES];
	size_t n_defines;
	unsigned depth;
	bool more; /* something could not be read */
};

/** False: the file is not there. Always followed by kamcfg_done(). */
bool kamcfg_read(struct doctor *doctor, const char *path, struct kamcfg *ret_cfg);
void kamcfg_done(struct kamcfg *cfg);
const struct kamcfg_item *kamcfg_module(const struct kamcfg *cfg, const char *name);
/** The last one of this name. */
const struct kamcfg_item *kamcfg_param(const struct kamcfg *cfg, const char *module,
				       const char *name);
const struct kamcfg_item *kamcfg_set(const struct kamcfg *cfg, const char *name);
/** A value without quotes, a defined name as what it stands for. */
struct sv_str kamcfg_value(const struct kamcfg *cfg, struct sv_str value);
/** A whole number, `otherwise` if it is none. */
int64_t kamcfg_number(const struct kamcfg *cfg, const struct kamcfg_item *item,
		      int64_t otherwise);
