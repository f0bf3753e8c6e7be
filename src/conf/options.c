/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/options.h"

#include "base/i18n.h"

#include <assert.h>

#define MSEC SV_USEC_PER_MSEC
#define SEC SV_USEC_PER_SEC
#define MINUTE (60 * SEC)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define KIB ((uint64_t)1024)
#define MIB (1024 * KIB)

#define TABLE(array) (array), sizeof(array) / sizeof((array)[0])

static const char *const from_words[] = { "end", "beginning", NULL };
static const char *const what_words[] = { "alerts", "events", NULL };
static const char *const envelope_words[] = { "binary", "structured", NULL };
static const char *const time_words[] = { "stamp", "received", NULL };
static const char *const evidence_words[] = { "documents", "recordings", NULL };
static const char *const leg_words[] = { "in", "out", NULL };
static const char *const attribution_words[] = { "judged", "certain", "forgeable",
						 NULL };
static const char *const mode_words[] = { "page", "ticket", "observe", "off", NULL };

static const struct option_row top_options[] = {
	{ "state_dir", OPTION_PATH, 0, 0, 0, NULL, "/var/lib/sipvigil",
	  N_("folder of what the daemon remembers over a restart") },
	{ "checkpoint_interval", OPTION_DURATION, 0, 0, HOUR, NULL, "5s",
	  N_("how often positions, counts and alerts are saved; 0s: only at stop") },
	{ "history_max_age", OPTION_DURATION, 0, HOUR, 3660 * DAY, NULL, "90d",
	  N_("how long alerts stay in alerts.db, delivered or not") },
	{ "history_max_size", OPTION_SIZE, 0, MIB, 1024 * 1024 * MIB, NULL, "256M",
	  N_("largest size of alerts.db; then the oldest alerts go") },
	{ "control", OPTION_PATH, 0, 0, 0, NULL, "/run/sipvigil/control",
	  N_("socket by which sipvigil and check_sipvigil ask the daemon") },
	{ "rules_dir", OPTION_PATH, OPTION_LIST, 0, 0, NULL, PKGDATADIR "/rules.d",
	  N_("folders whose *.conf files hold the default rules; {} for none") },
	{ "patterns_dir", OPTION_PATH, OPTION_LIST, 0, 0, NULL,
	  PKGDATADIR "/patterns.d",
	  N_("folders whose *.conf files hold dialects made of patterns; {} for "
	     "none") },
	{ "grace", OPTION_DURATION, 0, 0, 10 * MINUTE, NULL, "30s",
	  N_("how late an event may come and still count where it belongs") },
	{ "gap_interval", OPTION_DURATION, 0, SEC, HOUR, NULL, "60s",
	  N_("how often it is told again that a source is silent, unreadable or not "
	     "understood while it lasts: what the rules of the log count") },
	{ "max_keys", OPTION_NUMBER, 0, 100, 100000000, NULL, "1000000",
	  N_("most keys (addresses, peers …) counted at once over all rules; then the "
	     "stalest is given up, which is counted") },
	{ "max_memory", OPTION_SIZE, 0, MIB, 1024 * 1024 * MIB, NULL, "64M",
	  N_("most memory of keys and windows") },
	{ "group_limit", OPTION_NUMBER, 0, 0, 1000000, NULL, "100",
	  N_("group_limit of rules that have none of their own") },
	{ "max_baselines", OPTION_NUMBER, 0, 16, 1000000, NULL, "4096",
	  N_("most keys whose usual counts are remembered over all rules with a "
	     "baseline, in a quarter of max_memory at most; then those seen in few "
	     "hours are given up, which is counted") },
	{ "instance", OPTION_TEXT, OPTION_REQUIRED, 0, 0, NULL, "main",
	  N_("name of this daemon in what it sends, for hosts that run several") },
	{ "host", OPTION_TEXT, 0, 0, 0, NULL, NULL,
	  N_("name of this host in what it sends; without it the host's own name") },
};

