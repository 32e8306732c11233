/* See key_file.h. */
#include "lib/key_file.h"

#include "lib/hex.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The digest is of more than the key, so that it is of no use for anything else. */
static void name_key(const unsigned char key[KEY_BYTES], char id[KEY_ID_SIZE])
{
	static const char purpose[] = "offhook key id";
	unsigned char text[sizeof purpose + KEY_BYTES], digest[SHA256_DIGEST_LENGTH];

	memcpy(text, purpose, sizeof purpose);
	memcpy(text + sizeof purpose, key, KEY_BYTES);
	SHA256(text, sizeof text, digest);
	hex_write(id, digest, (KEY_ID_SIZE - 1) / 2);
	OPENSSL_cleanse(text, sizeof text);
}

static int read_key(const char *line, size_t length, unsigned char out[KEY_BYTES])
{
	return length == (size_t)2 * KEY_BYTES && hex_read(out, KEY_BYTES, line) == KEY_BYTES ? 0 : EINVAL;
}

static int read_lines(struct key_ring *out, const char *text, char error[KEY_ERROR_SIZE])
{
	for (unsigned n = 1; *text; n++) {
		size_t length = strcspn(text, "\n"), left = length;
		const char *line = text;

		text += length + (text[length] == '\n');
		while (left && isspace((unsigned char)line[left - 1]))
			left--;
		if (!left || *line == '#')
			continue;
		if (out->count == KEYS_MAX) {
			snprintf(error, KEY_ERROR_SIZE, "more than %d keys", KEYS_MAX);
			return EINVAL;
		}
		if (read_key(line, left, out->keys[out->count].key)) {
			snprintf(error, KEY_ERROR_SIZE, "line %u is no key of %d hexadecimal digits", n,
				 2 * KEY_BYTES);
			return EINVAL;
		}
		name_key(out->keys[out->count].key, out->keys[out->count].id);
		out->count++;
	}
	if (out->count)
		return 0;
	snprintf(error, KEY_ERROR_SIZE, "there is no key in it");
	return EINVAL;
}

int key_file_read(struct key_ring *out, const char *file, char error[KEY_ERROR_SIZE])
{
	char text[KEY_FILE_MAX + 1];
	struct key_ring ring = { .count = 0 };
	int fd = open(file, O_RDONLY | O_CLOEXEC), err = fd < 0 ? errno : 0;
	ssize_t size = 0;

	if (fd >= 0) {
		size = read(fd, text, sizeof text);
		err = size < 0 ? errno : 0;
		close(fd);
	}
	if (err) {
		snprintf(error, KEY_ERROR_SIZE, "%s", strerror(err));
		return err;
	}
	if (size > KEY_FILE_MAX) {
		snprintf(error, KEY_ERROR_SIZE, "more than %d bytes", KEY_FILE_MAX);
		err = EINVAL;
	} else {
		text[size] = '\0';
		err = read_lines(&ring, text, error);
	}
	OPENSSL_cleanse(text, sizeof text);
	if (!err)
		*out = ring;
	key_ring_clear(&ring);
	return err;
}

const unsigned char *key_ring_find(const struct key_ring *ring, const char *id)
{
	for (size_t i = 0; i < ring->count; i++)
		if (!strcmp(ring->keys[i].id, id))
			return ring->keys[i].key;
	return NULL;
}

void key_ring_clear(struct key_ring *ring)
{
	OPENSSL_cleanse(ring, sizeof *ring);
}
