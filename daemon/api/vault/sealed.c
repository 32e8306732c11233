/* See sealed.h. */
#include "daemon/api/vault/sealed.h"

#include "lib/file.h"
#include "lib/hex.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	MAGIC = 8,
	KEY_ID = 8,
	NONCE = 12,
	TAG = 16,
	HEAD = MAGIC + KEY_ID + NONCE + KEY_BYTES + TAG,
	AT_NONCE = MAGIC + KEY_ID,
	AT_KEY = AT_NONCE + NONCE,
	AT_TAG = AT_KEY + KEY_BYTES,
	CHUNK = 65536
};

static const unsigned char magic[MAGIC + 1] = "OFFHOOK1";

/* One file on its way. */
struct passage {
	EVP_CIPHER_CTX *context;
	unsigned char key[KEY_BYTES]; /* the file's */
	unsigned char head[HEAD];
	unsigned char in[CHUNK + TAG], out[CHUNK + TAG];
};

/* Encrypts or decrypts `size` bytes with `extra` (NULL: none) authenticated too. 0; EBADMSG: the tag is not
 * that of what is decrypted; EIO: the library refuses. */
static int cipher(EVP_CIPHER_CTX *context, bool encrypt, const unsigned char *key, const unsigned char *nonce,
		  const unsigned char *extra, int extra_size, const unsigned char *in, int size,
		  unsigned char *out, unsigned char tag[TAG])
{
	int n = 0;

	if (!EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce, encrypt) ||
	    (extra && !EVP_CipherUpdate(context, NULL, &n, extra, extra_size)) ||
	    (size && !EVP_CipherUpdate(context, out, &n, in, size)) ||
	    (!encrypt && !EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG, tag)))
		return EIO;
	if (EVP_CipherFinal_ex(context, out + size, &n) <= 0)
		return encrypt ? EIO : EBADMSG;
	return encrypt && !EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG, tag) ? EIO : 0;
}

static void chunk_nonce(uint64_t place, bool last, unsigned char nonce[NONCE])
{
	memset(nonce, 0, NONCE);
	nonce[0] = last;
	for (int i = 0; i < 8; i++)
		nonce[NONCE - 1 - i] = (unsigned char)(place >> (8 * i));
}