static const struct option_row journal_options[] = {
	{ "units", OPTION_TEXT, OPTION_LIST, 0, 0, NULL, NULL,
	  N_("systemd units whose entries are read; without units and identifiers all "
	     "entries are") },
	{ "identifiers", OPTION_TEXT, OPTION_LIST, 0, 0, NULL, NULL,
	  N_("syslog identifiers whose entries are read") },
	{ "namespace", OPTION_TEXT, 0, 0, 0, NULL, "",
	  N_("journal namespace; \"\" is the default one, \"*\" all of them") },
	{ "directory", OPTION_PATH, 0, 0, 0, NULL, "",
	  N_("folder with journal files instead of this host's journal") },
	{ "dialect", OPTION_TEXT, 0, 0, 0, NULL, NULL,
	  N_("the PBX that writes it; without it found from identifier and content") },
	{ "from", OPTION_WORD, 0, 0, 0, from_words, "end",
	  N_("where to begin when no position is saved") },
	{ "silence", OPTION_TEXT, 0, 0, 0, NULL, "habit",
	  N_("how long nothing may come: a duration; \"habit\": a hundred lines fewer "
	     "than came at this hour last week, and at least 10 minutes; \"off\": for "
	     "ever") },
};

static const struct option_row file_options[] = {
	{ "path", OPTION_PATH, OPTION_LIST | OPTION_REQUIRED, 0, 0, NULL, NULL,
	  N_("log files, with * ? and [ ] for many; files that appear later are taken "
	     "in") },
	{ "dialect", OPTION_TEXT, 0, 0, 0, NULL, NULL,
	  N_("the PBX that writes it; without it found from the content") },
	{ "timezone", OPTION_TEXT, 0, 0, 0, NULL, NULL,
	  N_("zone of stamps that name none, as \"Europe/Berlin\"; without it this "
	     "host's zone") },
	{ "from", OPTION_WORD, 0, 0, 0, from_words, "end",
	  N_("where to begin when no position is saved") },
	{ "silence", OPTION_TEXT, 0, 0, 0, NULL, "habit",
	  N_("how long nothing may come: a duration; \"habit\": a hundred lines fewer "
	     "than came at this hour last week, and at least 10 minutes; \"off\": for "
	     "ever") },
	{ "max_line", OPTION_SIZE, 0, KIB, 256 * KIB, NULL, "256K",
	  N_("longest line; the rest of a longer one is dropped and counted") },
	{ "poll", OPTION_DURATION, 0, 100 * MSEC, HOUR, NULL, "1s",
	  N_("how often to look where the kernel does not tell of changes (network "
	     "file systems)") },
	{ "max_files", OPTION_NUMBER, 0, 1, 65536, NULL, "256",
	  N_("most files followed at once") },
};

