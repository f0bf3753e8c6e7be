/* SPDX-License-Identifier: Apache-2.0 */
/* Sections of outputs: stream, journal_output, kafka, nagios, exec. */
#include "base/i18n.h"
#include "conf/build.h"

#include <unistd.h>

static const char *
text_or_null(const struct syntax_section *section, const char *name)
{
	const char *text = values_text(section, name);

	return text && text[0] ? text : NULL;
}

static struct spot
spot_of(const struct syntax_section *section, const char *name)
{
	const struct syntax_item *item = syntax_item(section, name);

	if (!item)
		return spot_title(section);
	return item->n_values ? spot_value(section, &item->values[0])
			      : spot_key(section, item);
}

/** An expression over events; NULL for none. */
static const char *
take_expression(struct build *build, const struct syntax_section *section,
		const char *name)
{
	const char *text = text_or_null(section, name);
	const struct syntax_item *item = syntax_item(section, name);
	struct expr_error error = { 0 };

	if (!text)
		return NULL;
	struct expr *expr = expr_new(str_of(text), &error);
	if (!expr)
		spot_error(build->diag,
			   spot_part(section, &item->values[0], error.pos, error.len),
			   error.hint[0] ? error.hint : NULL, "%s", error.message);
	expr_free(expr);
	return text;
}

static void
fill_stream(struct build *build, const struct syntax_section *section,
	    struct conf_output *output)
{
	bool events = values_number(section, "what") == OUTPUT_EVENTS;
	const char *path = values_text(section, "path");

	output->kind = CONF_STREAM;
	output->spec.stream = (struct stream_output_spec){
		.title = section->name,
		.path = path,
		.what = events ? OUTPUT_EVENTS : OUTPUT_ALERTS,
		.where = take_expression(build, section, "where"),
		.fsync = values_number(section, "fsync"),
	};
	if (output->spec.stream.where && !events)
		spot_error(build->diag, spot_of(section, "where"),
			   _("write what = \"events\" if events are meant"),
			   _("'where' chooses among events, and this writes alerts"));
	if (path && path[0] && path[0] != '/' && strcmp(path, "-") != 0)
		spot_error(build->diag, spot_of(section, "path"), NULL,
			   _("the path must begin with /, or be \"-\""));
}

static void
check_properties(struct build *build, const struct syntax_section *section)
{
	const struct syntax_item *item = syntax_item(section, "property");

	for (size_t i = 0; item && i < item->n_values; i++) {
		const char *text = item->values[i].text;
		const char *sign = strchr(text, '=');
		if (!sign || sign == text)
			spot_error(build->diag, spot_value(section, &item->values[i]),
				   _("as \"security.protocol=ssl\""),
				   _("'%.64s' is no property"), text);
	}
}

static void
fill_kafka(struct build *build, const struct syntax_section *section,
	   struct conf_output *output)
{
	output->kind = CONF_KAFKA;
	output->spec.kafka = (struct kafka_output_spec){
		.title = section->name,
		.brokers = values_text(section, "brokers"),
		.alerts_topic = values_text(section, "alerts_topic"),
		.state_topic = values_text(section, "state_topic"),
		.events_topic = values_text(section, "events_topic"),
		.heartbeat_topic = values_text(section, "heartbeat_topic"),
		.events_where = take_expression(build, section, "events_where"),
		.structured = values_number(section, "envelope"),
		.queue_max = values_number(section, "queue_max"),
	};
	output->spec.kafka.properties = values_list(build->arena, section, "property",
						    &output->spec.kafka.n_properties);
	check_properties(build, section);
	const struct kafka_output_spec *spec = &output->spec.kafka;
	if (!spec->alerts_topic[0] && !spec->state_topic[0] && !spec->events_topic[0] &&
	    !spec->heartbeat_topic[0])
		spot_error(build->diag, spot_title(section), NULL,
			   _("no topic is left: nothing would be sent"));
}

