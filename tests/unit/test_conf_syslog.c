/* SPDX-License-Identifier: Apache-2.0 */
/* The section "syslog": what it holds, and what is told of mistakes in it. */
#include "conf_scratch.h"

#include <sys/stat.h>

static struct conf *
read_text(struct scratch *scratch, const char *text, struct diag *diag)
{
	char rules[80];
	struct conf_options options = { .path = scratch->file, .rules_dir = rules };

	(void)snprintf(rules, sizeof(rules), "%s/rules", scratch->path);
	cr_assert_eq(mkdir(rules, 0700), 0);
	scratch_write(scratch, "a.conf", text);
	diag_init(diag);
	return conf_load(&options, diag);
}

Test(conf_syslog, holds_what_is_set_and_defaults)
{
	struct scratch scratch;
	struct diag diag;

	scratch_init(&scratch);
	struct conf *conf = read_text(
		&scratch,
		"host = \"here\"\n"
		"syslog \"boxes\" {\n"
		"listen = {\"udp:[::1]:5514\", \"tls:[::]:6514\"}\n"
		"allow = {\"192.0.2.0/24\"} relays = \"192.0.2.1\" users = \"0\"\n"
		"time = \"received\" timezone = \"UTC\" silence = \"1h\"\n"
		"max_message = \"8K\" socket_mode = \"0620\"\n"
		"tls_certificate = \"/c\" tls_key = \"/k\" tls_ca = \"/a\"\n"
		"tls_peers = \"*.example.net\"\n}\n"
		"syslog { listen = \"udp:127.0.0.1:514\" }\n",
		&diag);
	cr_assert_not_null(conf);
	cr_assert_eq(conf->n_syslogs, 2u);
	cr_expect_not(conf->zero);
	const struct syslog_spec *spec = &conf->syslogs[0].syslog;
	cr_expect_str_eq(spec->title, "boxes");
	cr_expect_str_eq(spec->host, "here");
	cr_expect_eq(spec->n_listen, 2u);
	cr_expect_eq(spec->n_allow, 1u);
	cr_expect_str_eq(spec->relays[0], "192.0.2.1");
	cr_expect_str_eq(spec->users[0], "0");
	cr_expect(spec->received);
	cr_expect_eq(spec->max_message_bytes, 8192u);
	cr_expect_eq(spec->socket_mode, 0620u);
	cr_expect_str_eq(spec->tls.certificate, "/c");
	cr_expect_str_eq(spec->tls.ca, "/a");
	cr_expect_eq(spec->tls.n_peers, 1u);
	cr_expect_str_eq(conf->syslogs[0].timezone, "UTC");
	cr_expect_eq(conf->syslogs[0].silence, 3600 * SV_USEC_PER_SEC);
	spec = &conf->syslogs[1].syslog;
	cr_expect_str_eq(spec->title, "main");
	cr_expect_not(spec->received);
	cr_expect_eq(spec->n_allow, 0u);
	cr_expect_eq(spec->max_message_bytes, 65536u);
	cr_expect_eq(spec->max_senders, 500u);
	cr_expect_eq(spec->max_connections, 256u);
	cr_expect_eq(spec->max_connections_per_sender, 16u);
	cr_expect_eq(spec->frame_usec, 10 * SV_USEC_PER_SEC);
	cr_expect_eq(spec->receive_buffer_bytes, 16u << 20);
	cr_expect_eq(spec->socket_mode, 0666u);
	cr_expect_null(spec->tls.certificate);
	conf_free(conf);
	diag_done(&diag);
	scratch_done(&scratch);
}