static const struct option_row syslog_options[] = {
	{ "listen", OPTION_TEXT, OPTION_LIST | OPTION_REQUIRED, 0, 0, NULL, NULL,
	  N_("where messages come in: \"udp:[::]:5514\", \"tcp:192.0.2.1:5514\", "
	     "\"tls:[::]:6514\", \"unix:/run/sipvigil/log\"; \"systemd:NAME\" and "
	     "\"systemd-tls:NAME\" for sockets that systemd hands over under that "
	     "name") },
	{ "allow", OPTION_TEXT, OPTION_LIST | OPTION_FULL, 0, 0, NULL, NULL,
	  N_("addresses and networks that may send; without it all may; what others "
	     "send is dropped unread and counted") },
	{ "relays", OPTION_TEXT, OPTION_LIST | OPTION_FULL, 0, 0, NULL, NULL,
	  N_("addresses and networks of syslog servers that send on what others wrote: "
	     "the host of their messages is the one that the message names") },
	{ "users", OPTION_TEXT, OPTION_LIST | OPTION_FULL, 0, 0, NULL, NULL,
	  N_("local users, by name or number, who may send to the unix sockets; "
	     "without "
	     "it all may") },
	{ "dialect", OPTION_TEXT, 0, 0, 0, NULL, NULL,
	  N_("the PBX that writes it; without it found from identifier and content") },
	{ "timezone", OPTION_TEXT, 0, 0, 0, NULL, NULL,
	  N_("zone of stamps that name none, as \"Europe/Berlin\"; without it this "
	     "host's zone") },
	{ "time", OPTION_WORD, 0, 0, 0, time_words, "stamp",
	  N_("when a message happened: as its stamp says, or when it was received") },
	{ "silence", OPTION_TEXT, 0, 0, 0, NULL, "habit",
	  N_("how long nothing may come: a duration; \"habit\": a hundred lines fewer "
	     "than came at this hour last week, and at least 10 minutes; \"off\": for "
	     "ever") },
	{ "max_message", OPTION_SIZE, 0, KIB, 256 * KIB, NULL, "64K",
	  N_("longest message; the rest of a longer one is dropped and counted") },
	{ "max_senders", OPTION_NUMBER, 0, 1, 65536, NULL, "500",
	  N_("most senders told apart at once; then the one that is quiet for longest "
	     "is forgotten, which is counted") },
	{ "max_connections", OPTION_NUMBER, 0, 1, 65536, NULL, "256",
	  N_("most connections at once; more are refused and counted") },
	{ "max_connections_per_sender", OPTION_NUMBER, 0, 1, 65536, NULL, "16",
	  N_("most connections of one address") },
	{ "idle_timeout", OPTION_DURATION, 0, SEC, 366 * DAY, NULL, "1d",
	  N_("a connection on which nothing comes for so long is closed") },
	{ "frame_timeout", OPTION_DURATION, 0, SEC, HOUR, NULL, "10s",
	  N_("how long a message, or the handshake of TLS, may be under way") },
	{ "receive_buffer", OPTION_SIZE, 0, 64 * KIB, 1024 * MIB, NULL, "16M",
	  N_("what the kernel keeps for each socket of datagrams until it is read") },
	{ "socket_mode", OPTION_TEXT, 0, 0, 0, NULL, "0666",
	  N_("who may write to the unix sockets, as chmod says it") },
	{ "tls_certificate", OPTION_PATH, OPTION_FULL, 0, 0, NULL, NULL,
	  N_("file with the certificate of this host and what stands between it and "
	     "its authority (PEM)") },
	{ "tls_key", OPTION_PATH, OPTION_FULL, 0, 0, NULL, NULL,
	  N_("file with its private key (PEM)") },
	{ "tls_ca", OPTION_PATH, OPTION_FULL, 0, 0, NULL, NULL,
	  N_("file with the authorities of senders (PEM): with it each must show a "
	     "certificate of one of them") },
	{ "tls_peers", OPTION_TEXT, OPTION_LIST | OPTION_FULL, 0, 0, NULL, NULL,
	  N_("names of which the sender's certificate must bear one, as "
	     "\"sbc1.example.net\" or \"*.example.net\"; without it any name") },
};

static const struct option_row stream_options[] = {
	{ "path", OPTION_PATH, OPTION_REQUIRED, 0, 0, NULL, NULL,
	  N_("file that gets a line of JSON each; \"-\" is standard output") },
	{ "what", OPTION_WORD, 0, 0, 0, what_words, "alerts",
	  N_("what is written: alerts, or the settled events themselves") },
	{ "where", OPTION_EXPRESSION, 0, 0, 0, NULL, NULL,
	  N_("with what = \"events\": which of them; without it all") },
	{ "fsync", OPTION_SWITCH, 0, 0, 0, NULL, "false",
	  N_("wait for the disk after every line") },
};

static const struct option_row journal_output_options[] = {
	{ "enabled", OPTION_SWITCH, 0, 0, 0, NULL, "true",
	  N_("write alerts to the journal, with fields to search by") },
};

