/* random: the only source of randomness, so that tests can own it. Thread safe. */
#ifndef OFFHOOK_LIB_RANDOM_H
#define OFFHOOK_LIB_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Fills `out` with `size` bytes from the kernel's generator (getrandom), small numbers from a store of some
 * hundred bytes drawn ahead for each thread: a child of fork() has to exec before it asks. Ends the process
 * if the kernel has none. */
void random_bytes(void *out, size_t size);
uint32_t random_u32(void);
uint64_t random_u64(void);

enum { UUID_TEXT_SIZE = 37 };

/* Writes a UUIDv4 (RFC 9562) in lower case. Returns `out`. */
char *random_uuid(char out[UUID_TEXT_SIZE]);

/* Writes 2 × `bytes` hex digits and a NUL. Returns `out`. */
char *random_hex(char *out, size_t bytes);

/* For tests: from now on a repeatable sequence from `seed`; 0 goes back to the kernel. */
void random_test_seed(uint64_t seed);

#endif
