/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of the control socket: whatever comes in, lines of JSON go out, the last one
 * is the end. */
#include "fuzz.h"

#include "base/text.h"
#include "ctl/commands.h"

#include <assert.h>
#include <jansson.h>

struct fake {
	struct engine *engine;
	struct render_identity identity;
};

static void
look(void *user, struct view *view)
{
	struct fake *fake = user;

	*view = (struct view){
		.version = "1", .host = "h", .instance = "i", .note = ""
	};
	engine_stats_get(fake->engine, &view->engine);
}

static struct engine *
engine_of(void *user)
{
	return ((struct fake *)user)->engine;
}

static int
past_of(void *user, const struct history_query *query,
	void (*each)(void *each_user, const struct history_row *row), void *each_user)
{
	struct history_row row = { .json = SV_STR("{\"id\":\"ab\"}"),
				   .id = SV_STR("ab"),
				   .incident = SV_STR("cd"),
				   .rule = SV_STR("busy"),
				   .resolved = true,
				   .deliveries = SV_STR("kafka:main waiting\n") };

	(void)user;
	if (query->id.len && !str_starts(row.id, query->id))
		return 0;
	each(each_user, &row);
	return 1;
}

static const struct render_identity *
identity_of(void *user)
{
	return &((struct fake *)user)->identity;
}

static int
reload(void *user, struct buffer *messages)
{
	(void)user;
	buffer_add_cstr(messages, "done");
	return 0;
}

static void
no_sink(void *user, const struct sv_alert *alert)
{
	(void)user;
	(void)alert;
}

static void
fake_init(struct fake *fake)
{
	static const struct rule_spec rule = { .name = "busy",
					       .by = { "peer_ip" },
					       .n_by = 1,
					       .window = 60 * SV_USEC_PER_SEC,
					       .warning = "count >= 1" };
	struct engine_spec spec = {
		.rules = &rule, .n_rules = 1, .max_peers = 16, .sink = no_sink
	};
	struct sv_event event = { .time = 1795340000 * SV_USEC_PER_SEC,
				  .outcome = SV_BUSY,
				  .count = 1,
				  .peer_ip = { 4, { 192, 0, 2, 1 } } };
	struct expr_error error;
	size_t wrong;

	fake->identity = (struct render_identity){ "h", "1" };
	assert(engine_new(&spec, &fake->engine, &wrong, &error) == 0);
	engine_feed(fake->engine, &event);
}

static void
check_answer(struct sv_str answer)
{
	bool ended = false;

	while (answer.len) {
		size_t end = str_find_char(answer, '\n');
		json_t *line;

		assert(end != STR_NONE && !ended);
		line = json_loadb(answer.ptr, end, 0, NULL);
		assert(json_is_object(line));
		ended = json_is_true(json_object_get(line, "end"));
		json_decref(line);
		answer = str_from(answer, end + 1);
	}
	assert(ended);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fake fake;
	struct view_host host = {
		&fake, look, engine_of, past_of, identity_of, reload
	};
	struct buffer out;

	fake_init(&fake);
	buffer_init(&out);
	commands_answer(&host, str_make((const char *)data, size), &out);
	check_answer(buffer_str(&out));
	buffer_done(&out);
	engine_free(fake.engine);
	return 0;
}
