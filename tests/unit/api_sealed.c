/* Files that are encrypted with a key of a key file. */
#include "daemon/api/vault/sealed.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(api_sealed, .timeout = 30);

static const atomic_bool go_on = false;

static int file_of(const unsigned char *bytes, size_t size)
{
	FILE *file = tmpfile();
	int fd = file ? dup(fileno(file)) : -1;

	cr_assert_geq(fd, 0);
	fclose(file);
	cr_assert_eq(pwrite(fd, bytes, size, 0), (ssize_t)size);
	return fd;
}

static struct key_ring ring_of(const char *text)
{
	char name[] = "/tmp/offhook-key-XXXXXX", error[KEY_ERROR_SIZE] = "";
	int fd = mkstemp(name);
	struct key_ring ring;

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	cr_assert_eq(key_file_read(&ring, name, error), 0, "%s", error);
	unlink(name);
	return ring;
}

#define ONE   "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
#define OTHER "FF0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"

static int64_t size_of(int fd)
{
	struct stat info;

	cr_assert_eq(fstat(fd, &info), 0);
	return info.st_size;
}

/* Text of so many bytes that is no pattern of a chunk's. */
static unsigned char *text_of(size_t size)
{
	unsigned char *text = malloc(size + 1);

	cr_assert_not_null(text);
	for (size_t i = 0; i < size; i++)
		text[i] = (unsigned char)(i * 7 + i / 251);
	return text;
}

Test(api_sealed, comes_back_whatever_its_size)
{
	static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 131072, 200000 };
	struct key_ring ring = ring_of("# the key\n\n" ONE);

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		unsigned char *text = text_of(sizes[i]), *back = calloc(1, sizes[i] + 1);
		int in = file_of(text, sizes[i]), sealed = file_of(text, 0), out = file_of(text, 0);

		cr_assert_eq(sealed_seal(in, sealed, &ring, &go_on), 0);
		cr_expect_eq(sealed_plain_size(size_of(sealed)), (int64_t)sizes[i]);
		cr_assert_eq(sealed_open(sealed, out, &ring, &go_on), 0, "%zu", sizes[i]);
		cr_expect_eq(size_of(out), (int64_t)sizes[i]);
		cr_expect_eq(pread(out, back, sizes[i], 0), (ssize_t)sizes[i]);
		cr_expect_eq(memcmp(back, text, sizes[i]), 0);
		close(in);
		close(sealed);
		close(out);
		free(text);
		free(back);
	}
}

/* What comes of a file with a change of `change` bytes at a place, or without its end. */
static int opened(const unsigned char *bytes, size_t size, const struct key_ring *ring)
{
	int sealed = file_of(bytes, size), out = file_of(bytes, 0);
	int err = sealed_open(sealed, out, ring, &go_on);

	close(sealed);
	close(out);
	return err;
}

Test(api_sealed, a_change_or_a_cut_anywhere_is_found_out)
{
	enum { SIZE = 140000, HEAD = 76, CHUNK = 65552 };
	struct key_ring ring = ring_of(ONE);
	unsigned char *text = text_of(SIZE), bytes[SIZE + 1000], swap[CHUNK];
	int in = file_of(text, SIZE), sealed = file_of(text, 0);
	ssize_t size;

	cr_assert_eq(sealed_seal(in, sealed, &ring, &go_on), 0);
	size = pread(sealed, bytes, sizeof bytes, 0);
	cr_assert_eq(opened(bytes, (size_t)size, &ring), 0);
	for (ssize_t at = 0; at < size; at += at < 100 ? 1 : 7919) {
		const int wanted = at >= 8 && at < 16 ? ENOKEY : EBADMSG;

		bytes[at] ^= 0x10;
		cr_expect_eq(opened(bytes, (size_t)size, &ring), wanted, "changed at %zd", at);
		bytes[at] ^= 0x10;
	}
	static const ssize_t cuts[] = { 0,	   8,	      HEAD - 1,	    HEAD,
					HEAD + 15, HEAD + 16, HEAD + CHUNK, HEAD + 2 * CHUNK };

	for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++)
		cr_expect_eq(opened(bytes, (size_t)cuts[i], &ring), EBADMSG, "cut at %zd", cuts[i]);
	cr_expect_eq(opened(bytes, (size_t)size - 1, &ring), EBADMSG);
	memcpy(swap, bytes + HEAD, CHUNK); /* two chunks in each other's place */
	memcpy(bytes + HEAD, bytes + HEAD + CHUNK, CHUNK);
	memcpy(bytes + HEAD + CHUNK, swap, CHUNK);
	cr_expect_eq(opened(bytes, (size_t)size, &ring), EBADMSG);
	close(in);
	close(sealed);
	free(text);
}

Test(api_sealed, another_key_takes_the_place_of_the_first)
{
	struct key_ring old = ring_of(ONE), both = ring_of(OTHER ONE), fresh = ring_of(OTHER);
	static const unsigned char text[] = "what was said";
	int in = file_of(text, sizeof text), sealed = file_of(text, 0), out = file_of(text, 0), done = -1;

	cr_assert_eq(sealed_seal(in, sealed, &old, &go_on), 0);
	cr_expect_eq(sealed_open(sealed, out, &fresh, &go_on), ENOKEY);
	cr_expect_eq(sealed_rewrap(sealed, &fresh, &done), ENOKEY);
	cr_expect_eq(sealed_rewrap(sealed, &old, &done), 0);
	cr_expect_eq(done, 0);
	cr_expect_eq(sealed_rewrap(sealed, &both, &done), 0);
	cr_expect_eq(done, 1);
	cr_expect_eq(sealed_open(sealed, out, &fresh, &go_on), 0);
	cr_expect_eq(size_of(out), (int64_t)sizeof text);
	cr_expect_eq(sealed_open(sealed, out, &old, &go_on), ENOKEY);
	close(in);
	close(sealed);
	close(out);
}

Test(api_sealed, two_files_of_the_same_have_nothing_in_common)
{
	struct key_ring ring = ring_of(ONE);
	unsigned char text[4096] = { 0 }, a[5000], b[5000];
	int in = file_of(text, sizeof text), first = file_of(text, 0), second = file_of(text, 0);

	cr_assert_eq(sealed_seal(in, first, &ring, &go_on), 0);
	cr_assert_eq(sealed_seal(in, second, &ring, &go_on), 0);
	cr_expect_eq(pread(first, a, sizeof a, 0), pread(second, b, sizeof b, 0));
	cr_expect_neq(memcmp(a + 76, b + 76, 4096), 0);
	close(in);
	close(first);
	close(second);
}

Test(api_sealed, key_files_that_are_none_are_refused)
{
	static const char *const bad[] = { "", "# none\n", "abc\n", (ONE "x"), ("00010203\n" ONE) };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char name[] = "/tmp/offhook-key-XXXXXX", error[KEY_ERROR_SIZE] = "";
		int fd = mkstemp(name);
		struct key_ring ring;

		cr_assert_eq(write(fd, bad[i], strlen(bad[i])), (ssize_t)strlen(bad[i]));
		close(fd);
		cr_expect_eq(key_file_read(&ring, name, error), EINVAL, "%s", bad[i]);
		cr_expect_neq(*error, '\0');
		unlink(name);
	}
}
