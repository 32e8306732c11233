/* number.set, number.remove, number.list: numbers that programs have, beside those of the conf. */
#include "daemon/offhookd/methods/method.h"

#include "daemon/offhookd/trunks/kept_numbers.h"
#include "lib/control_frame.h"

#include <errno.h>
#include <stdio.h>

enum { NUMBERS_MAX = 1000 /* of one request */ };

static bool check_count(struct json_get *g, const json_t *numbers)
{
	const size_t count = json_array_size(numbers);

	if (count >= 1 && count <= NUMBERS_MAX)
		return true;
	json_get_fail(g, "numbers", "must hold 1 to %d numbers", NUMBERS_MAX);
	return false;
}

void check_numbers_set(struct json_get *g, struct asked *a)
{
	json_t *one;
	size_t i;

	if (!check_count(g, a->in.numbers))
		return;
	json_array_foreach((json_t *)a->in.numbers, i, one)
	{
		if (!json_is_string(json_object_get(one, "number")) ||
		    !json_is_string(json_object_get(one, "account")))
			json_get_fail(g, "numbers", "must hold {\"number\", \"account\", \"script\"?}");
	}
}

void check_numbers(struct json_get *g, struct asked *a)
{
	json_t *one;
	size_t i;

	if (!check_count(g, a->in.numbers))
		return;
	json_array_foreach((json_t *)a->in.numbers, i, one) if (!json_is_string(one))
	    json_get_fail(g, "numbers", "must hold numbers as texts");
}

static const char *reason_of(int err)
{
	switch (err) {
	case EINVAL:
		return "it is no number of E.164";
	case ENOENT:
		return "there is no such account";
	case EEXIST:
		return "it is a user's, or another account's by the conf";
	case ENOSPC:
		return "there are as many as there may be";
	default:
		return "out of memory";
	}
}

/* All that can be are set; the answer says which cannot, and why. */
void method_number_set(struct asked *a)
{
	json_t *refused = json_array(), *one;
	size_t i;

	json_array_foreach((json_t *)a->in.numbers, i, one)
	{
		const struct conf_number_set set = {
			.number = json_string_value(json_object_get(one, "number")),
			.account = json_string_value(json_object_get(one, "account")),
			.script = json_is_true(json_object_get(one, "script")),
		};
		int err = kept_numbers_set(a->m->numbers, a->m->conf, &set);

		if (err)
			json_array_append_new(
			    refused, json_pack("{s:s, s:s}", "number", set.number, "reason", reason_of(err)));
	}
	control_reply(a->request, json_pack("{s:o}", "refused", refused));
}

void method_number_remove(struct asked *a)
{
	json_t *one;
	size_t i;

	json_array_foreach((json_t *)a->in.numbers, i, one)
	    kept_numbers_unset(a->m->numbers, a->m->conf, json_string_value(one));
	control_reply(a->request, json_object());
}

void method_number_list(struct asked *a)
{
	control_reply(a->request, json_pack("{s:o}", "numbers", kept_numbers_json(a->m->conf)));
}
