/* Tests of clock, random, ref and log. */
#include "lib/clock.h"
#include "lib/fnv.h"
#include "lib/hex.h"
#include "lib/log.h"
#include "lib/random.h"
#include "lib/ref.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

Test(clock, formats_rfc3339)
{
	char text[CLOCK_TEXT_SIZE];

	cr_assert_str_eq(clock_format_rfc3339(0, text), "1970-01-01T00:00:00.000Z");
	cr_assert_str_eq(clock_format_rfc3339(INT64_C(1795166521123), text), "2026-11-20T09:22:01.123Z");
	cr_assert_str_eq(clock_format_rfc3339(-1, text), "1969-12-31T23:59:59.999Z");
	cr_assert_str_eq(clock_format_rfc3339(INT64_MAX, text), "9999-12-31T23:59:59.999Z");
	cr_assert_str_eq(clock_format_rfc3339(INT64_MIN, text), "0000-01-01T00:00:00.000Z");
}

Test(clock, parses_rfc3339)
{
	static const struct {
		const char *text;
		int64_t utc_ms;
	} good[] = {
		{ "2026-11-20T09:22:01.123Z", INT64_C(1795166521123) },
		{ "2026-11-20t09:22:01.1239z", INT64_C(1795166521123) },
		{ "2026-11-20 10:22:01+01:00", INT64_C(1795166521000) },
		{ "2026-11-20T03:52:01.5-05:30", INT64_C(1795166521500) },
		{ "2026-11-20", INT64_C(1795132800000) },
		{ "2024-02-29", INT64_C(1709164800000) },
		{ "2016-12-31T23:59:60Z", INT64_C(1483228800000) },
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		int64_t at = -1;

		cr_expect_eq(clock_parse_rfc3339(good[i].text, &at), 0, "%s", good[i].text);
		cr_expect_eq(at, good[i].utc_ms, "%s gave %lld", good[i].text, (long long)at);
	}
}

Test(clock, refuses_what_is_no_rfc3339)
{
	static const char *const bad[] = {
		"",
		"2026",
		"2026-13-01",
		"2026-00-01",
		"2026-02-29",
		"2026-11-20T",
		"2026-11-20T09:22:01",
		"2026-11-20T24:00:00Z",
		"2026-11-20T09:60:00Z",
		"2026-11-20T09:22:61Z",
		"2026-11-20T09:22:01.Z",
		"2026-11-20T09:22:01Zx",
		"2026-11-20T09:22:01+24:00",
		"2026-11-20T09:22:01+0100",
		"20261120",
		"x",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int64_t at = -7;

		cr_expect_eq(clock_parse_rfc3339(bad[i], &at), EINVAL, "%s", bad[i]);
		cr_expect_eq(at, -7, "%s changed the output", bad[i]);
	}
	cr_expect_eq(clock_parse_rfc3339(NULL, &(int64_t){ 0 }), EINVAL);
}

Test(clock, tests_own_it)
{
	int64_t mono;

	clock_test_freeze(1000, 5000);
	cr_expect_eq(clock_utc_ms(), 1000);
	clock_test_advance(20);
	cr_expect_eq(clock_utc_ms(), 1020);
	cr_expect_eq(clock_mono_us(), 25000);
	clock_test_thaw();
	mono = clock_mono_us();
	cr_expect_geq(clock_mono_us(), mono);
	cr_expect_gt(clock_utc_ms(), INT64_C(1700000000000));
}

Test(random, makes_uuids_of_version_4)
{
	char a[UUID_TEXT_SIZE], b[UUID_TEXT_SIZE];

	random_uuid(a);
	random_uuid(b);
	cr_expect_str_neq(a, b);
	cr_expect_eq(strlen(a), 36);
	cr_expect_eq(a[14], '4');
	cr_expect_not_null(strchr("89ab", a[19]));
	cr_expect_eq(strspn(a, "0123456789abcdef-"), 36);
	cr_expect(a[8] == '-' && a[13] == '-' && a[18] == '-' && a[23] == '-');
}

Test(random, repeats_for_a_seed)
{
	char a[81], b[81];

	random_test_seed(7);
	random_hex(a, 40);
	random_test_seed(7);
	random_hex(b, 40);
	cr_expect_str_eq(a, b);
	cr_expect_eq(strlen(a), 80);
	random_test_seed(0);
	random_hex(b, 40);
	cr_expect_str_neq(a, b);
	cr_expect_neq(random_u64(), random_u64());
}

static unsigned destroyed;

static void count_destroyed(void *object)
{
	(void)object;
	destroyed++;
}

Test(ref, destroys_with_the_last_reference)
{
	int *object = ref_alloc(sizeof(*object), count_destroyed);

	cr_assert_not_null(object);
	cr_expect_eq(*object, 0);
	cr_expect_eq(ref_alive(), 1);
	cr_expect_eq(ref_hold(object), object);
	cr_expect_eq(ref_count(object), 2);
	cr_expect_null(ref_drop(object));
	cr_expect_eq(destroyed, 0);
	cr_expect_null(ref_drop(object));
	cr_expect_eq(destroyed, 1);
	cr_expect_eq(ref_alive(), 0);
	cr_expect_null(ref_drop(NULL));
	cr_expect_null(ref_hold(NULL));
}

