/* Tests of what accounts have used: counted once, exactly, and kept. */
#include "daemon/api/store/calls.h"
#include "daemon/api/store/recordings.h"
#include "daemon/api/store/usage.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>

#define DAY_MS INT64_C(86400000)

static struct event_base *base;
static struct store *store;

static void set_up(void)
{
	char error[200];

	base = event_base_new();
	cr_assert_eq(store_alloc(&store, base, ":memory:", error, sizeof error), 0, "%s", error);
}

static void tear_down(void)
{
	store_free(store);
	event_base_free(base);
}

TestSuite(usage, .init = set_up, .fini = tear_down);

struct told {
	const char *id, *account, *direction, *far; /* "trunk", "user" or NULL */
	json_int_t answered, ended;		    /* 0: not */
	const char *price;
};

static void tell(const struct told *told)
{
	json_t *call = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "id", told->id, "account",
				 told->account, "direction", told->direction, "status",
				 told->ended ? (told->answered ? "completed" : "busy")
					     : (told->answered ? "in-progress" : "queued"),
				 "from", "+1", "to", "+2", "created", (json_int_t)1000);
	struct call_row row;
	int err;

	if (told->far)
		json_object_set_new(call, told->far, json_string("x"));
	if (told->answered)
		json_object_set_new(call, "answered", json_integer(told->answered));
	if (told->ended) {
		json_object_set_new(call, "ended", json_integer(told->ended));
		json_object_set_new(call, "duration_ms",
				    json_integer(told->answered ? told->ended - told->answered : 0));
	}
	if (told->price)
		json_object_set_new(call, "price", json_string(told->price));
	err = calls_apply(store, call, CALLS_STATE, NULL, &row);
	cr_expect(!err || err == EALREADY, "%d", err);
	call_row_clear(&row);
	json_decref(call);
}

static struct usage_sum sum(const char *account, enum usage_kind kind, int64_t from, int64_t to)
{
	struct usage_sum sums[USAGE_KINDS];

	cr_assert_eq(usage_read(store, account, from, to, sums), 0);
	return sums[kind];
}

static void expect(const char *account, enum usage_kind kind, int64_t from, int64_t to, int64_t n,
		   int64_t minutes, int64_t price)
{
	struct usage_sum is = sum(account, kind, from, to);

	cr_expect_eq(is.n, n, "%lld calls", (long long)is.n);
	cr_expect_eq(is.minutes, minutes, "%lld minutes", (long long)is.minutes);
	cr_expect_eq(is.price, price, "price %lld", (long long)is.price);
}

Test(usage, a_call_counts_once_when_it_has_ended)
{
	struct told call = { "c1", "a", "outbound", "trunk", 0, 0, NULL };
	int64_t first;

	cr_expect_eq(usage_first_day(store, "a", &first), ENOENT);
	tell(&call);
	call.answered = 10 * DAY_MS - 1000;
	tell(&call);
	expect("a", USAGE_OUT_TRUNK, 0, 100, 0, 0, 0);
	call.ended = 10 * DAY_MS + 59001;
	call.price = "0.0085";
	tell(&call);
	tell(&call);
	expect("a", USAGE_OUT_TRUNK, 10, 10, 1, 2, 850000);
	expect("a", USAGE_OUT_TRUNK, 0, 9, 0, 0, 0);
	expect("a", USAGE_OUT_TRUNK, 11, 100, 0, 0, 0);
	expect("b", USAGE_OUT_TRUNK, 0, 100, 0, 0, 0);
	cr_expect_eq(usage_first_day(store, "a", &first), 0);
	cr_expect_eq(first, 10);
}

Test(usage, prices_are_added_up_exactly)
{
	static const char *const prices[] = { "0.1", "0.2", "12", "0.00000001", "3.50", NULL };
	char id[8];

	for (int i = 0; i < 6; i++) {
		snprintf(id, sizeof id, "c%d", i);
		tell(&(struct told){ id, "a", "inbound", "trunk", DAY_MS, DAY_MS + 1, prices[i] });
	}
	expect("a", USAGE_IN_TRUNK, 1, 1, 6, 6, 1580000001);
}

Test(usage, calls_are_told_apart_and_those_without_an_answer_do_not_count)
{
	tell(&(struct told){ "c1", "a", "inbound", "user", DAY_MS, DAY_MS + 60000, NULL });
	tell(&(struct told){ "c2", "a", "outbound", "user", DAY_MS, DAY_MS + 60001, NULL });
	tell(&(struct told){ "c3", "a", "inbound", NULL, DAY_MS, DAY_MS, NULL });
	tell(&(struct told){ "c4", "a", "outbound", NULL, DAY_MS, 2 * DAY_MS, NULL });
	tell(&(struct told){ "c5", "a", "outbound", "trunk", 0, DAY_MS, NULL });
	expect("a", USAGE_IN_USER, 0, 9, 1, 1, 0);
	expect("a", USAGE_OUT_USER, 0, 9, 1, 2, 0);
	expect("a", USAGE_IN_SIP, 0, 9, 1, 0, 0);
	expect("a", USAGE_OUT_SIP, 0, 9, 1, 1440, 0);
	expect("a", USAGE_OUT_TRUNK, 0, 9, 0, 0, 0);
}

Test(usage, what_was_used_stays_when_its_record_goes)
{
	tell(&(struct told){ "c1", "a", "inbound", "trunk", DAY_MS, DAY_MS + 1, "1" });
	cr_assert_eq(calls_forget(store, "c1"), 0);
	cr_assert_eq(calls_delete(store, "c1"), 0);
	expect("a", USAGE_IN_TRUNK, 1, 1, 1, 1, 100000000);
}
