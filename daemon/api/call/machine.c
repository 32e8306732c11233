#include "daemon/api/call/machine.h"

#include <string.h>

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

const char *machine_word(const json_t *machine)
{
	static const char *const ends[][2] = { { "beep", "machine_end_beep" },
					       { "silence", "machine_end_silence" },
					       { "other", "machine_end_other" } };
	const char *is = text_of(machine, "is"), *end = text_of(machine, "end");

	if (!is || strcmp(is, "machine") != 0)
		return is;
	for (size_t i = 0; end && i < sizeof ends / sizeof *ends; i++)
		if (!strcmp(end, ends[i][0]))
			return ends[i][1];
	return "machine_start";
}

bool machine_goes_on(const struct call_row *row, const json_t *machine)
{
	const char *word = machine_word(machine);

	return word && !strcmp(word, "machine_start") &&
	       json_is_true(json_object_get(json_object_get(row->options, "machine"), "message_end"));
}

const char *machine_answered_by(const struct call_row *row)
{
	return machine_word(json_object_get(row->snapshot, "machine"));
}
