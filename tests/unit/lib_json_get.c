/* Tests of json_get. */
#include "lib/json_get.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

Test(json_get, reads_every_type)
{
	static const char *const colours[] = { "red", "green", NULL };
	json_t *object = json_pack("{s:s, s:i, s:b, s:s, s:{}, s:[], s:n}", "s", "x", "i", 7, "b", 1, "e",
				   "green", "o", "a", "n");
	struct json_get g;
	const char *text = NULL;
	const json_t *sub = NULL, *array = NULL;
	int64_t number = 0;
	bool flag = false;
	int colour = -1;

	json_get_init(&g, object);
	cr_expect(json_get_string(&g, "s", true, &text));
	cr_expect(json_get_int(&g, "i", true, 7, 7, &number));
	cr_expect(json_get_bool(&g, "b", true, &flag));
	cr_expect(json_get_enum(&g, "e", true, colours, &colour));
	cr_expect(json_get_object(&g, "o", true, &sub));
	cr_expect(json_get_array(&g, "a", true, &array));
	cr_expect_not(json_get_string(&g, "n", false, &text));
	cr_expect_not(json_get_string(&g, "absent", false, &text));
	cr_expect_eq(json_get_status(&g), 0);
	cr_expect_str_eq(text, "x");
	cr_expect_eq(number, 7);
	cr_expect(flag);
	cr_expect_eq(colour, 1);
	cr_expect_not_null(sub);
	cr_expect_not_null(array);
	json_decref(object);
}

Test(json_get, first_error_sticks)
{
	json_t *object = json_pack("{s:i, s:s}", "timeout", 601, "to", "x");
	struct json_get g;
	const char *text = "untouched";
	int64_t number = 5;

	json_get_init(&g, object);
	cr_expect_not(json_get_int(&g, "timeout", false, 1, 600, &number));
	cr_expect_not(json_get_string(&g, "to", true, &text));
	cr_expect_not(json_get_string(&g, "from", true, &text));
	cr_expect_eq(json_get_status(&g), EINVAL);
	cr_expect_str_eq(g.field, "timeout");
	cr_expect_str_eq(g.error, "\"timeout\" must be a whole number from 1 to 600");
	cr_expect_eq(number, 5);
	cr_expect_str_eq(text, "untouched");
	json_decref(object);
}

static void expect_error(json_t *object, void read(struct json_get *g), const char *field, const char *error)
{
	struct json_get g;

	json_get_init(&g, object);
	read(&g);
	cr_expect_eq(json_get_status(&g), EINVAL);
	cr_expect_str_eq(g.field, field);
	cr_expect_str_eq(g.error, error);
	json_decref(object);
}

static void read_required_string(struct json_get *g)
{
	const char *text;

	json_get_string(g, "to", true, &text);
}

static void read_bool(struct json_get *g)
{
	bool flag;

	json_get_bool(g, "to", false, &flag);
}

static void read_enum(struct json_get *g)
{
	static const char *const names[] = { "api", "script", NULL };
	int i;

	json_get_enum(g, "to", false, names, &i);
}

static void read_only(struct json_get *g)
{
	static const char *const names[] = { "call", "code", NULL };

	json_get_only(g, names);
}

Test(json_get, says_what_is_wrong)
{
	expect_error(json_object(), read_required_string, "to", "\"to\" is missing");
	expect_error(json_pack("{s:n}", "to"), read_required_string, "to", "\"to\" is missing");
	expect_error(json_pack("{s:i}", "to", 1), read_required_string, "to", "\"to\" must be a string");
	expect_error(json_pack("{s:i}", "to", 1), read_bool, "to", "\"to\" must be true or false");
	expect_error(json_pack("{s:s}", "to", "x"), read_enum, "to", "\"to\" must be one of api, script");
	expect_error(json_array(), read_required_string, "to", "must be a member of an object");
	expect_error(NULL, read_required_string, "to", "\"to\" is missing");
	expect_error(json_pack("{s:i,s:i}", "call", 1, "cdoe", 2), read_only, "cdoe",
		     "\"cdoe\" is not known here; did you mean \"code\"?; known: call, code");
}

Test(json_get, cuts_long_names_at_a_character)
{
	char name[201] = "";
	struct json_get g;
	json_t *object = json_object(), *back;

	for (int i = 0; i < 100; i++)
		strcat(name, "\xc3\xab");
	json_object_set_new(object, name, json_true());
	json_get_init(&g, object);
	read_only(&g);
	cr_expect_eq(json_get_status(&g), EINVAL);
	back = json_pack("{s:s,s:s}", "field", g.field, "error", g.error);
	cr_expect_not_null(back);
	json_decref(back);
	json_decref(object);
}