static const struct option_row kafka_options[] = {
	{ "brokers", OPTION_TEXT, OPTION_REQUIRED, 0, 0, NULL, NULL,
	  N_("host:port of one broker or several, with commas between them") },
	{ "alerts_topic", OPTION_TEXT, 0, 0, 0, NULL, "sipvigil.alerts.v1",
	  N_("topic of alerts; \"\" for none") },
	{ "state_topic", OPTION_TEXT, 0, 0, 0, NULL, "",
	  N_("compacted topic with the present state of every alert; \"\" for none") },
	{ "events_topic", OPTION_TEXT, 0, 0, 0, NULL, "",
	  N_("topic of the settled events; \"\" for none") },
	{ "heartbeat_topic", OPTION_TEXT, 0, 0, 0, NULL, "",
	  N_("topic that hears every minute that this daemon lives; \"\" for none") },
	{ "events_where", OPTION_EXPRESSION, 0, 0, 0, NULL, NULL,
	  N_("which events; without it all") },
	{ "property", OPTION_TEXT, OPTION_LIST, 0, 0, NULL, NULL,
	  N_("properties of librdkafka, as \"security.protocol=ssl\"") },
	{ "envelope", OPTION_WORD, 0, 0, 0, envelope_words, "binary",
	  N_("CloudEvents mode: attributes in headers, or around the value") },
	{ "queue_max", OPTION_NUMBER, 0, 1, 10000000, NULL, "10000",
	  N_("events kept while no broker answers; then the oldest is dropped, which "
	     "is counted; alerts are kept in alerts.db") },
};

static const struct option_row nagios_options[] = {
	{ "command_file", OPTION_PATH, OPTION_REQUIRED, 0, 0, NULL, NULL,
	  N_("the external command file of Nagios, Naemon or Icinga") },
	{ "host", OPTION_TEXT, 0, 0, 0, NULL, NULL,
	  N_("this host's name in Nagios; without it its own name") },
	{ "heartbeat", OPTION_DURATION, 0, SEC, HOUR, NULL, "60s",
	  N_("how often each service gets a result when nothing changes") },
};

static const struct option_row exec_options[] = {
	{ "command", OPTION_TEXT, OPTION_LIST | OPTION_REQUIRED, 0, 0, NULL, NULL,
	  N_("program and its arguments, run without a shell for every alert") },
	{ "timeout", OPTION_DURATION, 0, 100 * MSEC, HOUR, NULL, "10s",
	  N_("how long it may run before it is ended") },
	{ "give_up", OPTION_DURATION, 0, SEC, 30 * DAY, NULL, "10m",
	  N_("how long an alert is tried that it refuses (another exit status than 0 "
	     "and 75)") },
};

static const struct option_row list_options[] = {
	{ "cidr", OPTION_TEXT, OPTION_LIST, 0, 0, NULL, NULL,
	  N_("addresses and networks, as \"192.0.2.0/24\" or \"2001:db8::/32\"") },
	{ "file", OPTION_PATH, OPTION_LIST, 0, 0, NULL, NULL,
	  N_("files with one address or network a line, # for comments; * ? and [ ] "
	     "for many; what is written to them is taken within 10 s") },
};

static const struct option_row peer_options[] = {
	{ "address", OPTION_TEXT, OPTION_LIST, 0, 0, NULL, NULL,
	  N_("addresses and networks of this peer") },
	{ "endpoint", OPTION_TEXT, OPTION_LIST, 0, 0, NULL, NULL,
	  N_("names of this peer in the PBX") },
	{ "role", OPTION_TEXT, 0, 0, 0, NULL, NULL,
	  N_("what it is, as \"trunk\" or \"phone\": the field role in "
	     "expressions") },
};

static const struct option_row set_options[] = {
	{ "code", OPTION_TEXT, OPTION_LIST, 0, 0, NULL, NULL,
	  N_("SIP codes and classes, as \"503\" or \"5xx\"") },
	{ "q850", OPTION_TEXT, OPTION_LIST, 0, 0, NULL, NULL, N_("Q.850 causes") },
	{ "outcome", OPTION_TEXT, OPTION_LIST, 0, 0, NULL, NULL,
	  N_("outcomes, as \"timeout\"") },
};

