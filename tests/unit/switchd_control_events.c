/* Tests of events: subscribing, catching up, the journal over restarts. */
#include "daemon/offhookd/control/events.h"

#include "daemon/offhookd/control/journal.h"
#include "lib/ref.h"
#include "tests/unit/control_world.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct control_events *events;
static unsigned snapshots;

static void on_subscribe(struct control_request *request, const json_t *params, void *arg)
{
	(void)arg;
	control_events_subscribe(events, request, params);
}

static void on_ack(struct control_request *request, const json_t *params, void *arg)
{
	(void)arg;
	control_events_ack(events, request, params);
}

static const struct control_method methods[] = { { "events.subscribe", on_subscribe },
						 { "events.ack", on_ack } };

static json_t *snapshot(void *arg)
{
	(void)arg;
	snapshots++;
	return json_pack("{s:[],s:[],s:[]}", "calls", "registrations", "trunks");
}

static const char *const lasting_methods[] = { "call.state", NULL };

static const char *lasting(const json_t *params, bool *over)
{
	const json_t *call = json_object_get(params, "call");
	const char *status = json_string_value(json_object_get(call, "status"));

	*over = !status ||
		(strcmp(status, "queued") && strcmp(status, "ringing") && strcmp(status, "in-progress"));
	return json_string_value(json_object_get(call, "id"));
}

/* Starts the switch's half: a new start of it each time. */
static void start(struct world *w, const char *switch_id, size_t ring, size_t journal_max)
{
	struct control_events_config config = { switch_id,   w->journal,      ring,
						journal_max, lasting_methods, lasting };

	cr_assert_eq(control_events_alloc(&events, &config, snapshot, w), 0);
	cr_assert_eq(control_server_alloc(&w->server, w->base, w->path, &w->limits, methods, 2, w), 0);
	control_events_attach(events, w->server);
}

static void end(struct world *w)
{
	control_events_free(events);
	events = NULL;
	control_server_free(w->server);
	w->server = NULL;
}

static json_t *call(const char *id, const char *status)
{
	return json_pack("{s:{s:s,s:s,s:s}}", "call", "id", id, "status", status, "from", "+15550001001");
}

static void publish_digits(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		cr_assert(control_events_publish(events, "call.digit", json_pack("{s:s}", "digit", "1")) > 0);
}

/* Sends a request and expects the reply, whose text must have all of it in it. */
static void ask(struct world *w, int fd, const char *line, const char *expected)
{
	json_t *got;
	char *text;

	world_send(fd, line);
	got = world_receive(w, fd);
	text = json_dumps(got, JSON_COMPACT);
	cr_expect(text && strstr(text, expected), "%s\nis not in\n%s", expected, text ? text : "nothing");
	free(text);
	json_decref(got);
}

/* Expects an event, and returns its number. */
static uint64_t hear(struct world *w, int fd, const char *method, const char *switch_id)
{
	json_t *got = world_receive(w, fd);
	const json_t *params = json_object_get(got, "params");
	uint64_t seq = (uint64_t)json_integer_value(json_object_get(params, "seq"));

	cr_assert_not_null(got, "the connection is closed");
	cr_assert_eq(strcmp(json_string_value(json_object_get(got, "method")), method), 0);
	cr_assert_eq(strcmp(json_string_value(json_object_get(params, "switch")), switch_id), 0);
	json_decref(got);
	return seq;
}

static void hear_digits(struct world *w, int fd, const char *switch_id, uint64_t from, uint64_t to)
{
	for (uint64_t seq = from; seq <= to; seq++)
		cr_assert_eq(hear(w, fd, "call.digit", switch_id), seq);
}

