/* Tables and texts of offhookctl. */
#include "daemon/ctl/format.h"
#include "daemon/ctl/table.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void use_utf8(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
}

TestSuite(ctl_table, .init = use_utf8);

/* What print(to) writes. The caller frees it. */
static char *printed(const struct table *table)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	table_print(table, to);
	fclose(to);
	return text;
}

Test(ctl_table, aligns_by_characters_and_ends_no_line_with_spaces)
{
	static const struct table_column columns[] = { { .title = "NAME" },
						       { .title = "AGE", .right = true },
						       { .title = "X" } };
	struct table *table = NULL;
	cr_assert_eq(table_alloc(&table, columns, 3), 0);
	cr_assert_eq(table_add(table, (const char *const[]){ "Zoë", "7s", "a" }), 0);
	cr_assert_eq(table_add(table, (const char *const[]){ "李明", "12m03s", NULL }), 0);
	cr_assert_eq(table_add(table, (const char *const[]){ "Robert", NULL, "b" }), 0);
	char *text = printed(table);
	cr_assert_str_eq(text, "NAME       AGE  X\n"
			       "Zoë         7s  a\n"
			       "李明    12m03s\n"
			       "Robert          b\n");
	free(text);
	table_free(table);
}

Test(ctl_table, makes_terminal_commands_and_bad_utf8_harmless)
{
	static const struct table_column columns[] = { { .title = "A" }, { .title = "B" } };
	struct table *table = NULL;
	cr_assert_eq(table_alloc(&table, columns, 2), 0);
	cr_assert_eq(table_add(table, (const char *const[]){ "\x1b[2Jx\n", "1" }), 0);
	cr_assert_eq(table_add(table, (const char *const[]){ "\xff\xc3", "2" }), 0);
	char *text = printed(table);
	cr_assert_null(strchr(text, '\x1b'));
	cr_assert_str_eq(text, "A       B\n"
			       "\xef\xbf\xbd[2Jx\xef\xbf\xbd  1\n"
			       "\xef\xbf\xbd\xef\xbf\xbd      2\n");
	free(text);
	table_free(table);
}

Test(ctl_table, grows)
{
	static const struct table_column columns[] = { { .title = "N" } };
	struct table *table = NULL;
	cr_assert_eq(table_alloc(&table, columns, 1), 0);
	for (int i = 0; i < 100; i++)
		cr_assert_eq(table_add(table, (const char *const[]){ "row" }), 0);
	char *text = printed(table);
	cr_assert_eq(strlen(text), 2 + 100 * 4);
	free(text);
	table_free(table);
}

Test(ctl_format, spans)
{
	char text[FORMAT_SIZE];
	static const struct {
		int64_t ms;
		const char *expected;
	} cases[] = {
		{ -5, "0s" },	       { 0, "0s" },
		{ 59999, "59s" },      { 60000, "1m00s" },
		{ 185000, "3m05s" },   { 3599999, "59m59s" },
		{ 3600000, "1h00m" },  { 86399999, "23h59m" },
		{ 86400000, "1d00h" }, { 273600000, "3d04h" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_assert_str_eq(format_span(cases[i].ms, text), cases[i].expected);
}

Test(ctl_format, bytes)
{
	char text[FORMAT_SIZE];
	cr_assert_str_eq(format_bytes(1023, text), "1023 B");
	cr_assert_str_eq(format_bytes(1536, text), "1.5 KB");
	cr_assert_str_eq(format_bytes(23ll << 20, text), "23.0 MB");
	cr_assert_str_eq(format_bytes(5000ll << 40, text), "5000.0 TB");
}

Test(ctl_format, members)
{
	char id[SHORT_ID_SIZE];
	json_t *object = json_pack("{s:s, s:i}", "name", "x", "count", 7);
	cr_assert_str_eq(format_member(object, "name"), "x");
	cr_assert_str_eq(format_member(object, "count"), "");
	cr_assert_str_eq(format_member(NULL, "name"), "");
	cr_assert_eq(format_member_int(object, "count", -1), 7);
	cr_assert_eq(format_member_int(object, "name", -1), -1);
	cr_assert_str_eq(format_short_id("3f0c9a12-0000-4000-8000-000000000000", id), "3f0c9a12");
	json_decref(object);
}
