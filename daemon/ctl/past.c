#include "daemon/ctl/past.h"

#include "daemon/ctl/api.h"
#include "daemon/ctl/format.h"
#include "daemon/ctl/table.h"

#include "lib/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT_DEFAULT = 20, PAGE_SIZE = 100, PAGES_MAX = 50, PATH_SIZE = 512, ID_BEGINNING_MIN = 4 };

/* ---- finding ---- */

/* Newest first. */
static int by_age(const void *a, const void *b)
{
	const json_t *const *left = a, *const *right = b;

	return strcmp(format_member(*right, "date_created"), format_member(*left, "date_created"));
}

/* An array of the same, sorted; a call that both `from` and `to` have found stands there once. */
static json_t *sorted(const json_t *calls)
{
	size_t count = json_array_size(calls);
	json_t **all = calloc(count ? count : 1, sizeof(*all)), *out = json_array();

	for (size_t i = 0; all && i < count; i++)
		all[i] = json_array_get(calls, i);
	if (all)
		qsort(all, count, sizeof(*all), by_age);
	for (size_t i = 0; all && i < count; i++) {
		bool again = false;

		for (size_t j = i; j-- && !by_age(&all[j], &all[i]) && !again;)
			again = !strcmp(format_member(all[j], "id"), format_member(all[i], "id"));
		if (!again)
			json_array_append(out, all[i]);
	}
	free(all);
	return out;
}

/* Appends what the options want of a page of each account. Returns whether there are more pages. */
static bool take_page(const struct ctl *ctl, const json_t *answers, json_int_t page, json_t *out)
{
	const json_t *answer;
	json_t *call;
	bool more = false;
	size_t i, j;

	json_array_foreach((json_t *)answers, i, answer)
	{
		json_array_foreach(json_object_get(answer, "calls"), j, call)
		{
			if (command_wants_call(ctl, call))
				json_array_append(out, call);
		}
		more |= json_integer_value(json_object_get(answer, "total")) > page * PAGE_SIZE;
	}
	return more;
}

/* Goes through the pages of a query until there are `limit` calls that are wanted. *whole: it came to the
 * end, or found enough. */
static int look(const struct ctl *ctl, const char *query, size_t limit, json_t *out, bool *whole)
{
	json_t *found = json_array(), *answers;
	bool more = true;
	int code = CTL_OK;

	for (json_int_t page = 1; more && page <= PAGES_MAX && json_array_size(found) < limit; page++) {
		char path[PATH_SIZE];

		snprintf(path, sizeof path, "calls?page=%" JSON_INTEGER_FORMAT "&page_size=%d&%s", page,
			 PAGE_SIZE, query);
		code = api_get(ctl, path, false, &answers);
		if (code)
			break;
		more = take_page(ctl, answers, page, found);
		json_decref(answers);
	}
	*whole &= !more || json_array_size(found) >= limit;
	json_array_extend(out, found);
	json_decref(found);
	return code;
}

/* What the API can choose by itself, it does; a user and a trunk are looked for in what it has. */
static int look_for_all(const struct ctl *ctl, size_t limit, json_t *out, bool *whole)
{
	const char *statuses = ctl->options.failed ? "statuses=failed,busy,no-answer,canceled"
						   : "statuses=completed,failed,busy,no-answer,canceled";
	static const char *const sides[] = { "from", "to" };
	char number[PATH_SIZE / 4], query[PATH_SIZE / 2];
	int code = CTL_OK;

	if (!ctl->options.number)
		return look(ctl, statuses, limit, out, whole);
	if (!api_escape(ctl->options.number, number, sizeof number))
		return ctl_usage_error("--number \"%s\" is no number", ctl->options.number);
	for (int i = 0; i < 2 && !code; i++) {
		snprintf(query, sizeof query, "%s&%s=%s", statuses, sides[i], number);
		code = look(ctl, query, limit, out, whole);
	}
	return code;
}

/* ---- printing ---- */

/* A number, or the name or address of one that has none. */
static const char *party(const json_t *call, const char *name, const char *address_name)
{
	const char *address = format_member(call, address_name);

	return *address ? address : format_member(call, name);
}

/* "2026-11-20 09:22:01" in local time. */
static const char *when(const json_t *call, char out[FORMAT_SIZE])
{
	int64_t ms;

	*out = '\0';
	if (clock_parse_rfc3339(format_member(call, "date_created"), &ms))
		return out;
	format_moment(ms, ms, out);
	if (strstr(out, " ("))
		*strstr(out, " (") = '\0';
	return out;
}