Test(control_events, tells_what_happens)
{
	struct world w;
	json_t *got;
	char *text;
	int fd;

	world_open(&w);
	start(&w, "s1", 100, 1 << 20);
	fd = world_connect(&w);
	publish_digits(2);
	ask(&w, fd, "{\"id\":1,\"method\":\"events.subscribe\"}\n",
	    "\"result\":{\"switch\":\"s1\",\"seq\":2,\"replayed\":0,\"snapshot\":true}");
	got = world_receive(&w, fd);
	text = json_dumps(got, JSON_COMPACT);
	cr_expect_str_eq(text, "{\"jsonrpc\":\"2.0\",\"method\":\"events.snapshot\",\"params\":{\"calls\":[],"
			       "\"registrations\":[],\"trunks\":[],\"switch\":\"s1\",\"seq\":2}}");
	free(text);
	json_decref(got);
	cr_expect_eq(control_events_subscribers(events), 1);
	cr_expect_eq(control_events_publish(events, "call.state", call("c1", "queued")), 3);
	cr_expect_eq(control_events_publish(events, "switch.reloaded", json_object()), 4);
	got = world_receive(&w, fd);
	cr_expect_str_eq(
	    json_string_value(json_object_get(json_object_get(json_object_get(got, "params"), "call"), "id")),
	    "c1");
	cr_expect_gt(json_integer_value(json_object_get(json_object_get(got, "params"), "time")), 0);
	json_decref(got);
	cr_expect_eq(hear(&w, fd, "switch.reloaded", "s1"), 4);
	close(fd);
	while (control_events_subscribers(events) > 0)
		world_turn(&w);
	publish_digits(1);
	end(&w);
	world_close(&w);
}

Test(control_events, refuses_bad_params)
{
	struct world w;
	int fd;

	world_open(&w);
	start(&w, "s1", 100, 1 << 20);
	fd = world_connect(&w);
	ask(&w, fd, "{\"id\":1,\"method\":\"events.subscribe\",\"params\":{\"since\":-1}}\n",
	    "\"field\":\"since\"");
	ask(&w, fd, "{\"id\":1,\"method\":\"events.subscribe\",\"params\":{\"sinse\":1}}\n",
	    "\"field\":\"sinse\"");
	ask(&w, fd, "{\"id\":1,\"method\":\"events.ack\",\"params\":{}}\n", "\"field\":\"seq\"");
	ask(&w, fd, "{\"id\":1,\"method\":\"events.ack\",\"params\":{\"seq\":1}}\n", "\"field\":\"seq\"");
	ask(&w, fd, "{\"id\":1,\"method\":\"events.ack\",\"params\":{\"seq\":7,\"switch\":\"other\"}}\n",
	    "\"acked\":7");
	cr_expect_eq(control_events_subscribers(events), 0);
	close(fd);
	end(&w);
	world_close(&w);
}

Test(control_events, replays_what_was_missed)
{
	struct world w;
	int fd;

	world_open(&w);
	start(&w, "s1", 8, 1 << 20);
	publish_digits(20);
	/* From the ring. */
	fd = world_connect(&w);
	ask(&w, fd,
	    "{\"id\":1,\"method\":\"events.subscribe\",\"params\":{\"since\":15,\"switch\":\"s1\"}}\n",
	    "\"seq\":20,\"replayed\":5,\"snapshot\":false");
	hear_digits(&w, fd, "s1", 16, 20);
	publish_digits(1);
	hear_digits(&w, fd, "s1", 21, 21);
	/* Nothing missed. */
	ask(&w, fd,
	    "{\"id\":2,\"method\":\"events.subscribe\",\"params\":{\"since\":21,\"switch\":\"s1\"}}\n",
	    "\"replayed\":0,\"snapshot\":false");
	cr_expect_eq(control_events_subscribers(events), 1);
	publish_digits(1);
	hear_digits(&w, fd, "s1", 22, 22);
	/* More than there was, another start: a snapshot. */
	ask(&w, fd,
	    "{\"id\":3,\"method\":\"events.subscribe\",\"params\":{\"since\":23,\"switch\":\"s1\"}}\n",
	    "\"snapshot\":true");
	cr_expect_eq(hear(&w, fd, "events.snapshot", "s1"), 22);
	ask(&w, fd,
	    "{\"id\":4,\"method\":\"events.subscribe\",\"params\":{\"since\":20,\"switch\":\"s0\"}}\n",
	    "\"snapshot\":true");
	cr_expect_eq(hear(&w, fd, "events.snapshot", "s1"), 22);
	close(fd);
	end(&w);
	world_close(&w);
}

