/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/client.h"

#include "base/buffer.h"
#include "base/i18n.h"
#include "base/text.h"

#include <errno.h>
#include <poll.h>
#include <sipvigil/ctl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static sv_usec
monotonic(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (sv_usec)ts.tv_sec * SV_USEC_PER_SEC + (sv_usec)ts.tv_nsec / 1000;
}

__attribute__((format(printf, 3, 4))) static int
fail(struct client_reply *reply, int r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(reply->error, sizeof(reply->error), format, args);
	va_end(args);
	reply->exit = 3;
	return r;
}

static void
advise(struct client_reply *reply, const char *remedy)
{
	(void)snprintf(reply->remedy, sizeof(reply->remedy), "%s", remedy);
}

static int
no_connection(struct client_reply *reply, const char *path, int error)
{
	if (error == EACCES || error == EPERM) {
		advise(reply, _("run this as root or as a member of group sipvigil"));
		return fail(reply, -error, _("no permission to ask sipvigild at %s"),
			    path);
	}
	if (error == ENOENT || error == ECONNREFUSED) {
		advise(reply, "systemctl start sipvigild");
		return fail(reply, -error,
			    _("sipvigild is not running (nobody listens at %s)"), path);
	}
	if (error == EAGAIN || error == ETIMEDOUT) {
		advise(reply, "systemctl status sipvigild");
		return fail(reply, -ETIMEDOUT,
			    _("sipvigild is busy and did not answer at %s"), path);
	}
	return fail(reply, -error, _("cannot ask sipvigild at %s: %s"), path,
		    strerror(error));
}

static int
connect_to(const char *path, struct client_reply *reply)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, r;

	if (strlen(path) >= sizeof(address.sun_path))
		return fail(reply, -ENAMETOOLONG, _("the socket path is too long: %s"),
			    path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return no_connection(reply, path, errno);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	r = no_connection(reply, path, errno);
	(void)close(fd);
	return r;
}

/* Wait until the socket is ready for `events`: 0, -ETIMEDOUT or negative errno. */
static int
wait_for(int fd, short events, sv_usec deadline)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	for (;;) {
		sv_usec now = monotonic();
		int n;

		if (now >= deadline)
			return -ETIMEDOUT;
		n = poll(&pfd, 1, (int)((deadline - now) / SV_USEC_PER_MSEC) + 1);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
}

static int
send_all(int fd, struct sv_str text, sv_usec deadline)
{
	while (text.len) {
		ssize_t n = send(fd, text.ptr, text.len, MSG_NOSIGNAL);
		int r;

		if (n >= 0) {
			text = str_from(text, (size_t)n);
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		r = wait_for(fd, POLLOUT, deadline);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
receive_all(int fd, struct buffer *answer, sv_usec deadline)
{
	char piece[16384];

	while (answer->len <= CLIENT_MAX_ANSWER && !buffer_failed(answer)) {
		int r = wait_for(fd, POLLIN, deadline);
		ssize_t n;

		if (r < 0)
			return r;
		n = recv(fd, piece, sizeof(piece), 0);
		if (n == 0)
			return 0;
		if (n > 0)
			buffer_add(answer, str_make(piece, (size_t)n));
		else if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	return buffer_failed(answer) ? -ENOMEM : -EMSGSIZE;
}

static int
add_request(struct buffer *request, const struct client_question *question)
{
	buffer_addf(request, "{\"v\":%d,\"command\":", SV_CTL_VERSION);
	buffer_add_json(request, str_of(question->command));
	buffer_add_cstr(request, ",\"args\":[");
	for (size_t i = 0; i < question->n_args; i++) {
		if (i)
			buffer_add_char(request, ',');
		buffer_add_json(request, str_of(question->args[i]));
	}
	buffer_add_cstr(request, "]}\n");
	if (buffer_failed(request))
		return -ENOMEM;
	return request->len > SV_CTL_MAX_REQUEST ? -EMSGSIZE : 0;
}

static void
take_end(struct client_reply *reply, const json_t *end)
{
	const char *error = json_string_value(json_object_get(end, "error"));
	const char *remedy = json_string_value(json_object_get(end, "remedy"));
	json_int_t omitted = json_integer_value(json_object_get(end, "omitted"));
	json_int_t resolved = json_integer_value(json_object_get(end, "resolved"));

	reply->exit = (int)json_integer_value(json_object_get(end, "exit"));
	reply->omitted = omitted > 0 ? (uint64_t)omitted : 0;
	reply->resolved = resolved > 0 ? (uint64_t)resolved : 0;
	(void)snprintf(reply->error, sizeof(reply->error), "%s", error ? error : "");
	(void)snprintf(reply->remedy, sizeof(reply->remedy), "%s",
		       remedy ? remedy : "");
}

/* Split the answer into its objects; the last one must be the end. */
static int
take_lines(struct client_reply *reply, struct sv_str answer)
{
	while (answer.len) {
		size_t end = str_find_char(answer, '\n');
		struct sv_str line = str_upto(answer, end);
		json_t *object = json_loadb(line.ptr, line.len, 0, NULL);

		answer = str_from(answer, end == STR_NONE ? answer.len : end + 1);
		if (json_is_true(json_object_get(object, "end"))) {
			take_end(reply, object);
			json_decref(object);
			return 0;
		}
		if (!json_is_object(object) ||
		    json_array_append_new(reply->lines, object) < 0) {
			json_decref(object);
			break;
		}
	}
	return fail(reply, -EPROTO, "%s", _("the answer of sipvigild is not complete"));
}

static int
talk(int fd, const struct client_question *question, struct client_reply *reply)
{
	const char *path = question->socket ? question->socket : SV_CTL_SOCKET;
	sv_usec deadline =
		monotonic() + (question->timeout ? question->timeout : CLIENT_TIMEOUT);
	struct buffer request, answer;
	int r;

	buffer_init(&request);
	buffer_init(&answer);
	r = add_request(&request, question);
	if (r >= 0)
		r = send_all(fd, buffer_str(&request), deadline);
	if (r >= 0)
		r = receive_all(fd, &answer, deadline);
	if (r >= 0)
		r = take_lines(reply, buffer_str(&answer));
	else
		r = no_connection(reply, path, -r);
	buffer_done(&request);
	buffer_done(&answer);
	return r;
}

int
client_ask(const struct client_question *question, struct client_reply *ret_reply)
{
	int fd, r;

	*ret_reply = (struct client_reply){ .lines = json_array() };
	if (!ret_reply->lines)
		return fail(ret_reply, -ENOMEM, "%s", _("out of memory"));
	fd = connect_to(question->socket ? question->socket : SV_CTL_SOCKET, ret_reply);
	if (fd < 0)
		return fd;
	r = talk(fd, question, ret_reply);
	(void)close(fd);
	return r;
}

void
client_reply_done(struct client_reply *reply)
{
	json_decref(reply->lines);
	reply->lines = NULL;
}
