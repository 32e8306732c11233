/* Tests of the control server over its Unix socket, in one event loop. */
#include "daemon/offhookd/control/server.h"

#include "lib/json_get.h"
#include "lib/log.h"
#include "lib/ref.h"
#include "tests/unit/control_world.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static struct control_request *kept;

static void on_echo(struct control_request *request, const json_t *params, void *arg)
{
	(void)arg;
	control_reply(request, json_pack("{s:O?}", "params", params));
}

static void on_later(struct control_request *request, const json_t *params, void *arg)
{
	(void)params;
	(void)arg;
	kept = request;
}

static void on_fail(struct control_request *request, const json_t *params, void *arg)
{
	struct json_get g;
	const char *text;

	(void)arg;
	json_get_init(&g, params);
	json_get_string(&g, "call", true, &text);
	if (json_get_status(&g) != 0)
		control_reply_invalid(request, &g);
	else
		control_reply_error(request, CONTROL_NOT_FOUND, "there is no such call",
				    json_pack("{s:s}", "call", text));
}

static void on_big(struct control_request *request, const json_t *params, void *arg)
{
	char *text = malloc(300001);

	(void)params;
	(void)arg;
	memset(text, 'x', 300000);
	text[300000] = '\0';
	control_reply(request, json_pack("{s:s}", "text", text));
	free(text);
}

static const struct control_method methods[] = {
	{ "echo", on_echo },
	{ "later", on_later },
	{ "fail", on_fail },
	{ "big", on_big },
};

static void start(struct world *w)
{
	world_open(w);
	cr_assert_eq(control_server_alloc(&w->server, w->base, w->path, &w->limits, methods, 4, w), 0);
}

static void stop(struct world *w)
{
	world_close(w);
	cr_expect_eq(ref_alive(), 0, "%zu peers are left", ref_alive());
}

/* Sends a line, and expects the reply line. */
static void exchange(struct world *w, int fd, const char *line, const char *expected)
{
	json_t *got;
	char *text;

	world_send(fd, line);
	got = world_receive(w, fd);
	text = json_dumps(got, JSON_COMPACT);
	cr_expect_str_eq(text, expected);
	free(text);
	json_decref(got);
}