/* Waits until the journal's thread has written so much that its files hold the text. */
static bool files_hold(const struct world *w, const char *text)
{
	char command[512];

	snprintf(command, sizeof(command), "grep -qs -- '%s' %s/*", text, w->journal);
	return system(command) == 0;
}

Test(control_events, replays_from_the_journal_what_the_ring_lost)
{
	struct world w;
	int fd;

	world_open(&w);
	start(&w, "s1", 8, 64 << 20);
	publish_digits(5000);
	while (!files_hold(&w, "^4995 "))
		world_turn(&w);
	fd = world_connect(&w);
	ask(&w, fd,
	    "{\"id\":1,\"method\":\"events.subscribe\",\"params\":{\"since\":10,\"switch\":\"s1\"}}\n",
	    "\"replayed\":4990,\"snapshot\":false");
	hear_digits(&w, fd, "s1", 11, 5000);
	publish_digits(1);
	hear_digits(&w, fd, "s1", 5001, 5001);
	close(fd);
	end(&w);
	world_close(&w);
}

struct lost {
	unsigned count;
	char ids[8][40], statuses[8][16];
};

static void on_lost(const json_t *params, void *arg)
{
	const json_t *snapshot_of_call = json_object_get(params, "call");
	struct lost *lost = arg;
	const char *id = json_string_value(json_object_get(snapshot_of_call, "id"));

	cr_assert_lt(lost->count, 8);
	strcpy(lost->ids[lost->count], id);
	strcpy(lost->statuses[lost->count++], json_string_value(json_object_get(snapshot_of_call, "status")));
	control_events_publish(events, "call.state", call(id, "failed"));
}

/* Three calls, of which one ends, and two digits; what is up to event 5 is acknowledged. */
static void first_start(struct world *w, struct lost *lost)
{
	int fd;

	start(w, "s1", 100, 1 << 20);
	control_events_recover(events, on_lost, lost);
	control_events_publish(events, "call.state", call("a", "queued"));
	control_events_publish(events, "call.state", call("b", "queued"));
	control_events_publish(events, "call.state", call("c", "queued"));
	control_events_publish(events, "call.state", call("b", "canceled"));
	control_events_publish(events, "call.state", call("a", "in-progress"));
	publish_digits(2);
	fd = world_connect(w);
	ask(w, fd, "{\"id\":1,\"method\":\"events.ack\",\"params\":{\"seq\":5}}\n", "\"acked\":5");
	close(fd);
	end(w);
}

