/* What accounts spend: days, currencies, what is put by, the file. */
#include "daemon/offhookd/money/spend.h"

#include "lib/clock.h"
#include "lib/money.h"

#include <criterion/criterion.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const int64_t midnight = INT64_C(1795132800000); /* 2026-11-20T00:00:00Z */
static const int64_t hour = 3600000;

static char euro[] = "euro", name[] = "default";
static const struct conf_deck eur = { .name = euro, .currency = "EUR" },
			      usd = { .name = euro, .currency = "USD" };

struct desk {
	struct event_base *base;
	struct spend *spend;
	struct conf_account account;
	char folder[32], file[64];
};

static void open_again(struct desk *desk)
{
	cr_assert_eq(spend_alloc(&desk->spend, desk->base, desk->file), 0);
}

static void open_desk(struct desk *desk)
{
	*desk = (struct desk){ .account = { .name = name, .deck = &eur, .max_spend_day = 10 * MONEY_ONE } };
	clock_test_freeze(midnight + 22 * hour, 1000);
	strcpy(desk->folder, "/tmp/offhook-test-XXXXXX");
	cr_assert_not_null(mkdtemp(desk->folder));
	snprintf(desk->file, sizeof desk->file, "%s/spent.json", desk->folder);
	desk->base = event_base_new();
	open_again(desk);
}

static void close_desk(struct desk *desk)
{
	spend_free(desk->spend);
	event_base_free(desk->base);
	unlink(desk->file);
	cr_expect_eq(rmdir(desk->folder), 0);
	clock_test_thaw();
}

static void expect(struct desk *desk, int64_t spent, int64_t reserved, int64_t left)
{
	struct spend_today today;

	spend_today(desk->spend, &desk->account, &today);
	cr_expect_eq(today.spent, spent * MONEY_ONE);
	cr_expect_eq(today.reserved, reserved * MONEY_ONE);
	cr_expect_eq(spend_left(desk->spend, &desk->account), left == INT64_MAX ? left : left * MONEY_ONE);
}

Test(spend, what_is_put_by_and_what_is_spent_leave_less)
{
	struct desk desk;

	open_desk(&desk);
	expect(&desk, 0, 0, 10);
	spend_reserve(desk.spend, name, 3 * MONEY_ONE);
	expect(&desk, 0, 3, 7);
	spend_add(desk.spend, &desk.account, 4 * MONEY_ONE);
	expect(&desk, 4, 3, 3);
	spend_reserve(desk.spend, name, -3 * MONEY_ONE);
	spend_add(desk.spend, &desk.account, -MONEY_ONE);
	expect(&desk, 3, 0, 7);
	spend_add(desk.spend, &desk.account, 8 * MONEY_ONE);
	expect(&desk, 11, 0, 0);
	desk.account.max_spend_day = 0;
	expect(&desk, 11, 0, INT64_MAX);
	close_desk(&desk);
}

Test(spend, a_day_ends_at_midnight)
{
	struct desk desk;

	open_desk(&desk);
	spend_add(desk.spend, &desk.account, 4 * MONEY_ONE);
	spend_reserve(desk.spend, name, MONEY_ONE);
	clock_test_advance(2 * hour - 1);
	expect(&desk, 4, 1, 5);
	clock_test_advance(1);
	expect(&desk, 0, 1, 9);
	/* what is given back of a call that began yesterday was yesterday's */
	spend_add(desk.spend, &desk.account, -2 * MONEY_ONE);
	expect(&desk, 0, 1, 9);
	close_desk(&desk);
}

Test(spend, a_clock_set_back_gives_no_day_twice)
{
	struct desk desk;

	open_desk(&desk);
	clock_test_advance(3 * hour);
	spend_add(desk.spend, &desk.account, 4 * MONEY_ONE);
	clock_test_advance(-3 * hour);
	expect(&desk, 4, 0, 6);
	close_desk(&desk);
}

