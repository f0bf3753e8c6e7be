/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/xml.h"

#include "base/text.h"

#include <ctype.h>

void
xml_init(struct xml *xml, struct sv_str text)
{
	*xml = (struct xml){ .rest = text, .line = 1 };
}

/** Over `n` bytes, and the lines in them. */
static void
advance(struct xml *xml, size_t n)
{
	xml->line += (unsigned)str_count(str_upto(xml->rest, n), SV_STR("\n"));
	xml->rest = str_from(xml->rest, n);
}

static bool
is_name(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_' || c == ':' ||
	       c == '.';
}

static size_t
name_len(struct sv_str s)
{
	size_t n = 0;

	while (n < s.len && is_name(s.ptr[n]))
		n++;
	return n;
}

/** key="value"; false: what follows is none. */
static bool
take_attribute(struct xml *xml, struct xml_element *element)
{
	size_t n = name_len(xml->rest), end;
	struct sv_str key = str_upto(xml->rest, n);

	if (n == 0 || xml->rest.len < n + 2 || xml->rest.ptr[n] != '=' ||
	    (xml->rest.ptr[n + 1] != '"' && xml->rest.ptr[n + 1] != '\''))
		return false;
	struct sv_str value = str_from(xml->rest, n + 2);
	end = str_find_char(value, xml->rest.ptr[n + 1]);
	if (end == STR_NONE)
		return false;
	if (element->n < XML_ATTRIBUTES) {
		element->keys[element->n] = key;
		element->values[element->n++] = str_upto(value, end);
	}
	advance(xml, n + 2 + end + 1);
	return true;
}

static void
take_element(struct xml *xml, struct xml_element *element)
{
	size_t n;

	advance(xml, 1);
	element->closes = xml->rest.len && xml->rest.ptr[0] == '/';
	if (element->closes)
		advance(xml, 1);
	n = name_len(xml->rest);
	element->name = str_upto(xml->rest, n);
	advance(xml, n);
	while (xml->rest.len && xml->rest.ptr[0] != '>' && xml->rest.ptr[0] != '<') {
		if (take_attribute(xml, element))
			continue;
		element->empty = xml->rest.ptr[0] == '/';
		advance(xml, 1);
	}
}

bool
xml_next(struct xml *xml, struct xml_element *ret_element)
{
	for (;;) {
		size_t at = str_find_char(xml->rest, '<');
		if (at == STR_NONE)
			return false;
		advance(xml, at);
		if (str_starts(xml->rest, SV_STR("<!--"))) {
			at = str_find(xml->rest, SV_STR("-->"));
			advance(xml, at == STR_NONE ? xml->rest.len : at + 3);
			continue;
		}
		*ret_element = (struct xml_element){ .line = xml->line };
		take_element(xml, ret_element);
		if (ret_element->name.len)
			return true;
	}
}

struct sv_str
xml_attribute(const struct xml_element *element, const char *key)
{
	for (size_t i = 0; i < element->n; i++)
		if (str_eq(element->keys[i], str_of(key)))
			return element->values[i];
	return (struct sv_str){ 0 };
}

bool
xml_is_param(const struct xml_element *element, const char *name)
{
	return str_eq(element->name, SV_STR("param")) &&
	       str_eq(xml_attribute(element, "name"), str_of(name));
}
