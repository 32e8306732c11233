/* Tests of query and range: what clients put behind the question mark and into Range. */
#include "daemon/api/http/query.h"
#include "daemon/api/http/range.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

Test(query, decodes_names_and_values)
{
	struct query q;

	cr_assert_eq(query_parse(&q, "a=1&to=%2B1555&b+c=d+e&empty=&flag&&a=2"), 0);
	cr_expect_eq(q.count, 6);
	cr_expect_str_eq(query_get(&q, "a"), "1");
	cr_expect_str_eq(query_get(&q, "to"), "+1555");
	cr_expect_str_eq(query_get(&q, "b c"), "d e");
	cr_expect_str_eq(query_get(&q, "empty"), "");
	cr_expect_str_eq(query_get(&q, "flag"), "");
	cr_expect_null(query_get(&q, "none"));
	query_clear(&q);
	cr_assert_eq(query_parse(&q, NULL), 0);
	cr_expect_eq(q.count, 0);
	query_clear(&q);
}

Test(query, refuses_what_is_broken)
{
	static const char *const broken[] = { "a=%",   "a=%1",	   "a=%zz",	  "a=%00",	   "%00=1",
					      "a=%ff", "a=%c0%af", "a=%ed%a0%80", "a=%f5%80%80%80" };
	struct query q;

	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		cr_expect_eq(query_parse(&q, broken[i]), EINVAL, "%s", broken[i]);
		cr_expect_null(q.storage);
	}
}

Test(query, has_a_limit)
{
	char text[4 * (QUERY_MAX + 1) + 1] = "";
	struct query q;

	for (int i = 0; i < QUERY_MAX; i++)
		strcat(text, "a=1&");
	cr_assert_eq(query_parse(&q, text), 0);
	cr_expect_eq(q.count, QUERY_MAX);
	query_clear(&q);
	strcat(text, "a=1&");
	cr_expect_eq(query_parse(&q, text), E2BIG);
}

Test(query, knows_utf8)
{
	cr_expect(query_is_utf8(""));
	cr_expect(query_is_utf8("Gr\xc3\xbc\xc3\x9f Gott \xe2\x82\xac \xf0\x9f\x93\x9e"));
	cr_expect_not(query_is_utf8("\x80"));
	cr_expect_not(query_is_utf8("\xc3"));
	cr_expect_not(query_is_utf8("\xe2\x82"));
	cr_expect_not(query_is_utf8("\xf4\x90\x80\x80"));
}

static void expect_range(const char *header, int64_t size, enum range_result result, int64_t first,
			 int64_t last)
{
	int64_t from = -1, to = -1;

	cr_expect_eq(range_parse(header, size, &from, &to), result, "%s", header);
	if (result == RANGE_PART) {
		cr_expect_eq(from, first, "%s", header);
		cr_expect_eq(to, last, "%s", header);
	}
}

Test(range, reads_one_range)
{
	expect_range("bytes=0-0", 10, RANGE_PART, 0, 0);
	expect_range("bytes=3-", 10, RANGE_PART, 3, 9);
	expect_range("Bytes=3-99", 10, RANGE_PART, 3, 9);
	expect_range("bytes=-4", 10, RANGE_PART, 6, 9);
	expect_range("bytes=-40", 10, RANGE_PART, 0, 9);
	expect_range("bytes=10-", 10, RANGE_UNSATISFIABLE, 0, 0);
	expect_range("bytes=-0", 10, RANGE_UNSATISFIABLE, 0, 0);
	expect_range("bytes=0-", 0, RANGE_UNSATISFIABLE, 0, 0);
	expect_range("bytes=-1", 0, RANGE_UNSATISFIABLE, 0, 0);
}

Test(range, sends_everything_for_what_it_does_not_know)
{
	static const char *const odd[] = {
		"",	     "bytes",	      "bytes=",	   "bytes=-",	 "bytes=a-",
		"bytes=5-2", "bytes=1-2,4-5", "lines=1-2", "bytes=1-2x", "bytes=99999999999999999999-"
	};

	expect_range(NULL, 10, RANGE_WHOLE, 0, 0);
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		expect_range(odd[i], 10, RANGE_WHOLE, 0, 0);
}