/** Each service once, of all rules. */
static const char *const *
services(struct build *build, size_t *ret_n)
{
	const struct conf *conf = build->conf;
	const char **names =
		arena_alloc(build->arena, (conf->n_rules + 1) * sizeof(*names));
	size_t n = 0;

	*ret_n = 0;
	for (size_t i = 0; names && i < conf->n_rules; i++) {
		size_t at = 0;
		while (at < n && strcmp(names[at], conf->rules[i].service) != 0)
			at++;
		if (at == n)
			names[n++] = conf->rules[i].service;
	}
	*ret_n = n;
	return names;
}

static void
fill_nagios(struct build *build, const struct syntax_section *section,
	    struct conf_output *output)
{
	const char *host = text_or_null(section, "host");

	output->kind = CONF_NAGIOS;
	output->spec.nagios = (struct nagios_output_spec){
		.title = section->name,
		.command_file = values_text(section, "command_file"),
		.host = host ? host : build->conf->host,
		.heartbeat = values_number(section, "heartbeat"),
	};
	output->spec.nagios.services = services(build, &output->spec.nagios.n_services);
	if (strpbrk(output->spec.nagios.host, ";\n"))
		spot_error(build->diag, spot_of(section, "host"), NULL,
			   _("the name of a host has no ';' and no line break"));
}

static void
fill_exec(struct build *build, const struct syntax_section *section,
	  struct conf_output *output)
{
	struct exec_output_spec *spec = &output->spec.exec;

	output->kind = CONF_EXEC;
	*spec = (struct exec_output_spec){
		.title = section->name,
		.timeout = values_number(section, "timeout"),
		.give_up = values_number(section, "give_up"),
	};
	spec->command = values_list(build->arena, section, "command", &spec->n_command);
	if (!spec->n_command || !spec->command[0][0])
		return;
	if (spec->command[0][0] != '/')
		spot_error(build->diag, spot_of(section, "command"), NULL,
			   _("the path of the program must begin with /"));
	else if (!build->options->no_inputs && access(spec->command[0], X_OK) < 0)
		spot_warning(build->diag, spot_of(section, "command"), NULL,
			     _("%.200s is no program that this user can run"),
			     spec->command[0]);
}

static bool
fill_journal(const struct syntax_section *section, struct conf_output *output)
{
	output->kind = CONF_JOURNAL;
	output->spec.journal = (struct journal_output_spec){ .title = section->name };
	return values_number(section, "enabled");
}

/** False: the section is no output, or is switched off. */
static bool
fill(struct build *build, const struct syntax_section *section,
     struct conf_output *output)
{
	switch (section->row->kind) {
	case SECTION_STREAM:
		fill_stream(build, section, output);
		return true;
	case SECTION_JOURNAL_OUTPUT:
		return fill_journal(section, output);
	case SECTION_KAFKA:
		fill_kafka(build, section, output);
		return true;
	case SECTION_NAGIOS:
		fill_nagios(build, section, output);
		return true;
	case SECTION_EXEC:
		fill_exec(build, section, output);
		return true;
	case SECTION_TOP:
	case SECTION_JOURNAL:
	case SECTION_FILE:
	case SECTION_SYSLOG:
	case SECTION_LIST:
	case SECTION_PEER:
	case SECTION_SET:
	case SECTION_RULE:
	case SECTION_SILENCE:
	case SECTION_TEST:
	case SECTION_DIALECT:
	case SECTION_TEMPLATE:
	case SECTION_SAMPLE:
	case SECTION_KINDS:
		break;
	}
	return false;
}

static void
add(struct build *build, const struct conf_output *output)
{
	struct conf *conf = build->conf;
	struct conf_output *grown = arena_grow(build->arena, conf->outputs,
					       conf->n_outputs, sizeof(*grown));

	if (!grown)
		return;
	conf->outputs = grown;
	conf->outputs[conf->n_outputs++] = *output;
}

void
outputs_build(struct build *build)
{
	const struct conf_output journal = { .kind = CONF_JOURNAL,
					     .spec.journal = { .title = "main" } };
	const struct syntax_section *section;
	bool pack, asked = false;

	for (size_t i = 0; (section = build_section(build, i, &pack)); i++) {
		struct conf_output output = { 0 };
		asked |= section->row->kind == SECTION_JOURNAL_OUTPUT;
		if (fill(build, section, &output))
			add(build, &output);
	}
	if (build->conf->n_outputs == 0 && !asked)
		add(build, &journal);
}
