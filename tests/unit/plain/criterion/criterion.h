/* A stand-in for Criterion where it does not run: under the thread sanitizer it cannot map its arena. Each
 * test runs in a process of its own; a failed expectation is printed and makes the program fail. Of the
 * arguments of Test() .init and .fini count, those of TestSuite() and assertions' messages are ignored. */
#ifndef OFFHOOK_TESTS_PLAIN_CRITERION_H
#define OFFHOOK_TESTS_PLAIN_CRITERION_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct plain_options {
	void (*init)(void), (*fini)(void);
	double timeout; /* ignored */
};

struct plain_test {
	const char *suite, *name;
	void (*run)(void);
	struct plain_options options;
	struct plain_test *next;
};

extern struct plain_test *plain_tests;
extern int plain_failures;

#define TestSuite(suite, ...) _Static_assert(1, #suite)
#define Test(suite_, name_, ...)                                                \
	static void suite_##_##name_(void);                                     \
	__attribute__((constructor)) static void suite_##_##name_##_add(void)   \
	{                                                                       \
		static struct plain_test test = { .suite = #suite_,             \
						  .name = #name_,               \
						  .run = suite_##_##name_,      \
						  .options = { __VA_ARGS__ } }; \
		test.next = plain_tests;                                        \
		plain_tests = &test;                                            \
	}                                                                       \
	static void suite_##_##name_(void)

#define plain_check(condition, text, end)                                \
	do {                                                             \
		if (!(condition)) {                                      \
			printf("%s:%d: %s\n", __FILE__, __LINE__, text); \
			plain_failures++;                                \
			end;                                             \
		}                                                        \
	} while (0)

#define plain_expect(condition) plain_check(condition, #condition, (void)0)
#define plain_assert(condition) plain_check(condition, #condition, exit(1))

#define cr_expect(condition, ...)	     plain_expect(condition)
#define cr_expect_not(condition, ...)	     plain_expect(!(condition))
#define cr_expect_eq(a, b, ...)		     plain_expect((a) == (b))
#define cr_expect_str_neq(a, b, ...)	     plain_expect(strcmp(a, b) != 0)
#define cr_expect_neq(a, b, ...)	     plain_expect((a) != (b))
#define cr_expect_lt(a, b, ...)		     plain_expect((a) < (b))
#define cr_expect_leq(a, b, ...)	     plain_expect((a) <= (b))
#define cr_expect_gt(a, b, ...)		     plain_expect((a) > (b))
#define cr_expect_geq(a, b, ...)	     plain_expect((a) >= (b))
#define cr_expect_null(a, ...)		     plain_expect((a) == NULL)
#define cr_expect_not_null(a, ...)	     plain_expect((a) != NULL)
#define cr_expect_str_eq(a, b, ...)	     plain_expect(strcmp(a, b) == 0)
#define cr_expect_float_eq(a, b, delta, ...) plain_expect(fabs((double)(a) - (double)(b)) <= (delta))
#define cr_assert(condition, ...)	     plain_assert(condition)
#define cr_assert_eq(a, b, ...)		     plain_assert((a) == (b))
#define cr_assert_neq(a, b, ...)	     plain_assert((a) != (b))
#define cr_assert_null(a, ...)		     plain_assert((a) == NULL)
#define cr_assert_not(condition, ...)	     plain_assert(!(condition))
#define cr_assert_str_eq(a, b, ...)	     plain_assert(strcmp(a, b) == 0)
#define cr_assert_arr_eq(a, b, size, ...)    plain_assert(memcmp(a, b, size) == 0)
#define cr_assert_lt(a, b, ...)		     plain_assert((a) < (b))
#define cr_assert_leq(a, b, ...)	     plain_assert((a) <= (b))
#define cr_assert_geq(a, b, ...)	     plain_assert((a) >= (b))
#define cr_assert_not_null(a, ...)	     plain_assert((a) != NULL)
#define cr_log_info(...)             \
	do {                         \
		printf(__VA_ARGS__); \
		putchar('\n');       \
	} while (0)

#endif