Test(log, quotes_what_came_from_outside)
{
	cr_expect_str_eq(log_quote(NULL), "\"\"");
	cr_expect_str_eq(log_quote("a b"), "\"a b\"");
	cr_expect_str_eq(log_quote("say \"x\\y\""), "\"say \\\"x\\\\y\\\"\"");
	cr_expect_str_eq(log_quote("a\r\nb\x1b[31m\x7f"), "\"a\\x0d\\x0ab\\x1b[31m\\x7f\"");
	cr_expect_str_eq(log_quote("Zo\xc3\xab \xe2\x82\xac"), "\"Zo\xc3\xab \xe2\x82\xac\"");
	/* Malformed, overlong, a C1 control and the right-to-left override are shown as bytes. */
	cr_expect_str_eq(log_quote("\xff"), "\"\\xff\"");
	cr_expect_str_eq(log_quote("\xc0\xaf"), "\"\\xc0\\xaf\"");
	cr_expect_str_eq(log_quote("\xe0\x80\xaf"), "\"\\xe0\\x80\\xaf\"");
	cr_expect_str_eq(log_quote("\xc2\x9b"), "\"\\xc2\\x9b\"");
	cr_expect_str_eq(log_quote("\xe2\x80\xae"), "\"\\xe2\\x80\\xae\"");
	cr_expect_str_eq(log_quote_n("\xe2\x82\xac", 2), "\"\\xe2\\x82\"");
	cr_expect_str_eq(log_quote_n("a\0b", 3), "\"a\\x00b\"");
}

Test(log, bounds_quotes_and_keeps_eight)
{
	char big[4096];
	const char *first, *last = NULL;

	memset(big, '\x01', sizeof(big));
	cr_expect_lt(strlen(log_quote_n(big, sizeof(big))), 400);
	first = log_quote("first");
	for (int i = 0; i < 7; i++)
		last = log_quote("other");
	cr_expect_str_eq(first, "\"first\"");
	cr_expect_str_eq(last, "\"other\"");
}

/* What log_write() puts on stderr, in `out`. */
static void capture(char *out, size_t size, void write_lines(void))
{
	int ends[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	cr_assert_eq(pipe(ends), 0);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	dup2(ends[1], STDERR_FILENO);
	write_lines();
	dup2(saved, STDERR_FILENO);
	n = read(ends[0], out, size - 1);
	out[n > 0 ? n : 0] = '\0';
	close(ends[0]);
	close(ends[1]);
	close(saved);
}

static void write_two_levels(void)
{
	log_set_level(LOG_LEVEL_WARN);
	log_info("call.created", "id1", "never=%d", 1);
	log_warn("call.answered", "id1", "code=%d", 200);
	log_error("plain", NULL, "%s", "");
}

static void write_long_line(void)
{
	log_error("long", NULL, "x=%09999d", 7);
}

Test(log, writes_one_line_an_event)
{
	char got[8192];

	clock_test_freeze(0, 0);
	capture(got, sizeof(got), write_two_levels);
	cr_expect_str_eq(got, "1970-01-01T00:00:00.000Z warn call.answered call=id1 code=200\n"
			      "1970-01-01T00:00:00.000Z error plain\n");
	capture(got, sizeof(got), write_long_line);
	cr_expect_eq(strlen(got), 4096);
	cr_expect_eq(got[4095], '\n');
}

Test(log, parses_levels)
{
	enum log_level level = LOG_LEVEL_INFO;

	cr_expect_eq(log_level_parse("error", &level), 0);
	cr_expect_eq(level, LOG_LEVEL_ERROR);
	cr_expect_eq(log_level_parse("loud", &level), EINVAL);
	cr_expect_eq(log_level_parse(NULL, &level), EINVAL);
	cr_expect_eq(level, LOG_LEVEL_ERROR);
}

Test(hex, reads_what_it_writes_up_to_what_is_none)
{
	static const unsigned char bytes[] = { 0x00, 0x1f, 0xa0, 0xff };
	unsigned char got[8];
	char text[2 * sizeof bytes + 1];

	cr_expect_str_eq((hex_write(text, bytes, sizeof bytes), text), "001fa0ff");
	cr_expect_eq(hex_read(got, sizeof got, text), sizeof bytes);
	cr_expect_arr_eq(got, bytes, sizeof bytes);
	cr_expect_eq(hex_read(got, 2, text), 2);
	cr_expect_eq(hex_read(got, sizeof got, "1Fa"), 1, "half a pair is none");
	cr_expect_eq(got[0], 0x1f);
	cr_expect_eq(hex_read(got, sizeof got, " 1"), 0);
	cr_expect_eq(hex_read(got, sizeof got, "0x12"), 0);
	cr_expect_eq(hex_read(got, sizeof got, ""), 0);
}

/* The values that the authors of FNV-1a give for 64 bits. */
Test(fnv, is_the_one_that_is_known)
{
	cr_expect_eq(fnv_add(FNV_NONE, "", 0), UINT64_C(0xcbf29ce484222325));
	cr_expect_eq(fnv_add(FNV_NONE, "a", 1), UINT64_C(0xaf63dc4c8601ec8c));
	cr_expect_eq(fnv_add(fnv_add(FNV_NONE, "foo", 3), "bar", 3), UINT64_C(0x85944171f73967e8));
}
