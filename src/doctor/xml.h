/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elements of FreeSWITCH's XML, one after the other: name, attributes, line. No tree,
 * no entities, no text between elements; comments are passed over. Broken text ends an
 * element early and never the reading.
 */
#pragma once

#include "doctor/tree.h"

#define XML_ATTRIBUTES 8

struct xml {
	struct sv_str rest;
	unsigned line;
};

struct xml_element {
	struct sv_str name;
	bool closes; /* </name> */
	bool empty;  /* <name/> */
	unsigned line;
	size_t n;
	struct sv_str keys[XML_ATTRIBUTES], values[XML_ATTRIBUTES];
};

void xml_init(struct xml *xml, struct sv_str text);
bool xml_next(struct xml *xml, struct xml_element *ret_element);
/** Empty if it has none. */
struct sv_str xml_attribute(const struct xml_element *element, const char *key);
/** A <param name="…" value="…"/> of this name. */
bool xml_is_param(const struct xml_element *element, const char *name);