static const struct option_row rule_options[] = {
	{ "where", OPTION_EXPRESSION, 0, 0, 0, NULL, NULL,
	  N_("which events count; without it every event") },
	{ "by", OPTION_TEXT, OPTION_LIST, 0, 0, NULL, NULL,
	  N_("fields that tell one count from another, up to four; without it there is "
	     "one count") },
	{ "window", OPTION_DURATION, OPTION_REQUIRED, SEC, 7 * DAY, NULL, NULL,
	  N_("the span in which is counted, back from now") },
	{ "warning", OPTION_CONDITION, 0, 0, 0, NULL, NULL,
	  N_("from when on it is a warning, as \"count >= 10\"") },
	{ "critical", OPTION_CONDITION, 0, 0, 0, NULL, NULL,
	  N_("from when on it is critical") },
	{ "clear", OPTION_CONDITION, 0, 0, 0, NULL, NULL,
	  N_("when it is over; without it below half of the lowest limit") },
	{ "sequence", OPTION_TEXT, OPTION_LIST, 0, 0, NULL, NULL,
	  N_("two steps, as {\"failure x5\", \"outcome = ok\"}: so many that match the "
	     "first before one that matches the second; \"always\" as a condition asks "
	     "for it") },
	{ "for", OPTION_DURATION, 0, 0, DAY, NULL, "0",
	  N_("how long the condition must hold before there is an alert") },
	{ "clear_for", OPTION_DURATION, 0, 0, 7 * DAY, NULL, NULL,
	  N_("how long it must be over before the alert ends; without it as long as "
	     "the "
	     "window") },
	{ "cooldown", OPTION_DURATION, 0, 0, 7 * DAY, NULL, "5m",
	  N_("after an alert ended: no new one for the same key so long") },
	{ "repeat", OPTION_DURATION, 0, 0, 7 * DAY, NULL, "0",
	  N_("an alert that is still open is told again so long after it was told; 0: "
	     "it is not") },
	{ "timezone", OPTION_TEXT, 0, 0, 0, NULL, "UTC",
	  N_("whose clock tells the same hour of earlier weeks in a baseline, as "
	     "\"Europe/Berlin\"") },
	{ "except", OPTION_TEXT, OPTION_LIST, 0, 0, NULL, NULL,
	  N_("lists of addresses that do not count") },
	{ "service", OPTION_TEXT, 0, 0, 0, NULL, "SIP security",
	  N_("the Nagios service that it belongs to") },
	{ "summary", OPTION_TEXT, 0, 0, 0, NULL, NULL,
	  N_("the alert in words, with {count} {window} {peer_ip} … filled in") },
	{ "likely", OPTION_TEXT, 0, 0, 0, NULL, NULL, N_("what it probably is") },
	{ "check", OPTION_TEXT, 0, 0, 0, NULL, NULL,
	  N_("what to look at next: a command, with {peer_ip} {peer} … filled in") },
	{ "technique", OPTION_TEXT, 0, 0, 0, NULL, NULL,
	  N_("MITRE ATT&CK technique, as \"T1110.001\"") },
	{ "mode", OPTION_WORD, 0, 0, 0, mode_words, "page",
	  N_("page: alerts; ticket: critical is a warning for Nagios; observe: "
	     "recorded, "
	     "pages nobody; off: removes the rule") },
	{ "group_limit", OPTION_NUMBER, 0, 0, 1000000, NULL, NULL,
	  N_("so many of its alerts are told one by one when they are open at once, "
	     "further ones as one that stands for them; 0: all; without it the "
	     "group_limit outside of sections") },
	{ "inhibits", OPTION_TEXT, OPTION_LIST, 0, 0, NULL, NULL,
	  N_("rules whose alerts are held back while one of this rule is open whose "
	     "key "
	     "has the same values in all fields that both rules count by") },
	{ "claims", OPTION_SWITCH, 0, 0, 0, NULL, "false",
	  N_("true: counting by what the other side wrote is meant") },
	{ "amend", OPTION_SWITCH, 0, 0, 0, NULL, "false",
	  N_("true: keys left out stay as in the earlier rule of this name; else this "
	     "rule replaces it") },
};

