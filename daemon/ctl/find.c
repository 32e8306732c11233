/* find: calls by the beginning of their id, and by whose they are. */
#include "daemon/ctl/ctl.h"
#include "daemon/ctl/format.h"
#include "daemon/ctl/past.h"

#include "lib/random.h"

#include <stdio.h>
#include <string.h>

/* As people write a number: without the "+", or with spaces. */
static bool is_number(const char *have, const char *asked)
{
	have += *have == '+';
	asked += *asked == '+';
	for (; *have || *asked; have++, asked++) {
		while (*asked && strchr(" -.()/", *asked))
			asked++;
		if (*have != *asked)
			return false;
		if (!*have)
			break;
	}
	return true;
}

bool command_wants_call(const struct ctl *ctl, const json_t *call)
{
	const struct ctl_options *o = &ctl->options;

	return (!o->user || !strcmp(format_member(call, "user"), o->user)) &&
	       (!o->trunk || !strcmp(format_member(call, "trunk"), o->trunk)) &&
	       (!o->number || is_number(format_member(call, "from"), o->number) ||
		is_number(format_member(call, "to"), o->number));
}

/* Counts the live calls whose id begins so; the last one's is in `id`. */
static int find_live(struct ctl *ctl, const char *prefix, char id[64], size_t *found)
{
	json_t *result = NULL;
	size_t i;
	const json_t *call;
	int code = ctl_request(ctl, "call.list", NULL, &result);

	json_array_foreach(json_object_get(result, "calls"), i, call)
	{
		const char *candidate = json_string_value(json_object_get(call, "id"));

		if (!candidate || strncmp(candidate, prefix, strlen(prefix)) != 0)
			continue;
		snprintf(id, 64, "%s", candidate);
		++*found;
	}
	json_decref(result);
	return code;
}

int ctl_find_call(struct ctl *ctl, const char *prefix, bool live, char id[64])
{
	size_t found = 0;
	int code = CTL_OK;

	if (strlen(prefix) == UUID_TEXT_SIZE - 1) {
		snprintf(id, 64, "%s", prefix);
		return CTL_OK;
	}
	code = find_live(ctl, prefix, id, &found);
	if (code)
		return code;
	if (!found && !live)
		found = past_find_call(ctl, prefix, id);
	if (found == 1)
		return CTL_OK;
	if (found)
		ctl_say("%zu calls begin with %s: give more of the id", found, prefix);
	else
		ctl_say("no %scall begins with %s (offhookctl calls lists them%s)", live ? "live " : "",
			prefix, live ? "" : ", offhookctl calls --ended those that are over");
	return CTL_REFUSED;
}
