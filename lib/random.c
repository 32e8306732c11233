/* random: see random.h. */
#include "lib/random.h"

#include "lib/hex.h"
#include "lib/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static atomic_bool seeded;
static pthread_mutex_t seed_lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t seed_state;

/* splitmix64: for tests alone. */
static uint64_t next_test_value(void)
{
	uint64_t z;

	pthread_mutex_lock(&seed_lock);
	z = seed_state += UINT64_C(0x9e3779b97f4a7c15);
	pthread_mutex_unlock(&seed_lock);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void test_bytes(unsigned char *out, size_t size)
{
	while (size > 0) {
		uint64_t value = next_test_value();
		size_t n = size < sizeof(value) ? size : sizeof(value);

		memcpy(out, &value, n);
		out += n;
		size -= n;
	}
}

static void kernel_bytes(unsigned char *at, size_t size)
{
	while (size > 0) {
		ssize_t n = getrandom(at, size, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			log_error("random.failed", NULL, "error=%s", log_quote(strerror(errno)));
			abort();
		}
		at += n;
		size -= (size_t)n;
	}
}

/* Drawn ahead, so that the many small numbers of a call cost one system call now and then. Each thread has
 * its own; what was given away is wiped. */
static _Thread_local unsigned char ahead[256];
static _Thread_local size_t ahead_left;

void random_bytes(void *out, size_t size)
{
	if (atomic_load(&seeded)) {
		test_bytes(out, size);
		return;
	}
	if (size > sizeof(ahead) / 4) {
		kernel_bytes(out, size);
		return;
	}
	if (ahead_left < size) {
		kernel_bytes(ahead, sizeof(ahead));
		ahead_left = sizeof(ahead);
	}
	ahead_left -= size;
	memcpy(out, ahead + ahead_left, size);
	explicit_bzero(ahead + ahead_left, size);
}

uint32_t random_u32(void)
{
	uint32_t value;

	random_bytes(&value, sizeof(value));
	return value;
}

uint64_t random_u64(void)
{
	uint64_t value;

	random_bytes(&value, sizeof(value));
	return value;
}

char *random_uuid(char out[UUID_TEXT_SIZE])
{
	unsigned char bytes[HEX_UUID_BYTES];

	random_bytes(bytes, sizeof(bytes));
	return hex_uuid(out, bytes, 4);
}

char *random_hex(char *out, size_t bytes)
{
	unsigned char chunk[32];
	char *at = out;

	while (bytes > 0) {
		size_t n = bytes < sizeof(chunk) ? bytes : sizeof(chunk);

		random_bytes(chunk, n);
		at = hex_write(at, chunk, n);
		bytes -= n;
	}
	*at = '\0';
	return out;
}

void random_test_seed(uint64_t seed)
{
	pthread_mutex_lock(&seed_lock);
	seed_state = seed;
	pthread_mutex_unlock(&seed_lock);
	atomic_store(&seeded, seed != 0);
}
