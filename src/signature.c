/* SPDX-License-Identifier: Apache-2.0 */
#include "signature.h"

#include "base/text.h"

/* Texts are written as JSON strings, so that no text can look like two. */
static void
add_text(struct buffer *buf, const char *text)
{
	if (text)
		buffer_add_json(buf, str_of(text));
	buffer_add_char(buf, ';');
}

static void
add_number(struct buffer *buf, uint64_t number)
{
	buffer_addf(buf, "%llu;", (unsigned long long)number);
}

static void
add_list(struct buffer *buf, const char *const *texts, size_t n)
{
	add_number(buf, n);
	for (size_t i = 0; i < n; i++)
		add_text(buf, texts[i]);
}

void
signature_file(struct buffer *buf, const struct conf_file *file)
{
	buffer_add_cstr(buf, "file;");
	add_text(buf, file->tail.title);
	add_list(buf, file->tail.paths, file->tail.n_paths);
	add_number(buf, file->tail.from);
	add_number(buf, file->tail.max_line_bytes);
	add_number(buf, file->tail.poll_usec);
	add_number(buf, file->tail.max_files);
	add_text(buf, file->dialect);
	add_text(buf, file->timezone);
	add_number(buf, file->silence);
}

void
signature_journal(struct buffer *buf, const struct conf_journal *journal)
{
	buffer_add_cstr(buf, "journal;");
	add_text(buf, journal->journal.title);
	add_list(buf, journal->journal.units, journal->journal.n_units);
	add_list(buf, journal->journal.identifiers, journal->journal.n_identifiers);
	add_text(buf, journal->journal.name_space);
	add_text(buf, journal->journal.directory);
	add_number(buf, journal->journal.from);
	add_text(buf, journal->dialect);
	add_number(buf, journal->silence);
}

void
signature_syslog(struct buffer *buf, const struct conf_syslog *syslog)
{
	const struct syslog_spec *spec = &syslog->syslog;

	buffer_add_cstr(buf, "syslog;");
	add_text(buf, spec->title);
	add_text(buf, spec->host);
	add_list(buf, spec->listen, spec->n_listen);
	add_list(buf, spec->allow, spec->n_allow);
	add_list(buf, spec->relays, spec->n_relays);
	add_list(buf, spec->users, spec->n_users);
	add_number(buf, spec->received);
	add_number(buf, spec->max_message_bytes);
	add_number(buf, spec->max_senders);
	add_number(buf, spec->max_connections);
	add_number(buf, spec->max_connections_per_sender);
	add_number(buf, spec->idle_usec);
	add_number(buf, spec->frame_usec);
	add_number(buf, spec->receive_buffer_bytes);
	add_number(buf, spec->socket_mode);
	add_text(buf, spec->tls.certificate);
	add_text(buf, spec->tls.key);
	add_text(buf, spec->tls.ca);
	add_list(buf, spec->tls.peers, spec->tls.n_peers);
	add_text(buf, syslog->dialect);
	add_text(buf, syslog->timezone);
	add_number(buf, syslog->silence);
}

static void
add_kafka(struct buffer *buf, const struct kafka_output_spec *spec)
{
	add_text(buf, spec->title);
	add_text(buf, spec->brokers);
	add_text(buf, spec->alerts_topic);
	add_text(buf, spec->state_topic);
	add_text(buf, spec->events_topic);
	add_text(buf, spec->heartbeat_topic);
	add_text(buf, spec->events_where);
	add_list(buf, spec->properties, spec->n_properties);
	add_number(buf, spec->structured);
	add_number(buf, spec->queue_max);
}

static void
add_nagios(struct buffer *buf, const struct nagios_output_spec *spec)
{
	add_text(buf, spec->title);
	add_text(buf, spec->command_file);
	add_text(buf, spec->host);
	add_number(buf, spec->heartbeat);
	add_list(buf, spec->services, spec->n_services);
}

void
signature_output(struct buffer *buf, const struct conf_output *output)
{
	add_number(buf, output->kind);
	switch (output->kind) {
	case CONF_STREAM:
		add_text(buf, output->spec.stream.title);
		add_text(buf, output->spec.stream.path);
		add_number(buf, output->spec.stream.what);
		add_text(buf, output->spec.stream.where);
		add_number(buf, output->spec.stream.fsync);
		break;
	case CONF_JOURNAL:
		add_text(buf, output->spec.journal.title);
		break;
	case CONF_KAFKA:
		add_kafka(buf, &output->spec.kafka);
		break;
	case CONF_NAGIOS:
		add_nagios(buf, &output->spec.nagios);
		break;
	case CONF_EXEC:
		add_text(buf, output->spec.exec.title);
		add_list(buf, output->spec.exec.command, output->spec.exec.n_command);
		add_number(buf, output->spec.exec.timeout);
		add_number(buf, output->spec.exec.give_up);
		break;
	}
}

static void
add_rule(struct buffer *buf, const struct rule_spec *rule)
{
	add_text(buf, rule->name);
	add_text(buf, rule->ruleset);
	add_text(buf, rule->where);
	add_list(buf, rule->by, rule->n_by);
	add_number(buf, rule->window);
	add_text(buf, rule->warning);
	add_text(buf, rule->critical);
	add_text(buf, rule->clear);
	add_number(buf, rule->for_usec);
	add_number(buf, rule->clear_for);
	add_number(buf, rule->cooldown);
	add_number(buf, rule->repeat);
	add_list(buf, rule->except, rule->n_except);
	add_text(buf, rule->service);
	add_text(buf, rule->summary);
	add_text(buf, rule->likely);
	add_text(buf, rule->check);
	add_text(buf, rule->technique);
	add_text(buf, rule->timezone);
	add_number(buf, rule->mode);
	add_number(buf, rule->group_limit);
	add_list(buf, rule->inhibits, rule->n_inhibits);
}

static void
add_silence(struct buffer *buf, const struct silence_spec *silence)
{
	add_text(buf, silence->id);
	add_text(buf, silence->where);
	add_number(buf, silence->from);
	add_number(buf, silence->until);
	add_text(buf, silence->author);
	add_text(buf, silence->reason);
}

void
signature_rules(struct buffer *buf, const struct conf *conf)
{
	add_number(buf, conf->grace);
	add_number(buf, conf->max_keys);
	add_number(buf, conf->max_bytes);
	add_number(buf, conf->max_baselines);
	add_number(buf, conf->n_rules);
	for (size_t i = 0; i < conf->n_rules; i++)
		add_rule(buf, &conf->rules[i]);
	add_number(buf, conf->n_lists);
	for (size_t i = 0; i < conf->n_lists; i++) {
		add_text(buf, conf->lists[i].name);
		add_list(buf, conf->lists[i].cidr, conf->lists[i].n_cidr);
	}
	add_number(buf, conf->n_peers);
	for (size_t i = 0; i < conf->n_peers; i++) {
		add_text(buf, conf->peers[i].name);
		add_list(buf, conf->peers[i].addresses, conf->peers[i].n_addresses);
		add_list(buf, conf->peers[i].endpoints, conf->peers[i].n_endpoints);
		add_text(buf, conf->peers[i].role);
	}
	add_number(buf, conf->n_silences);
	for (size_t i = 0; i < conf->n_silences; i++)
		add_silence(buf, &conf->silences[i]);
}
