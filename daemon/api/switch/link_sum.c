/* The figures of several switches as one: see link_private.h. */
#include "daemon/api/switch/link_private.h"

#include <string.h>

/* How something is (a trunk), which is up when it is so anywhere: no label. */
static const char state[] = "state";

/* Whether two rows are of the same: what is text in them, their labels, is equal. */
static bool is_same_row(const json_t *a, const json_t *b)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)a, key, value)
	{
		if (json_is_string(value) && strcmp(key, state) != 0 &&
		    !json_equal(value, json_object_get(b, key)))
			return false;
	}
	return true;
}

static json_t *find_row(const json_t *rows, const json_t *wanted)
{
	json_t *row;
	size_t i;

	json_array_foreach((json_t *)rows, i, row)
	{
		if (json_is_object(row) && is_same_row(row, wanted))
			return row;
	}
	return NULL;
}

static json_t *sum_of(json_t *a, const json_t *b)
{
	return json_is_integer(a) && json_is_integer(b)
		   ? json_integer(json_integer_value(a) + json_integer_value(b))
		   : json_real(json_number_value(a) + json_number_value(b));
}

static void add_array(json_t *to, const json_t *from)
{
	json_t *item, *known;
	size_t i;

	json_array_foreach((json_t *)from, i, item)
	{
		known = json_is_object(item) ? find_row(to, item) : json_array_get(to, i);
		if (!known)
			json_array_append_new(to, json_deep_copy(item));
		else if (json_is_object(item))
			gather_add_figures(known, item);
		else if (json_is_number(item) && json_is_number(known))
			json_array_set_new(to, i, sum_of(known, item));
	}
}

void gather_add_figures(json_t *to, const json_t *from)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)from, key, value)
	{
		json_t *known = json_object_get(to, key);

		if (!known)
			json_object_set_new(to, key, json_deep_copy(value));
		else if (json_is_object(value) && json_is_object(known))
			gather_add_figures(known, value);
		else if (json_is_array(value) && json_is_array(known) && strcmp(key, "bounds") != 0)
			add_array(known, value);
		else if (!strcmp(key, state) && json_is_string(value) &&
			 !strcmp(json_string_value(value), "up"))
			json_object_set(to, key, value);
		else if (json_is_number(value) && json_is_number(known) && strcmp(key, "started") != 0)
			json_object_set_new(to, key, sum_of(known, value));
	}
}