/* Reads until `size` bytes are there or the file ends. Returns how many, or -1. */
static ssize_t read_full(int fd, unsigned char *to, size_t size, int64_t at)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pread(fd, to + done, size - done, (off_t)(at + (int64_t)done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

/* Puts the file's key into its head, under the first key of the ring. */
static int wrap(struct passage *p, const struct key_ring *ring)
{
	const char *id = ring->keys[0].id;

	memcpy(p->head, magic, MAGIC);
	for (size_t i = 0; i < KEY_ID; i++) {
		const char pair[3] = { id[2 * i], id[2 * i + 1], '\0' };

		p->head[MAGIC + i] = (unsigned char)strtoul(pair, NULL, 16);
	}
	if (RAND_bytes(p->head + AT_NONCE, NONCE) != 1)
		return EIO;
	return cipher(p->context, true, ring->keys[0].key, p->head + AT_NONCE, p->head, AT_NONCE, p->key,
		      KEY_BYTES, p->head + AT_KEY, p->head + AT_TAG);
}

/* Takes the file's key out of its head. `id` gets that of the key of the ring. */
static int unwrap(struct passage *p, int in, const struct key_ring *ring, char id[KEY_ID_SIZE])
{
	const unsigned char *key;
	ssize_t n = read_full(in, p->head, HEAD, 0);
	unsigned char plain[KEY_BYTES + TAG];
	int err;

	if (n < 0)
		return errno;
	if (n != HEAD || memcmp(p->head, magic, MAGIC))
		return EBADMSG;
	hex_write(id, p->head + MAGIC, KEY_ID);
	key = key_ring_find(ring, id);
	if (!key)
		return ENOKEY;
	err = cipher(p->context, false, key, p->head + AT_NONCE, p->head, AT_NONCE, p->head + AT_KEY,
		     KEY_BYTES, plain, p->head + AT_TAG);
	memcpy(p->key, plain, KEY_BYTES);
	OPENSSL_cleanse(plain, sizeof plain);
	return err;
}

static int passage_open(struct passage **out)
{
	struct passage *p = calloc(1, sizeof *p);

	if (p)
		p->context = EVP_CIPHER_CTX_new();
	if (!p || !p->context) {
		free(p);
		return ENOMEM;
	}
	*out = p;
	return 0;
}

static void passage_close(struct passage *p)
{
	EVP_CIPHER_CTX_free(p->context);
	OPENSSL_cleanse(p, sizeof *p);
	free(p);
}

/* Carries all chunks from `in`, where they begin at `at`, to where `out` stands. */
static int carry(struct passage *p, int in, int64_t at, int out, bool encrypt, const atomic_bool *stop)
{
	const size_t size = encrypt ? CHUNK : CHUNK + TAG;
	ssize_t n = read_full(in, p->in, size, at), next;
	unsigned char nonce[NONCE], ahead;
	int err = 0;

	for (uint64_t place = 0; !err; place++, at += n, n = read_full(in, p->in, size, at)) {
		if (n < 0)
			return errno;
		if (!encrypt && n < TAG)
			return EBADMSG; /* the last one is missing */
		if (*stop)
			return ECANCELED;
		next = read_full(in, &ahead, 1, at + n);
		if (next < 0)
			return errno;
		chunk_nonce(place, next == 0, nonce);
		if (encrypt)
			err = cipher(p->context, true, p->key, nonce, NULL, 0, p->in, (int)n, p->out,
				     p->out + n);
		else
			err = cipher(p->context, false, p->key, nonce, NULL, 0, p->in, (int)n - TAG, p->out,
				     p->in + n - TAG);
		if (!err)
			err =
			    file_write_all(out, (const char *)p->out, (size_t)(encrypt ? n + TAG : n - TAG));
		if (next == 0)
			break;
	}
	return err;
}

int sealed_seal(int in, int out, const struct key_ring *ring, const atomic_bool *stop)
{
	struct passage *p;
	int err = ring->count ? passage_open(&p) : ENOKEY;

	if (err)
		return err;
	err = RAND_bytes(p->key, KEY_BYTES) == 1 ? wrap(p, ring) : EIO;
	if (!err)
		err = file_write_all(out, (const char *)p->head, HEAD);
	if (!err)
		err = carry(p, in, 0, out, true, stop);
	passage_close(p);
	return err;
}

int sealed_open(int in, int out, const struct key_ring *ring, const atomic_bool *stop)
{
	char id[KEY_ID_SIZE];
	struct passage *p;
	int err = passage_open(&p);

	if (err)
		return err;
	err = unwrap(p, in, ring, id);
	if (!err)
		err = carry(p, in, HEAD, out, false, stop);
	passage_close(p);
	return err;
}

int sealed_rewrap(int file, const struct key_ring *ring, int *done)
{
	char id[KEY_ID_SIZE];
	struct passage *p;
	int err = ring->count ? passage_open(&p) : ENOKEY;

	if (err)
		return err;
	err = unwrap(p, file, ring, id);
	*done = !err && strcmp(id, ring->keys[0].id) != 0;
	if (*done) {
		err = wrap(p, ring);
		/* within one sector of any disk: it is the old or the new one, whatever happens */
		if (!err && pwrite(file, p->head, HEAD, 0) != HEAD)
			err = EIO;
		if (!err && fdatasync(file))
			err = errno;
	}
	passage_close(p);
	return err;
}

int64_t sealed_plain_size(int64_t size)
{
	const int64_t body = size - HEAD, chunks = (body + CHUNK + TAG - 1) / (CHUNK + TAG);

	return body < TAG ? -1 : body - chunks * TAG;
}