static const struct option_row silence_options[] = {
	{ "where", OPTION_TEXT, OPTION_REQUIRED, 0, 0, NULL, NULL,
	  N_("which alerts: an expression over the fields of alerts, as \"rule = "
	     "'trunk-down' and peer = 'carrier-a'\"") },
	{ "from", OPTION_TEXT, OPTION_FULL, 0, 0, NULL, NULL,
	  N_("event time at which it begins, as \"2026-09-12T01:00+02:00\", local time "
	     "without a zone; without it since ever") },
	{ "until", OPTION_TEXT, OPTION_REQUIRED, 0, 0, NULL, NULL,
	  N_("event time at which it ends; \"never\" for one that stays") },
	{ "author", OPTION_TEXT, 0, 0, 0, NULL, NULL, N_("who has made it") },
	{ "reason", OPTION_TEXT, 0, 0, 0, NULL, NULL, N_("what for") },
	{ "comment", OPTION_TEXT, 0, 0, 0, NULL, NULL, N_("the same as reason") },
};

static const struct option_row test_options[] = {
	{ "rule", OPTION_TEXT, OPTION_REQUIRED, 0, 0, NULL, NULL,
	  N_("the rule that is tested") },
	{ "log", OPTION_TEXT, OPTION_LIST, 0, 0, NULL, NULL,
	  N_("log lines of one occurrence; {n} in them becomes its number, {x} the "
	     "same "
	     "with eight hexadecimal digits") },
	{ "log_file", OPTION_PATH, OPTION_LIST, 0, 0, NULL, NULL,
	  N_("files with log lines, seen from the folder of this file") },
	{ "cases", OPTION_TEXT, OPTION_LIST | OPTION_REQUIRED, 0, 0, NULL, NULL,
	  N_("what happens how often and what must come of it, as \"9 every 10s: ok\" "
	     "or \"10 every 10s: warning at 90s\"") },
};

static const struct option_row dialect_options[] = {
	{ "doc", OPTION_TEXT, 0, 0, 0, NULL, "",
	  N_("what is recognised, one line for sipvigil dialects") },
	{ "evidence", OPTION_WORD, 0, 0, 0, evidence_words, "documents",
	  N_("what the templates rest on") },
	{ "documented", OPTION_TEXT, 0, 0, 0, NULL, NULL,
	  N_("what of it rests on documents alone, where recordings are the base") },
	{ "identifiers", OPTION_TEXT, OPTION_LIST, 0, 0, NULL, NULL,
	  N_("journal identifiers and syslog tags that it claims") },
	{ "units", OPTION_TEXT, OPTION_LIST, 0, 0, NULL, NULL,
	  N_("systemd units that it claims") },
	{ "files", OPTION_PATH, OPTION_LIST, 0, 0, NULL, NULL,
	  N_("its usual log files, with * ? and [ ] for many; they are read where no "
	     "input is configured") },
	{ "probe", OPTION_TEXT, OPTION_LIST, 0, 0, NULL, NULL,
	  N_("texts, one of which stands in each of its lines: by these a line is "
	     "found without identifier and unit; without any it never is") },
	{ "enabled", OPTION_SWITCH, 0, 0, 0, NULL, "true",
	  N_("false removes the dialect of this name") },
};

