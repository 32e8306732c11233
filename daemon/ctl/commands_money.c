/* commands_money: accounts, rate NUMBER. */
#include "daemon/ctl/ctl.h"
#include "daemon/ctl/format.h"
#include "daemon/ctl/table.h"

#include <inttypes.h>
#include <stdio.h>

/* "12.50 EUR", or "" when there is no such member. */
static const char *amount(const json_t *object, const char *member, char out[FORMAT_SIZE])
{
	const char *text = format_member(object, member);

	snprintf(out, FORMAT_SIZE, "%s%s%s", text, *text ? " " : "",
		 *text ? format_member(object, "price_unit") : "");
	return out;
}

static int print_accounts(const json_t *accounts)
{
	static const struct table_column columns[] = {
		{ .title = "ACCOUNT" },
		{ .title = "DECK" },
		{ .title = "SPENT TODAY", .right = true },
		{ .title = "PUT BY", .right = true },
		{ .title = "LEFT", .right = true },
		{ .title = "A DAY", .right = true },
		{ .title = "A CALL", .right = true },
	};
	static const char *const members[] = { "spent_today", "reserved", "left_today", "max_spend_day",
					       "max_spend_call" };
	struct table *table = NULL;
	int err = table_alloc(&table, columns, sizeof columns / sizeof columns[0]);
	json_t *account;
	size_t i;

	json_array_foreach((json_t *)accounts, i, account)
	{
		char scratch[5][FORMAT_SIZE];
		const char *cells[7] = { format_member(account, "name"), format_member(account, "deck") };

		for (size_t j = 0; j < 5; j++)
			cells[2 + j] = amount(account, members[j], scratch[j]);
		if (!err)
			err = table_add(table, cells);
	}
	if (!err)
		table_print(table, stdout);
	else
		ctl_say("out of memory");
	table_free(table);
	return err ? CTL_REFUSED : CTL_OK;
}

int command_accounts(struct ctl *ctl)
{
	json_t *result = NULL;
	int code = ctl_request(ctl, "account.list", NULL, &result);

	if (!code && ctl->options.json)
		ctl_print_json(result);
	else if (!code)
		code = print_accounts(json_object_get(result, "accounts"));
	json_decref(result);
	return code;
}

static void print_rate(const json_t *rate)
{
	static const char *const extras[][2] = { { "connection_fee", "connection fee" },
						 { "minimum", "minimum" } };
	const char *network = format_member(rate, "network");
	char text[FORMAT_SIZE];

	printf("%s a minute, by %s of deck %s\n", amount(rate, "price", text), format_member(rate, "prefix"),
	       format_member(rate, "deck"));
	printf("increments %" PRId64 "/%" PRId64 " s\n", format_member_int(rate, "first_increment", 0),
	       format_member_int(rate, "next_increment", 0));
	for (size_t i = 0; i < sizeof extras / sizeof extras[0]; i++)
		if (json_object_get(rate, extras[i][0]))
			printf("%s %s\n", extras[i][1], amount(rate, extras[i][0], text));
	if (*network)
		printf("network %s\n", network);
	if (json_object_get(rate, "max_duration"))
		printf("by the account's spend limits for %s at most\n",
		       format_span(format_member_int(rate, "max_duration", 0) * 1000, text));
}

int command_rate(struct ctl *ctl)
{
	json_t *result = NULL;
	int code;

	if (ctl->arg_count > 2)
		return ctl_usage_error("rate takes a NUMBER and an ACCOUNT");
	code = ctl_request(
	    ctl, "rate.find",
	    json_pack("{s:s, s:s*}", "to", ctl->args[0], "account", ctl->arg_count > 1 ? ctl->args[1] : NULL),
	    &result);
	if (!code && ctl->options.json)
		ctl_print_json(result);
	else if (!code)
		print_rate(result);
	json_decref(result);
	return code;
}