Test(spend, the_account_says_when_its_day_starts)
{
	struct spend_today today;
	struct desk desk;

	open_desk(&desk);
	desk.account.day_starts_s = 23 * 3600;
	spend_today(desk.spend, &desk.account, &today);
	cr_expect_eq(today.day_starts, midnight - hour);
	cr_expect_eq(today.day_ends, midnight + 23 * hour);
	spend_add(desk.spend, &desk.account, 4 * MONEY_ONE);
	clock_test_advance(hour - 1);
	expect(&desk, 4, 0, 6);
	clock_test_advance(1);
	expect(&desk, 0, 0, 10);
	spend_today(desk.spend, &desk.account, &today);
	cr_expect_eq(today.day_starts, midnight + 23 * hour);
	close_desk(&desk);
}

Test(spend, another_currency_begins_anew)
{
	struct desk desk;

	open_desk(&desk);
	spend_add(desk.spend, &desk.account, 4 * MONEY_ONE);
	desk.account.deck = &usd;
	expect(&desk, 0, 0, 10);
	close_desk(&desk);
}

Test(spend, the_file_has_what_was_spent_and_not_what_was_put_by)
{
	struct desk desk;

	open_desk(&desk);
	spend_add(desk.spend, &desk.account, 4 * MONEY_ONE);
	spend_reserve(desk.spend, name, MONEY_ONE);
	spend_free(desk.spend);
	open_again(&desk);
	expect(&desk, 4, 0, 6);
	spend_free(desk.spend);
	clock_test_advance(2 * hour);
	open_again(&desk);
	expect(&desk, 0, 0, 10);
	close_desk(&desk);
}

static void write_file(const struct desk *desk, const char *text)
{
	FILE *f = fopen(desk->file, "w");

	cr_assert_not_null(f);
	fputs(text, f);
	fclose(f);
}

Test(spend, what_is_wrong_in_the_file_is_left_out)
{
	static const char *const wrong[] = {
		"{\"default\": {\"day\": \"2026-11-20\", \"currency\": \"EUR\", \"spent\": \"-4\"}}",
		"{\"default\": {\"day\": \"today\", \"currency\": \"EUR\", \"spent\": \"4\"}}",
		"{\"default\": {\"day\": \"2026-11-20\", \"currency\": \"EURO\", \"spent\": \"4\"}}",
		"{\"default\": {\"day\": \"2026-11-20\", \"currency\": \"EUR\", \"spent\": 4}}",
		"{\"default\": 4}",
		"{}",
	};
	struct desk desk;

	open_desk(&desk);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		spend_free(desk.spend);
		write_file(&desk, wrong[i]);
		open_again(&desk);
		expect(&desk, 0, 0, 10);
	}
	spend_free(desk.spend);
	write_file(
	    &desk,
	    "{\"default\": {\"day\": \"2026-11-20\", \"currency\": \"EUR\", \"spent\": \"99999999999\"}}");
	open_again(&desk);
	expect(&desk, 1000000000, 0, 0);
	spend_free(desk.spend);
	write_file(&desk,
		   "{\"default\": {\"day\": \"2026-11-20\", \"currency\": \"EUR\", \"spent\": \"4.00\"}}");
	open_again(&desk);
	expect(&desk, 4, 0, 6);
	close_desk(&desk);
}

/* Calls that outlive the process know what the file does not yet. */
Test(spend, what_was_seen_to_be_spent_counts_when_it_is_of_today)
{
	struct spend_today today;
	struct desk desk;

	open_desk(&desk);
	spend_add(desk.spend, &desk.account, 2 * MONEY_ONE);
	spend_today(desk.spend, &desk.account, &today);
	spend_at_least(desk.spend, &desk.account, today.day_starts, 5 * MONEY_ONE);
	expect(&desk, 5, 0, 5);
	spend_at_least(desk.spend, &desk.account, today.day_starts, 3 * MONEY_ONE);
	expect(&desk, 5, 0, 5);
	spend_at_least(desk.spend, &desk.account, today.day_starts - 24 * hour, 9 * MONEY_ONE);
	expect(&desk, 5, 0, 5);
	spend_free(desk.spend);
	open_again(&desk);
	expect(&desk, 5, 0, 5);
	close_desk(&desk);
}