Test(control_events, a_restart_tells_lost_calls_and_unacknowledged_events)
{
	struct lost lost = { 0 };
	struct world w;
	int fd;

	world_open(&w);
	first_start(&w, &lost);
	start(&w, "s2", 100, 1 << 20);
	control_events_recover(events, on_lost, &lost);
	/* It is in the file before anybody can have heard it: a start that is killed now leaves nothing to
	 * tell. */
	cr_expect(files_hold(&w, "seq.:2,.*switch.:.s2"));
	cr_assert_eq(lost.count, 2);
	cr_expect_str_eq(lost.ids[0], "c");
	cr_expect_str_eq(lost.statuses[0], "queued");
	cr_expect_str_eq(lost.ids[1], "a");
	cr_expect_str_eq(lost.statuses[1], "in-progress");
	/* Whoever does not ask for the journal gets a snapshot alone. */
	fd = world_connect(&w);
	ask(&w, fd, "{\"id\":1,\"method\":\"events.subscribe\"}\n",
	    "\"seq\":2,\"replayed\":0,\"snapshot\":true");
	hear(&w, fd, "events.snapshot", "s2");
	close(fd);
	fd = world_connect(&w);
	ask(&w, fd,
	    "{\"id\":1,\"method\":\"events.subscribe\",\"params\":{\"since\":5,\"switch\":\"s1\",\"journal\":"
	    "true}}\n",
	    "\"replayed\":4,\"snapshot\":true");
	hear_digits(&w, fd, "s1", 6, 7);
	cr_expect_eq(hear(&w, fd, "call.state", "s2"), 1);
	cr_expect_eq(hear(&w, fd, "call.state", "s2"), 2);
	hear(&w, fd, "events.snapshot", "s2");
	ask(&w, fd, "{\"id\":2,\"method\":\"events.ack\",\"params\":{\"seq\":7,\"switch\":\"s1\"}}\n",
	    "\"acked\":7");
	ask(&w, fd, "{\"id\":3,\"method\":\"events.ack\",\"params\":{\"seq\":2,\"switch\":\"s2\"}}\n",
	    "\"acked\":2");
	ask(&w, fd, "{\"id\":4,\"method\":\"events.subscribe\",\"params\":{\"journal\":true}}\n",
	    "\"replayed\":0");
	close(fd);
	end(&w);

	/* All is told and safe: the third start finds nothing. */
	lost.count = 0;
	start(&w, "s3", 100, 1 << 20);
	control_events_recover(events, on_lost, &lost);
	cr_expect_eq(lost.count, 0);
	fd = world_connect(&w);
	ask(&w, fd, "{\"id\":1,\"method\":\"events.subscribe\",\"params\":{\"journal\":true}}\n",
	    "\"seq\":0,\"replayed\":0");
	cr_expect_not(files_hold(&w, "s1"));
	close(fd);
	end(&w);
	world_close(&w);
}

Test(control_events, what_is_live_outlives_the_segments_it_was_told_in)
{
	struct control_events_stats stats;
	struct lost lost = { 0 };
	char line[128];
	struct world w;
	int fd;

	world_open(&w);
	start(&w, "s1", 100, 4 << 20);
	control_events_recover(events, on_lost, &lost);
	control_events_publish(events, "call.state", call("long", "in-progress"));
	publish_digits(10000);
	fd = world_connect(&w);
	snprintf(line, sizeof(line), "{\"id\":1,\"method\":\"events.ack\",\"params\":{\"seq\":10001}}\n");
	ask(&w, fd, line, "\"acked\":10001");
	control_events_stats(events, &stats);
	cr_expect_lt(stats.journal_bytes, 300 << 10);
	cr_expect_eq(stats.journal_dropped, 0);
	close(fd);
	end(&w);
	start(&w, "s2", 100, 1 << 20);
	control_events_recover(events, on_lost, &lost);
	cr_expect_eq(lost.count, 1);
	cr_expect_str_eq(lost.ids[0], "long");
	fd = world_connect(&w);
	ask(&w, fd, "{\"id\":1,\"method\":\"events.subscribe\",\"params\":{\"journal\":true}}\n",
	    "\"replayed\":1");
	close(fd);
	end(&w);
	world_close(&w);
}

Test(control_events, the_journal_is_bounded)
{
	struct control_events_stats stats;
	struct lost lost = { 0 };
	struct world w;

	world_open(&w);
	start(&w, "s1", 100, 1 << 20);
	control_events_recover(events, on_lost, &lost);
	publish_digits(20000);
	control_events_stats(events, &stats);
	cr_expect_leq(stats.journal_bytes, 1 << 20);
	cr_expect_gt(stats.journal_dropped, 1000);
	cr_expect_lt(stats.journal_dropped, 20000);
	end(&w);
	world_close(&w);
}

