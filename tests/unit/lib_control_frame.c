/* Tests of the framing of JSON-RPC. */
#include "lib/control_frame.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

static struct evbuffer *buffer_of(const char *text)
{
	struct evbuffer *buffer = evbuffer_new();

	evbuffer_add(buffer, text, strlen(text));
	return buffer;
}

Test(control_frame, reads_line_by_line)
{
	struct evbuffer *in = buffer_of("{\"id\":1}\r\n{\"id\":2}\n{\"id\"");
	json_t *message = NULL;

	for (int i = 1; i <= 2; i++) {
		cr_assert_eq(control_frame_read(in, &message), 0);
		cr_expect_eq(json_integer_value(json_object_get(message, "id")), i);
		json_decref(message);
	}
	cr_expect_eq(control_frame_read(in, &message), EAGAIN);
	evbuffer_add(in, ":3}\n", 4);
	cr_assert_eq(control_frame_read(in, &message), 0);
	json_decref(message);
	cr_expect_eq(evbuffer_get_length(in), 0);
	evbuffer_free(in);
}

Test(control_frame, refuses_and_goes_on)
{
	struct evbuffer *in =
	    buffer_of("nonsense\n\n[{\"id\":1}]\n{\"a\":1,\"a\":2}\n\"x\"\n\xff\n{\"id\":1}\n");
	static const int expected[] = { EBADMSG, EBADMSG, EPROTO, EBADMSG, EPROTO, EBADMSG, 0, EAGAIN };
	json_t *message = NULL;

	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		cr_expect_eq(control_frame_read(in, &message), expected[i], "line %zu", i);
	json_decref(message);
	evbuffer_free(in);
}

Test(control_frame, bounds_a_line)
{
	struct evbuffer *in = evbuffer_new();
	char *spaces = malloc(CONTROL_LINE_MAX);
	json_t *message = NULL;

	memset(spaces, ' ', CONTROL_LINE_MAX);
	evbuffer_add(in, spaces, CONTROL_LINE_MAX);
	cr_expect_eq(control_frame_read(in, &message), EAGAIN);
	evbuffer_add(in, " ", 1);
	cr_expect_eq(control_frame_read(in, &message), EMSGSIZE);
	evbuffer_add(in, "\n", 1);
	cr_expect_eq(control_frame_read(in, &message), EMSGSIZE);
	/* Exactly the limit is allowed. */
	evbuffer_drain(in, evbuffer_get_length(in));
	evbuffer_add(in, spaces, CONTROL_LINE_MAX - 2);
	evbuffer_add(in, "{}\n", 3);
	cr_expect_eq(control_frame_read(in, &message), 0);
	json_decref(message);
	free(spaces);
	evbuffer_free(in);
}

static void expect_text(json_t *message, const char *text)
{
	struct evbuffer *out = evbuffer_new();

	cr_assert_not_null(message);
	cr_assert_eq(control_frame_write(out, message), 0);
	evbuffer_add(out, "", 1);
	cr_expect_str_eq((const char *)evbuffer_pullup(out, -1), text);
	evbuffer_free(out);
	json_decref(message);
}

Test(control_frame, makes_messages)
{
	expect_text(control_frame_request(7, "call.get", json_pack("{s:s}", "call", "x")),
		    "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"call.get\",\"params\":{\"call\":\"x\"}}\n");
	expect_text(control_frame_request(7, "switch.status", NULL),
		    "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"switch.status\"}\n");
	expect_text(control_frame_notification("switch.reloaded", NULL),
		    "{\"jsonrpc\":\"2.0\",\"method\":\"switch.reloaded\"}\n");
	expect_text(control_frame_result(json_string("a"), json_object()),
		    "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{}}\n");
	expect_text(
	    control_frame_error(NULL, CONTROL_PARSE_ERROR, "no JSON", NULL),
	    "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"no JSON\"}}\n");
	expect_text(control_frame_error(json_integer(1), CONTROL_NOT_FOUND, "no such call",
					json_pack("{s:i}", "x", 1)),
		    "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":404,\"message\":\"no such call\","
		    "\"data\":{\"x\":1}}}\n");
}
