#include "lib/websocket.h"

#include <errno.h>
#include <event2/buffer.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { FINAL = 0x80, MASKED = 0x80, SMALL_MAX = 125, IN_16_BITS = 126, IN_64_BITS = 127, HEAD_MAX = 14 };

void websocket_accept(char out[WEBSOCKET_ACCEPT_SIZE], const char *key)
{
	static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	unsigned char digest[SHA_DIGEST_LENGTH];
	char text[80];

	snprintf(text, sizeof text, "%.40s%s", key, magic);
	SHA1((unsigned char *)text, strlen(text), digest);
	EVP_EncodeBlock((unsigned char *)out, digest, sizeof digest);
}

bool websocket_has_token(const char *list, const char *token)
{
	const size_t length = strlen(token);

	while (list && *list) {
		list += strspn(list, ", \t");
		if (!strncasecmp(list, token, length) && (!list[length] || strchr(", \t", list[length])))
			return true;
		list += strcspn(list, ",");
	}
	return false;
}

/* Returns its size. */
static size_t write_head(uint8_t *out, unsigned opcode, size_t size, const uint8_t *mask)
{
	const uint8_t masked = mask ? MASKED : 0;
	size_t n = 2, bytes = size <= SMALL_MAX ? 0 : size <= UINT16_MAX ? 2 : 8;

	out[0] = (uint8_t)(FINAL | opcode);
	out[1] = (uint8_t)(masked | (bytes == 0 ? size : bytes == 2 ? IN_16_BITS : IN_64_BITS));
	while (bytes-- > 0)
		out[n++] = (uint8_t)((uint64_t)size >> 8 * bytes);
	if (mask)
		memcpy(out + n, mask, WEBSOCKET_MASK_BYTES);
	return n + (mask ? WEBSOCKET_MASK_BYTES : 0);
}

/* Eight bytes at a time. */
static void copy_masked(uint8_t *out, const uint8_t *in, size_t size, const uint8_t *mask)
{
	uint64_t wide, word;
	size_t at = 0;

	memcpy(&wide, mask, WEBSOCKET_MASK_BYTES);
	memcpy((uint8_t *)&wide + WEBSOCKET_MASK_BYTES, mask, WEBSOCKET_MASK_BYTES);
	for (; size - at >= sizeof word; at += sizeof word) {
		memcpy(&word, in + at, sizeof word);
		word ^= wide;
		memcpy(out + at, &word, sizeof word);
	}
	for (; at < size; at++)
		out[at] = in[at] ^ mask[at % WEBSOCKET_MASK_BYTES];
}

int websocket_add_frame(struct evbuffer *out, unsigned opcode, const void *payload, size_t size,
			const uint8_t *mask)
{
	struct evbuffer_iovec room;
	size_t head;

	if (evbuffer_reserve_space(out, (ev_ssize_t)(HEAD_MAX + size), &room, 1) != 1)
		return ENOMEM;
	head = write_head(room.iov_base, opcode, size, mask);
	if (mask)
		copy_masked((uint8_t *)room.iov_base + head, payload, size, mask);
	else if (size)
		memcpy((uint8_t *)room.iov_base + head, payload, size);
	room.iov_len = head + size;
	return evbuffer_commit_space(out, &room, 1) ? ENOMEM : 0;
}

ssize_t websocket_on_recv(wslay_event_context_ptr framing, struct evbuffer *in, uint8_t *data, size_t size)
{
	const int got = evbuffer_remove(in, data, size);

	if (got > 0)
		return got;
	wslay_event_set_error(framing, WSLAY_ERR_WOULDBLOCK);
	return -1;
}

ssize_t websocket_on_send(wslay_event_context_ptr framing, struct evbuffer *out, const uint8_t *data,
			  size_t size)
{
	if (!evbuffer_add(out, data, size))
		return (ssize_t)size;
	wslay_event_set_error(framing, WSLAY_ERR_CALLBACK_FAILURE);
	return -1;
}