static void damage(const struct world *w)
{
	char command[512];

	snprintf(command, sizeof(command),
		 "for f in %s/*.log; do printf '8 {\"jsonrpc\":\"2.0\",\"meth' >>$f; done", w->journal);
	cr_assert_eq(system(command), 0);
	snprintf(command, sizeof(command),
		 "printf 'nonsense\\n1 {}\\n' >%s/0000000009.log; mkdir %s/sub; : >%s/0000000008.log",
		 w->journal, w->journal, w->journal);
	cr_assert_eq(system(command), 0);
	snprintf(command, sizeof(command), "echo '{' >%s/acked", w->journal);
	cr_assert_eq(system(command), 0);
}

Test(control_events, a_damaged_journal_is_read_as_far_as_it_goes)
{
	struct lost lost = { 0 };
	struct world w;
	int fd;

	world_open(&w);
	start(&w, "s1", 100, 1 << 20);
	control_events_recover(events, on_lost, &lost);
	control_events_publish(events, "call.state", call("a", "ringing"));
	publish_digits(3);
	end(&w);
	damage(&w);
	start(&w, "s2", 100, 1 << 20);
	control_events_recover(events, on_lost, &lost);
	cr_expect_eq(lost.count, 1);
	fd = world_connect(&w);
	ask(&w, fd, "{\"id\":1,\"method\":\"events.subscribe\",\"params\":{\"journal\":true}}\n",
	    "\"replayed\":5");
	cr_expect_eq(hear(&w, fd, "call.state", "s1"), 1);
	hear_digits(&w, fd, "s1", 2, 4);
	cr_expect_eq(hear(&w, fd, "call.state", "s2"), 1);
	hear(&w, fd, "events.snapshot", "s2");
	close(fd);
	end(&w);
	world_close(&w);
}

Test(control_events, one_that_does_not_read_is_cut_off_and_the_others_hear_all)
{
	struct world w;
	int slow, quick;

	world_open(&w);
	start(&w, "s1", 100, 64 << 20);
	slow = world_connect(&w);
	quick = world_connect(&w);
	ask(&w, slow, "{\"id\":1,\"method\":\"events.subscribe\"}\n", "snapshot");
	hear(&w, slow, "events.snapshot", "s1");
	ask(&w, quick, "{\"id\":1,\"method\":\"events.subscribe\"}\n", "snapshot");
	hear(&w, quick, "events.snapshot", "s1");
	for (uint64_t seq = 1; control_events_subscribers(events) == 2; seq++) {
		cr_assert_lt(seq, 100000);
		publish_digits(1);
		hear_digits(&w, quick, "s1", seq, seq);
	}
	world_expect_closed(&w, slow,
			    "You did not read: more than control { max-backlog } bytes wait for you.");
	close(slow);
	close(quick);
	end(&w);
	world_close(&w);
	cr_expect_eq(ref_alive(), 0);
}

Test(control_events, works_without_a_journal)
{
	struct control_events_config config = { "s1", NULL, 4, 0, NULL, NULL };
	struct world w;
	int fd;

	world_open(&w);
	cr_assert_eq(control_events_alloc(&events, &config, snapshot, &w), 0);
	cr_assert_eq(control_server_alloc(&w.server, w.base, w.path, &w.limits, methods, 2, &w), 0);
	control_events_attach(events, w.server);
	publish_digits(10);
	fd = world_connect(&w);
	ask(&w, fd,
	    "{\"id\":1,\"method\":\"events.subscribe\",\"params\":{\"since\":5,\"switch\":\"s1\",\"journal\":"
	    "true}}\n",
	    "\"snapshot\":true");
	hear(&w, fd, "events.snapshot", "s1");
	ask(&w, fd, "{\"id\":1,\"method\":\"events.subscribe\",\"params\":{\"since\":6,\"switch\":\"s1\"}}\n",
	    "\"replayed\":4,\"snapshot\":false");
	hear_digits(&w, fd, "s1", 7, 10);
	ask(&w, fd, "{\"id\":1,\"method\":\"events.ack\",\"params\":{\"seq\":3}}\n", "\"acked\":3");
	close(fd);
	end(&w);
	world_close(&w);
}