Test(control_server, answers)
{
	struct world w;
	int fd;

	start(&w);
	fd = world_connect(&w);
	exchange(&w, fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"params\":{\"a\":1}}\n",
		 "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"params\":{\"a\":1}}}");
	exchange(&w, fd, "{\"id\":\"x\",\"method\":\"echo\"}\n",
		 "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":{\"params\":null}}");
	exchange(
	    &w, fd, "{\"id\":2,\"method\":\"fail\",\"params\":{\"call\":\"c\"}}\n",
	    "{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{\"code\":404,\"message\":\"there is no such call\","
	    "\"data\":{\"call\":\"c\"}}}");
	exchange(&w, fd, "{\"id\":3,\"method\":\"fail\"}\n",
		 "{\"jsonrpc\":\"2.0\",\"id\":3,\"error\":{\"code\":-32602,\"message\":\"\\\"call\\\" is "
		 "missing\","
		 "\"data\":{\"field\":\"call\"}}}");
	close(fd);
	stop(&w);
}

static void expect_code(struct world *w, int fd, const char *line, int code)
{
	json_t *got;

	world_send(fd, line);
	got = world_receive(w, fd);
	cr_expect_eq(json_integer_value(json_object_get(json_object_get(got, "error"), "code")), code, "%s",
		     line);
	json_decref(got);
}

Test(control_server, refuses_what_is_no_request)
{
	struct world w;
	int fd;

	start(&w);
	fd = world_connect(&w);
	expect_code(&w, fd, "nonsense\n", CONTROL_PARSE_ERROR);
	expect_code(&w, fd, "\n", CONTROL_PARSE_ERROR);
	expect_code(&w, fd, "[{\"id\":1,\"method\":\"echo\"}]\n", CONTROL_INVALID_REQUEST);
	expect_code(&w, fd, "7\n", CONTROL_INVALID_REQUEST);
	expect_code(&w, fd, "{}\n", CONTROL_INVALID_REQUEST);
	expect_code(&w, fd, "{\"id\":null,\"method\":\"echo\"}\n", CONTROL_INVALID_REQUEST);
	expect_code(&w, fd, "{\"id\":{},\"method\":\"echo\"}\n", CONTROL_INVALID_REQUEST);
	expect_code(&w, fd, "{\"id\":1,\"method\":7}\n", CONTROL_INVALID_REQUEST);
	expect_code(&w, fd, "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"echo\"}\n", CONTROL_INVALID_REQUEST);
	expect_code(&w, fd, "{\"id\":1,\"method\":\"echo\",\"params\":[1]}\n", CONTROL_INVALID_PARAMS);
	expect_code(&w, fd, "{\"id\":1,\"method\":\"call.dance\"}\n", CONTROL_METHOD_NOT_FOUND);
	close(fd);
	stop(&w);
}

Test(control_server, answers_later_and_after_the_client_has_gone)
{
	struct world w;
	json_t *got;
	int fd;

	start(&w);
	fd = world_connect(&w);
	world_send(fd, "{\"id\":1,\"method\":\"later\"}\n{\"id\":2,\"method\":\"echo\"}\n");
	got = world_receive(&w, fd);
	cr_expect_eq(json_integer_value(json_object_get(got, "id")), 2);
	json_decref(got);
	cr_assert_not_null(kept);
	cr_expect_str_eq(control_request_method(kept), "later");
	cr_expect(control_server_has_peer(w.server, control_request_peer(kept)));
	control_reply(kept, NULL);
	got = world_receive(&w, fd);
	cr_expect_eq(json_integer_value(json_object_get(got, "id")), 1);
	json_decref(got);

	kept = NULL;
	world_send(fd, "{\"id\":3,\"method\":\"later\"}\n");
	while (!kept)
		world_turn(&w);
	close(fd);
	while (control_server_has_peer(w.server, control_request_peer(kept)))
		world_turn(&w);
	control_reply(kept, json_object());
	stop(&w);
}

Test(control_server, answers_after_the_server_has_gone)
{
	struct world w;
	int fd;

	start(&w);
	fd = world_connect(&w);
	kept = NULL;
	world_send(fd, "{\"id\":3,\"method\":\"later\"}\n");
	while (!kept)
		world_turn(&w);
	control_server_free(w.server);
	w.server = NULL;
	world_expect_closed(&w, fd, "The switch is shutting down.");
	control_reply_errorf(kept, CONTROL_UNAVAILABLE, "too %s", "late");
	cr_expect_eq(access(w.path, F_OK), -1, "the socket is still there");
	close(fd);
	stop(&w);
}

Test(control_server, bounds_a_line)
{
	struct world w;
	char *line = malloc((1 << 20) + 2);
	int fd;

	start(&w);
	fd = world_connect(&w);
	memset(line, ' ', (1 << 20) + 1);
	line[(1 << 20) + 1] = '\0';
	world_send_in_turns(&w, fd, line);
	world_expect_closed(&w, fd, "Your line is longer than 1 MiB.");
	free(line);
	close(fd);
	stop(&w);
}

Test(control_server, cuts_off_who_does_not_read)
{
	struct control_server_stats stats = { 0 };
	struct world w;
	int fd, other;

	start(&w);
	fd = world_connect(&w);
	other = world_connect(&w);
	for (int i = 0; i < 20 && stats.cut_off == 0; i++) {
		world_send_in_turns(&w, fd, "{\"id\":1,\"method\":\"big\"}\n");
		expect_code(&w, other, "{}\n", CONTROL_INVALID_REQUEST);
		control_server_stats(w.server, &stats);
	}
	cr_expect_eq(stats.cut_off, 1);
	/* Whoever reads after all gets what was waiting, and hears why. */
	world_expect_closed(&w, fd,
			    "You did not read: more than control { max-backlog } bytes wait for you.");
	expect_code(&w, other, "{}\n", CONTROL_INVALID_REQUEST);
	close(fd);
	close(other);
	stop(&w);
}

Test(control_server, bounds_clients_and_open_requests)
{
	struct world w;
	int fds[3], refused;
	json_t *got;

	start(&w);
	for (int i = 0; i < 3; i++) {
		fds[i] = world_connect(&w);
		expect_code(&w, fds[i], "{}\n", CONTROL_INVALID_REQUEST);
	}
	refused = world_connect(&w);
	world_expect_closed(&w, refused, "control { max-clients } connections are open.");
	close(refused);
	close(fds[2]);
	/* Room again, as soon as the server has seen it. */
	for (;;) {
		fds[2] = world_connect(&w);
		world_send(fds[2], "{}\n");
		got = world_receive(&w, fds[2]);
		if (json_object_get(got, "error"))
			break;
		json_decref(got);
		close(fds[2]);
	}
	json_decref(got);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	stop(&w);
}

Test(control_server, takes_the_place_of_a_dead_socket_alone)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct control_server *second = NULL;
	struct stat st;
	struct world w;
	int fd;

	world_open(&w);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	strcpy(address.sun_path, w.path);
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	cr_assert_eq(control_server_alloc(&w.server, w.base, w.path, &w.limits, methods, 4, &w), 0);
	cr_assert_eq(stat(w.path, &st), 0);
	cr_expect_eq(st.st_mode & 0777, 0660);
	cr_expect_eq(control_server_alloc(&second, w.base, w.path, &w.limits, methods, 4, &w), EADDRINUSE);
	fd = world_connect(&w);
	expect_code(&w, fd, "{}\n", CONTROL_INVALID_REQUEST);
	close(fd);
	control_server_free(w.server);
	w.server = NULL;
	fd = creat(w.path, 0600);
	close(fd);
	cr_expect_eq(control_server_alloc(&second, w.base, w.path, &w.limits, methods, 4, &w), EEXIST);
	cr_expect_eq(access(w.path, F_OK), 0);
	cr_expect_null(second);
	world_close(&w);
}
