/* Tests of control_client against a Unix socket of the test's own, in one event loop. */
#include "lib/control_client.h"
#include "lib/control_frame.h"

#include <criterion/criterion.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

struct world {
	struct event_base *base;
	struct evconnlistener *listener;
	struct bufferevent *far; /* the switch's end */
	struct control_client *client;
	char folder[32], path[64];
	unsigned ups, downs, replies, errors, events, accepted;
	int last_code;
	bool hang_up_on_request, free_on_link, free_on_reply;
};

static void far_read(struct bufferevent *far, void *arg)
{
	struct world *w = arg;
	json_t *request, *reply;

	while (control_frame_read(bufferevent_get_input(far), &request) == 0) {
		if (w->hang_up_on_request) {
			json_decref(request);
			bufferevent_free(far);
			w->far = NULL;
			return;
		}
		reply = control_frame_result(json_incref(json_object_get(request, "id")),
					     json_pack("{s:O}", "echo", json_object_get(request, "method")));
		cr_assert_eq(control_frame_write(bufferevent_get_output(far), reply), 0);
		json_decref(reply);
		json_decref(request);
	}
}

static void far_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *a, int n, void *arg)
{
	struct world *w = arg;

	(void)l;
	(void)a;
	(void)n;
	w->accepted++;
	w->far = bufferevent_socket_new(w->base, fd, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(w->far, far_read, NULL, NULL, w);
	bufferevent_enable(w->far, EV_READ | EV_WRITE);
}

static void listen_now(struct world *w)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	strcpy(address.sun_path, w->path);
	unlink(w->path);
	w->listener = evconnlistener_new_bind(w->base, far_accept, w, LEV_OPT_CLOSE_ON_FREE, 4,
					      (struct sockaddr *)&address, sizeof(address));
	cr_assert_not_null(w->listener);
}

static void on_link(bool up, void *arg)
{
	struct world *w = arg;

	w->ups += up;
	w->downs += !up;
	if (w->free_on_link) {
		control_client_free(w->client);
		w->client = NULL;
	}
	event_base_loopbreak(w->base);
}

static void on_event(const char *method, const json_t *params, const char *text, void *arg)
{
	struct world *w = arg;
	json_t *told = json_loads(text, 0, NULL);

	cr_expect_str_eq(method, "call.state");
	cr_expect_eq(json_integer_value(json_object_get(params, "seq")), ++w->events);
	cr_expect(json_equal(told, params), "%s", text);
	json_decref(told);
	event_base_loopbreak(w->base);
}

static void on_reply(const json_t *result, const json_t *error, void *arg)
{
	struct world *w = arg;

	cr_expect((result != NULL) != (error != NULL));
	w->replies += result != NULL;
	w->errors += error != NULL;
	if (error)
		w->last_code = (int)json_integer_value(json_object_get(error, "code"));
	if (w->free_on_reply) {
		control_client_free(w->client);
		w->client = NULL;
	}
	event_base_loopbreak(w->base);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	cr_assert(false, "nothing happened in time");
}

/* Turns the loop until *counter is at least `wanted`. */
static void run_until(struct world *w, const unsigned *counter, unsigned wanted)
{
	struct timeval deadline = { 20, 0 };
	struct event *timer = evtimer_new(w->base, on_deadline, NULL);

	evtimer_add(timer, &deadline);
	while (*counter < wanted)
		event_base_loop(w->base, EVLOOP_ONCE);
	event_free(timer);
}

static void setup(struct world *w)
{
	struct control_client_handlers handlers = { on_link, on_event, w };

	memset(w, 0, sizeof(*w));
	strcpy(w->folder, "/tmp/offhook-test-XXXXXX");
	cr_assert_not_null(mkdtemp(w->folder));
	snprintf(w->path, sizeof(w->path), "%s/control.sock", w->folder);
	w->base = event_base_new();
	cr_assert_eq(control_client_alloc(&w->client, w->base, w->path, &handlers), 0);
}