static int add(struct table *table, const json_t *call)
{
	char id[SHORT_ID_SIZE], at[FORMAT_SIZE], length[FORMAT_SIZE], code[FORMAT_SIZE] = "";
	int64_t sip = format_member_int(call, "sip_code", 0);
	const char *const cells[] = {
		format_short_id(format_member(call, "id"), id),
		when(call, at),
		format_member(call, "status"),
		format_member(call, "direction"),
		party(call, "from", "from_address"),
		party(call, "to", "to_address"),
		format_span(format_member_int(call, "duration", 0) * 1000, length),
		format_member(call, "ended_by"),
		code,
		format_member(call, "reason"),
	};

	if (sip)
		snprintf(code, sizeof code, "%" PRId64, sip);
	return table_add(table, cells);
}

static int print(const json_t *calls)
{
	static const struct table_column columns[] = {
		{ .title = "ID" },
		{ .title = "WHEN" },
		{ .title = "STATUS", .state = true },
		{ .title = "DIRECTION" },
		{ .title = "FROM" },
		{ .title = "TO" },
		{ .title = "LENGTH", .right = true },
		{ .title = "ENDED BY" },
		{ .title = "SIP" },
		{ .title = "WHY" },
	};
	struct table *table = NULL;
	int err = table_alloc(&table, columns, sizeof(columns) / sizeof(columns[0]));

	for (size_t i = 0; !err && i < json_array_size(calls); i++)
		err = add(table, json_array_get(calls, i));
	if (err)
		ctl_say("out of memory");
	else if (json_array_size(calls))
		table_print(table, stdout);
	else
		puts("There is no such call.");
	table_free(table);
	return err ? CTL_REFUSED : CTL_OK;
}

int past_list(struct ctl *ctl)
{
	size_t limit = ctl->options.limit ? (size_t)ctl->options.limit : LIMIT_DEFAULT;
	json_t *found = json_array(), *calls = NULL;
	bool whole = true;
	int code = look_for_all(ctl, limit, found, &whole);

	if (!code) {
		calls = sorted(found);
		while (json_array_size(calls) > limit)
			json_array_remove(calls, json_array_size(calls) - 1);
		if (ctl->options.json) {
			json_t *all = json_pack("{s:O}", "calls", calls);

			ctl_print_json(all);
			json_decref(all);
		} else {
			code = print(calls);
		}
		if (!whole)
			ctl_say("only the newest %d calls were looked at", PAGE_SIZE * PAGES_MAX);
	}
	json_decref(calls);
	json_decref(found);
	return code;
}

/* ---- one ---- */

static json_t *ask(struct ctl *ctl, const char *beginning)
{
	char path[PATH_SIZE];
	json_t *answers = NULL;

	if (strlen(beginning) < ID_BEGINNING_MIN || strlen(beginning) >= 64 ||
	    beginning[strspn(beginning, "0123456789abcdef-")])
		return NULL;
	snprintf(path, sizeof path, "calls?id=%s", beginning);
	return api_get(ctl, path, true, &answers) ? NULL : answers;
}

size_t past_find_call(struct ctl *ctl, const char *prefix, char id[64])
{
	json_t *answers = ask(ctl, prefix);
	const json_t *answer;
	size_t found = 0, i;

	json_array_foreach(answers, i, answer)
	{
		const json_t *first = json_array_get(json_object_get(answer, "calls"), 0);

		found += (size_t)json_integer_value(json_object_get(answer, "total"));
		if (first)
			snprintf(id, 64, "%s", format_member(first, "id"));
	}
	json_decref(answers);
	return found;
}

bool past_print_call(struct ctl *ctl, const char *id)
{
	json_t *answers = ask(ctl, id);
	const json_t *answer;
	bool found = false;
	size_t i;

	json_array_foreach(answers, i, answer)
	{
		json_t *call = json_array_get(json_object_get(answer, "calls"), 0), *shown;

		if (!call || found)
			continue;
		found = true;
		shown = json_pack("{s:O}", "call", call);
		if (ctl->options.json)
			ctl_print_json(shown);
		else
			command_print_call(call);
		json_decref(shown);
	}
	json_decref(answers);
	return found;
}