static const struct option_row template_options[] = {
	{ "dialect", OPTION_TEXT, OPTION_REQUIRED, 0, 0, NULL, NULL,
	  N_("the dialect whose lines have this shape") },
	{ "pattern", OPTION_TEXT, OPTION_REQUIRED, 0, 0, NULL, NULL,
	  N_("a PCRE2 expression that the line matches; its named groups are fields "
	     "of the event") },
	{ "ignore", OPTION_SWITCH, 0, 0, 0, NULL, "false",
	  N_("true: such lines are known, and tell nothing") },
	{ "outcome", OPTION_TEXT, 0, 0, 0, NULL, NULL,
	  N_("what came of the attempt; without it what the code means") },
	{ "leg", OPTION_WORD, 0, 0, 0, leg_words, NULL,
	  N_("in: the remote party asked us; out: we asked it") },
	{ "method", OPTION_TEXT, 0, 0, 0, NULL, NULL, N_("request method") },
	{ "service", OPTION_TEXT, 0, 0, 0, NULL, "sip",
	  N_("which door of the PBX: sip, iax2, manager or http") },
	{ "transport", OPTION_TEXT, 0, 0, 0, NULL, NULL,
	  N_("udp, tcp, tls, ws, wss or sctp") },
	{ "code", OPTION_NUMBER, 0, 100, 699, NULL, NULL, N_("SIP code") },
	{ "q850", OPTION_NUMBER, 0, 1, 127, NULL, NULL, N_("Q.850 cause") },
	{ "category", OPTION_TEXT, 0, 0, 0, NULL, NULL,
	  N_("cause category; without it that of phrase, code or outcome") },
	{ "codes", OPTION_TEXT, OPTION_LIST, 0, 0, NULL, NULL,
	  N_("codes for what the group code holds, as \"wrong password = 403\"") },
	{ "outcomes", OPTION_TEXT, OPTION_LIST, 0, 0, NULL, NULL,
	  N_("outcomes for what the group outcome holds, as \"wrong password = "
	     "rejected\"") },
	{ "attribution", OPTION_WORD, 0, 0, 0, attribution_words, "judged",
	  N_("whether the address is certain; judged: as far as the pattern shows") },
};

static const struct option_row sample_options[] = {
	{ "dialect", OPTION_TEXT, OPTION_REQUIRED, 0, 0, NULL, NULL,
	  N_("the dialect that reads it") },
	{ "template", OPTION_TEXT, 0, 0, 0, NULL, NULL,
	  N_("the template that must match") },
	{ "line", OPTION_TEXT, OPTION_LIST | OPTION_REQUIRED, 0, 0, NULL, NULL,
	  N_("log lines as they are written") },
	{ "expect", OPTION_TEXT, OPTION_LIST | OPTION_REQUIRED, 0, 0, NULL, NULL,
	  N_("the events that they must give, each as a JSON object of which all "
	     "keys must be equal (null: there must be none); or \"ignored\", or "
	     "\"unknown\"") },
};

static const struct section_row sections[SECTION_KINDS] = {
	{ SECTION_TOP, "", 0, TABLE(top_options), N_("outside of sections") },
	{ SECTION_JOURNAL, "journal", 0, TABLE(journal_options),
	  N_("reads the systemd journal") },
	{ SECTION_FILE, "file", 0, TABLE(file_options), N_("follows log files") },
	{ SECTION_SYSLOG, "syslog", 0, TABLE(syslog_options),
	  N_("receives syslog from other hosts and programs") },
	{ SECTION_STREAM, "stream", 0, TABLE(stream_options),
	  N_("writes lines of JSON to a file") },
	{ SECTION_JOURNAL_OUTPUT, "journal_output", 0, TABLE(journal_output_options),
	  N_("writes alerts to the journal") },
	{ SECTION_KAFKA, "kafka", 0, TABLE(kafka_options),
	  N_("sends alerts and events to Apache Kafka") },
	{ SECTION_NAGIOS, "nagios", 0, TABLE(nagios_options),
	  N_("gives passive check results to Nagios") },
	{ SECTION_EXEC, "exec", 0, TABLE(exec_options),
	  N_("runs a program for every alert") },
	{ SECTION_LIST, "list", SECTION_TITLED | SECTION_PACK, TABLE(list_options),
	  N_("names a set of addresses that rules leave out") },
	{ SECTION_PEER, "peer", SECTION_TITLED, TABLE(peer_options),
	  N_("gives addresses and endpoints one name and a role") },
	{ SECTION_SET, "set", SECTION_TITLED | SECTION_PACK, TABLE(set_options),
	  N_("names a set of codes, causes and outcomes: @name in expressions stands "
	     "for "
	     "it") },
	{ SECTION_RULE, "rule", SECTION_TITLED | SECTION_PACK, TABLE(rule_options),
	  N_("says what is counted and from when on it is an alert") },
	{ SECTION_SILENCE, "silence", SECTION_TITLED, TABLE(silence_options),
	  N_("holds back alerts for a time: they are recorded, and page nobody") },
	{ SECTION_TEST, "test", SECTION_TITLED | SECTION_PACK, TABLE(test_options),
	  N_("proves a rule; sipvigil check runs it") },
	{ SECTION_DIALECT, "dialect", SECTION_TITLED | SECTION_PATTERN,
	  TABLE(dialect_options), N_("names a PBX whose lines templates describe") },
	{ SECTION_TEMPLATE, "template", SECTION_TITLED | SECTION_PATTERN,
	  TABLE(template_options), N_("describes one shape of a line") },
	{ SECTION_SAMPLE, "sample", SECTION_TITLED | SECTION_PATTERN,
	  TABLE(sample_options), N_("proves a template; sipvigil check runs it") },
};

