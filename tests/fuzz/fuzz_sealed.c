/* Encrypted files that others may have changed, with a key that is known; and key files. */
#define _GNU_SOURCE /* memfd_create */
#include "daemon/api/vault/sealed.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file in memory with these bytes. */
static int file_of(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd >= 0 && write(fd, data, size) != (ssize_t)size) {
		close(fd);
		return -1;
	}
	return fd;
}

static void read_keys(const uint8_t *data, size_t size)
{
	char error[KEY_ERROR_SIZE], name[40];
	struct key_ring ring;
	int fd = file_of(data, size);

	if (fd < 0)
		return;
	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	if (!key_file_read(&ring, name, error))
		key_ring_clear(&ring);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const atomic_bool stop = false;
	static const struct key_ring ring = { .keys = { { .key = { 1, 2, 3 }, .id = "0123456789abcdef" } },
					      .count = 1 };
	int in = file_of(data, size), out = file_of(data, 0), done;

	if (in >= 0 && out >= 0) {
		(void)!sealed_open(in, out, &ring, &stop);
		(void)!sealed_rewrap(in, &ring, &done);
		(void)sealed_plain_size((int64_t)size);
		/* what it has encrypted itself comes back */
		if (!ftruncate(in, 0) && !ftruncate(out, 0) && pwrite(out, data, size, 0) == (ssize_t)size &&
		    lseek(in, 0, SEEK_SET) == 0) {
			struct stat st;
			int back = file_of(data, 0);

			if (sealed_seal(out, in, &ring, &stop) || back < 0 ||
			    sealed_open(in, back, &ring, &stop) || fstat(back, &st) ||
			    st.st_size != (off_t)size)
				__builtin_trap();
			close(back);
		}
	}
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	read_keys(data, size);
	return 0;
}
