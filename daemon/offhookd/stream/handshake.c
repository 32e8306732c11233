#include "daemon/offhookd/stream/handshake.h"

#include "lib/random.h"
#include "lib/websocket.h"

#include <errno.h>
#include <event2/buffer.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void handshake_key(char out[HANDSHAKE_KEY_SIZE])
{
	unsigned char bytes[16];

	random_bytes(bytes, sizeof bytes);
	EVP_EncodeBlock((unsigned char *)out, bytes, sizeof bytes);
}

static bool clean(const char *text)
{
	for (const unsigned char *at = (const unsigned char *)text; *at; at++)
		if ((*at < ' ' && *at != '\t') || *at == 0x7f)
			return false;
	return true;
}

int handshake_write(struct evbuffer *out, const char *host, const char *target, const char *key,
		    const char *protocol, const char *const *headers)
{
	if (!clean(host) || !clean(target) || strchr(target, ' ') || (protocol && !clean(protocol)))
		return EINVAL;
	for (size_t i = 0; headers && headers[i]; i++)
		if (!clean(headers[i]) || !strchr(headers[i], ':'))
			return EINVAL;
	if (evbuffer_add_printf(
		out,
		"GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\nUser-Agent: Offhook\r\n",
		target, host, key) < 0)
		return ENOMEM;
	if (protocol && evbuffer_add_printf(out, "Sec-WebSocket-Protocol: %s\r\n", protocol) < 0)
		return ENOMEM;
	for (size_t i = 0; headers && headers[i]; i++)
		if (evbuffer_add_printf(out, "%s\r\n", headers[i]) < 0)
			return ENOMEM;
	return evbuffer_add(out, "\r\n", 2) ? ENOMEM : 0;
}

/* What the answer's fields say. */
struct answer {
	bool upgrade, connection, accept, strange; /* the last: a protocol that was not asked for */
};

static void read_field(struct answer *a, char *line, const char *accept, const char *protocol)
{
	char *value = strchr(line, ':'), *end;

	if (!value)
		return;
	*value++ = '\0';
	value += strspn(value, " \t");
	end = value + strlen(value);
	while (end > value && strchr(" \t", end[-1]))
		*--end = '\0';
	if (!strcasecmp(line, "Upgrade"))
		a->upgrade = websocket_has_token(value, "websocket");
	else if (!strcasecmp(line, "Connection"))
		a->connection = websocket_has_token(value, "upgrade");
	else if (!strcasecmp(line, "Sec-WebSocket-Accept"))
		a->accept = !strcmp(value, accept);
	else if (!strcasecmp(line, "Sec-WebSocket-Protocol"))
		a->strange = !protocol || strcmp(value, protocol) != 0;
}

static enum handshake_state fail(char why[HANDSHAKE_WHY_MAX], const char *text)
{
	snprintf(why, HANDSHAKE_WHY_MAX, "%s", text);
	return HANDSHAKE_FAILED;
}

/* A server that names no protocol is taken at its word all the same: many do so. */
static enum handshake_state judge(const struct answer *a, int status, char why[HANDSHAKE_WHY_MAX])
{
	if (status != 101) {
		snprintf(why, HANDSHAKE_WHY_MAX, "The server answered %d to the WebSocket request, not 101.",
			 status);
		return HANDSHAKE_FAILED;
	}
	if (!a->upgrade || !a->connection)
		return fail(why,
			    "The server answered 101 without Upgrade: websocket and Connection: Upgrade.");
	if (!a->accept)
		return fail(why, "The server's Sec-WebSocket-Accept does not fit our key.");
	if (a->strange)
		return fail(why, "The server speaks a WebSocket sub-protocol that was not asked for.");
	return HANDSHAKE_DONE;
}

enum handshake_state handshake_read(struct evbuffer *in, const char *key, const char *protocol, int *status,
				    char why[HANDSHAKE_WHY_MAX])
{
	struct evbuffer_ptr end = evbuffer_search(in, "\r\n\r\n", 4, NULL);
	struct answer a = { 0 };
	char accept[WEBSOCKET_ACCEPT_SIZE], *line;
	bool first = true;

	*status = 0;
	if (end.pos < 0 && evbuffer_get_length(in) < HANDSHAKE_ANSWER_MAX)
		return HANDSHAKE_MORE;
	if (end.pos < 0 || end.pos > HANDSHAKE_ANSWER_MAX)
		return fail(why, "The server's answer to the WebSocket request is too long.");
	websocket_accept(accept, key);
	while ((line = evbuffer_readln(in, NULL, EVBUFFER_EOL_CRLF_STRICT)) != NULL) {
		bool last = !*line;

		if (first && sscanf(line, "HTTP/1.%*1[01] %3d", status) != 1)
			*status = 0;
		else if (!first && !last)
			read_field(&a, line, accept, protocol);
		first = false;
		free(line);
		if (last)
			break;
	}
	if (!*status)
		return fail(why, "The server's answer to the WebSocket request is no HTTP.");
	return judge(&a, *status, why);
}