const struct section_row *
options_section(enum section_kind kind)
{
	assert(kind < SECTION_KINDS && sections[kind].kind == kind);
	return &sections[kind];
}

/** One word of a search for the nearest. */
struct nearest {
	struct sv_str word;
	const char *best;
	size_t distance;
};

/** Two slips in a long word, one in a short one; more is another word. */
static struct nearest
nearest_begin(struct sv_str word)
{
	return (struct nearest){ word, NULL, word.len > 4 ? 3 : 2 };
}

static void
nearest_try(struct nearest *nearest, const char *candidate)
{
	size_t distance =
		str_distance(nearest->word, str_of(candidate), nearest->distance);

	/* "crit" is short for "critical". */
	if (nearest->word.len >= 3 && str_starts(str_of(candidate), nearest->word))
		distance = 1;
	if (distance < nearest->distance) {
		nearest->distance = distance;
		nearest->best = candidate;
	}
}

const char *
options_nearest(struct sv_str word, const char *const *words, size_t n)
{
	struct nearest nearest = nearest_begin(word);

	for (size_t i = 0; i < n; i++)
		nearest_try(&nearest, words[i]);
	return nearest.best;
}

const struct section_row *
options_section_find(struct sv_str name, const char **ret_near)
{
	struct nearest nearest = nearest_begin(name);

	for (size_t i = SECTION_TOP + 1; i < SECTION_KINDS; i++) {
		if (str_eq(name, str_of(sections[i].name)))
			return &sections[i];
		nearest_try(&nearest, sections[i].name);
	}
	*ret_near = nearest.best;
	return NULL;
}

const struct option_row *
options_find(const struct section_row *section, struct sv_str name,
	     const char **ret_near)
{
	struct nearest nearest = nearest_begin(name);

	for (size_t i = 0; i < section->n_options; i++) {
		if (str_eq(name, str_of(section->options[i].name)))
			return &section->options[i];
		nearest_try(&nearest, section->options[i].name);
	}
	*ret_near = nearest.best;
	return NULL;
}

const char *
options_type_name(const struct option_row *row)
{
	bool list = row->flags & OPTION_LIST;

	switch (row->type) {
	case OPTION_TEXT:
		return list ? _("list of texts") : _("text");
	case OPTION_PATH:
		return list ? _("list of paths") : _("path");
	case OPTION_DURATION:
		return _("duration");
	case OPTION_SIZE:
		return _("size");
	case OPTION_NUMBER:
		return _("number");
	case OPTION_SWITCH:
		return _("true or false");
	case OPTION_WORD:
		return _("word");
	case OPTION_EXPRESSION:
		return _("expression");
	case OPTION_CONDITION:
		return _("condition");
	}
	return "";
}
