/* What both ends of a WebSocket have in common. */
#include "lib/websocket.h"

#include <criterion/criterion.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

Test(websocket, the_answer_to_a_key_is_that_of_the_rfc)
{
	char accept[WEBSOCKET_ACCEPT_SIZE];

	websocket_accept(accept, "dGhlIHNhbXBsZSBub25jZQ==");
	cr_expect_str_eq(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

Test(websocket, tokens_of_a_list)
{
	cr_expect(websocket_has_token("websocket", "websocket"));
	cr_expect(websocket_has_token("keep-alive, UPGRADE", "upgrade"));
	cr_expect(websocket_has_token(" ,upgrade ,x", "upgrade"));
	cr_expect_not(websocket_has_token("upgrades", "upgrade"));
	cr_expect_not(websocket_has_token("x upgrade", "upgrade"));
	cr_expect_not(websocket_has_token("", "upgrade"));
	cr_expect_not(websocket_has_token(NULL, "upgrade"));
}

/* ---- frames of every size are what wslay reads at the other end ---- */

struct reader {
	struct evbuffer *in;
	uint8_t *got;
	size_t size;
	unsigned opcode, messages;
};

static ssize_t on_recv(wslay_event_context_ptr framing, uint8_t *data, size_t size, int flags, void *arg)
{
	struct reader *reader = arg;

	(void)flags;
	return websocket_on_recv(framing, reader->in, data, size);
}

static void on_message(wslay_event_context_ptr framing, const struct wslay_event_on_msg_recv_arg *message,
		       void *arg)
{
	struct reader *reader = arg;

	(void)framing;
	reader->messages++;
	reader->opcode = message->opcode;
	reader->size = message->msg_length;
	if (message->msg_length)
		memcpy(reader->got, message->msg, message->msg_length);
}

static void check(size_t size, bool from_client)
{
	static const uint8_t mask[WEBSOCKET_MASK_BYTES] = { 0x37, 0xfa, 0x21, 0x3d };
	static const struct wslay_event_callbacks callbacks = { .recv_callback = on_recv,
								.on_msg_recv_callback = on_message };
	struct reader reader = { .in = evbuffer_new(), .got = malloc(size + 1) };
	uint8_t *sent = malloc(size + 1);
	wslay_event_context_ptr framing;

	for (size_t i = 0; i < size; i++)
		sent[i] = (uint8_t)(i * 7 + 1);
	cr_assert_eq(
	    websocket_add_frame(reader.in, WSLAY_BINARY_FRAME, sent, size, from_client ? mask : NULL), 0);
	if (from_client)
		wslay_event_context_server_init(&framing, &callbacks, &reader);
	else
		wslay_event_context_client_init(&framing, &callbacks, &reader);
	cr_assert_eq(wslay_event_recv(framing), 0, "%zu bytes", size);
	cr_expect_eq(reader.messages, 1, "%zu bytes", size);
	cr_expect_eq(reader.opcode, WSLAY_BINARY_FRAME);
	cr_expect_eq(reader.size, size);
	cr_expect_eq(memcmp(reader.got, sent, size), 0, "%zu bytes", size);
	wslay_event_context_free(framing);
	evbuffer_free(reader.in);
	free(reader.got);
	free(sent);
}

Test(websocket, frames_of_every_size)
{
	static const size_t sizes[] = { 0, 1, 7, 8, 9, 125, 126, 127, 640, 65535, 65536, 200001 };

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		check(sizes[i], true);
		check(sizes[i], false);
	}
}