static void teardown(struct world *w)
{
	control_client_free(w->client);
	if (w->far)
		bufferevent_free(w->far);
	if (w->listener)
		evconnlistener_free(w->listener);
	event_base_free(w->base);
	unlink(w->path);
	rmdir(w->folder);
}

Test(control_client, calls_and_hears_events)
{
	struct world w;

	setup(&w);
	listen_now(&w);
	run_until(&w, &w.ups, 1);
	cr_expect(control_client_is_up(w.client));
	cr_expect_eq(control_client_call(w.client, "a", NULL, on_reply, &w), 0);
	cr_expect_eq(control_client_call(w.client, "b", json_object(), NULL, NULL), 0);
	cr_expect_eq(control_client_call(w.client, "c", json_object(), on_reply, &w), 0);
	run_until(&w, &w.replies, 2);
	evbuffer_add_printf(
	    bufferevent_get_output(w.far),
	    "garbage\n[]\n{\"jsonrpc\":\"2.0\",\"method\":\"call.state\",\"params\":{\"seq\":1}}\n"
	    "{\"id\":999,\"result\":{}}\n{\"method\":\"call.state\",\"params\":{\"seq\":2}}\n");
	run_until(&w, &w.events, 2);
	cr_expect_eq(w.errors, 0);
	cr_expect_eq(w.replies, 2);
	teardown(&w);
}

Test(control_client, answers_503_without_a_connection_and_keeps_trying)
{
	struct world w;

	setup(&w);
	cr_expect_eq(control_client_call(w.client, "a", NULL, on_reply, &w), 0);
	cr_expect_eq(w.errors, 0, "answered before the call returned");
	run_until(&w, &w.errors, 1);
	cr_expect_eq(w.last_code, CONTROL_UNAVAILABLE);
	listen_now(&w);
	run_until(&w, &w.ups, 1);
	teardown(&w);
}

Test(control_client, connects_again_and_fails_what_was_under_way)
{
	struct world w;

	setup(&w);
	listen_now(&w);
	run_until(&w, &w.ups, 1);
	w.hang_up_on_request = true;
	cr_expect_eq(control_client_call(w.client, "a", NULL, on_reply, &w), 0);
	cr_expect_eq(control_client_call(w.client, "b", NULL, on_reply, &w), 0);
	run_until(&w, &w.errors, 2);
	cr_expect_eq(w.downs, 1);
	cr_expect_eq(w.last_code, CONTROL_UNAVAILABLE);
	w.hang_up_on_request = false;
	run_until(&w, &w.ups, 2);
	cr_expect_eq(control_client_call(w.client, "c", NULL, on_reply, &w), 0);
	run_until(&w, &w.replies, 1);
	cr_expect_eq(w.replies, 1);
	teardown(&w);
}

Test(control_client, may_be_freed_in_its_handlers)
{
	struct world w;

	setup(&w);
	listen_now(&w);
	w.free_on_link = true;
	run_until(&w, &w.ups, 1);
	cr_expect_null(w.client);
	teardown(&w);

	setup(&w);
	listen_now(&w);
	run_until(&w, &w.ups, 1);
	w.free_on_reply = true;
	for (int i = 0; i < 3; i++)
		cr_expect_eq(control_client_call(w.client, "a", NULL, on_reply, &w), 0);
	run_until(&w, &w.replies, 1);
	cr_expect_eq(w.replies, 1);
	teardown(&w);

	setup(&w);
	w.free_on_reply = true;
	for (int i = 0; i < 3; i++)
		cr_expect_eq(control_client_call(w.client, "a", NULL, on_reply, &w), 0);
	run_until(&w, &w.errors, 1);
	cr_expect_eq(w.errors, 1);
	teardown(&w);
}

Test(control_client, refuses_a_path_that_is_too_long)
{
	struct event_base *base = event_base_new();
	struct control_client_handlers handlers = { 0 };
	struct control_client *client = NULL;
	char path[200];

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	cr_expect_eq(control_client_alloc(&client, base, path, &handlers), EINVAL);
	cr_expect_null(client);
	event_base_free(base);
}