Test(conf_syslog, tells_what_is_wrong)
{
	static const struct {
		const char *text, *told;
	} rows[] = {
		{ "syslog {}\n", "FILE:1:1: error: syslog needs 'listen'\n" },
		{ "syslog { listen = \"upd:[::]:514\" }\n",
		  "error: 'upd:[::]:514' is no place to listen at\n" },
		{ "syslog { listen = \"udp:514\" }\n", "[::]:5514 is all addresses\n" },
		{ "syslog { listen = \"unix:log\" }\n", "it begins with /" },
		{ "syslog { listen = \"tcp:127.0.0.1:1\" allow = \"here\" }\n",
		  "error: 'here' is no address and no network\n" },
		{ "syslog { listen = \"tcp:127.0.0.1:1\" relays = \"192.0.2.1/24\" "
		  "}\n",
		  "error: '192.0.2.1/24' is no address and no network\n" },
		{ "syslog { listen = \"tcp:127.0.0.1:1\" socket_mode = \"0999\" }\n",
		  "error: '0999' is no mode of a file\n" },
		{ "syslog { listen = \"tls:127.0.0.1:1\" tls_key = \"/k\" }\n",
		  "error: TLS needs 'tls_certificate' and 'tls_key'\n" },
		{ "syslog { listen = \"tcp:127.0.0.1:1\" tls_peers = \"a\" }\n",
		  "'tls_ca' says whose" },
#define TCP "syslog { listen = \"tcp:127.0.0.1:1\" "
		{ TCP "allow = {} }\n", "error: 'allow' must not be empty\n" },
		{ TCP "users = \"\" }\n", "error: 'users' must not be empty\n" },
		{ TCP "tls_ca = \"\" }\n", "error: 'tls_ca' must not be empty\n" },
		{ "syslog { listen = {\"udp:127.0.0.1:5\", \"udp:127.0.0.1:05\"} }\n",
		  "'udp:127.0.0.1:05' is the same place as 'udp:127.0.0.1:5'\n" },
		{ TCP "}\nsyslog \"b\" { listen = \"tls:127.0.0.1:1\" tls_key = \"/k\" "
		      "tls_certificate = \"/c\" }\n",
		  "'tls:127.0.0.1:1' is the same place as 'tcp:127.0.0.1:1'\n" },
		{ "syslog { listen = {\"tcp:[::]:1\", \"tcp:127.0.0.1:1\"} }\n",
		  "'tcp:127.0.0.1:1' is the same place as 'tcp:[::]:1'\n" },
		{ "syslog { listen = {\"unix:/a\", \"unix:/a\"} }\n",
		  "'unix:/a' is the same place as 'unix:/a'\n" },
		{ "syslog { listen = {\"systemd:a\", \"systemd-tls:a\"} tls_key = "
		  "\"/k\" tls_certificate = \"/c\" }\n",
		  "'systemd-tls:a' is the same place as 'systemd:a'\n" },
#undef TCP
		{ "syslog { listen = \"udp:[::]:514\" }\n",
		  "FILE:1:1: warning: every host that reaches this one may send" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scratch scratch;
		struct diag diag;

		scratch_init(&scratch);
		struct conf *conf = read_text(&scratch, rows[i].text, &diag);
		cr_expect_eq(conf != NULL, strstr(rows[i].told, "warning") != NULL,
			     "%s", rows[i].text);
		char *told = report(&scratch, &diag);
		cr_expect_not_null(strstr(told, rows[i].told), "%s%s", rows[i].text,
				   told);
		free(told);
		conf_free(conf);
		diag_done(&diag);
		scratch_done(&scratch);
	}
}

Test(conf_syslog, the_same_port_is_not_always_the_same_place)
{
	struct scratch scratch;
	struct diag diag;

	scratch_init(&scratch);
	struct conf *conf = read_text(
		&scratch,
		"syslog { listen = {\"udp:127.0.0.1:514\", \"tcp:127.0.0.1:514\", "
		"\"udp:[::1]:514\", \"udp:127.0.0.2:514\", \"udp:127.0.0.1:0\", "
		"\"udp:127.0.0.1:0\", \"udp:0.0.0.0:515\", \"udp:[::1]:515\"} }\n",
		&diag);
	char *told = report(&scratch, &diag);
	cr_assert_not_null(conf, "%s", told);
	free(told);
	conf_free(conf);
	diag_done(&diag);
	scratch_done(&scratch);
}

Test(conf_syslog, places_have_a_limit)
{
	struct scratch scratch;
	struct diag diag;
	char text[4096] = "syslog { listen = {";
	size_t len = strlen(text);

	for (int i = 0; i <= SYSLOG_LISTEN_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"\"tcp:127.0.0.1:%d\",", 1000 + i);
	(void)snprintf(text + len - 1, sizeof(text) - len, "} }\n");
	scratch_init(&scratch);
	cr_expect_null(read_text(&scratch, text, &diag));
	char *told = report(&scratch, &diag);
	cr_expect_not_null(strstr(told, "error: at most 64 places to listen at\n"),
			   "%s", told);
	free(told);
	diag_done(&diag);
	scratch_done(&scratch);
}
