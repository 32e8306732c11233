/* Usage/Records: calls, minutes and prices of a time, by category. */
#include "daemon/api/dialect/twilio/usage.h"

#include "daemon/api/dialect/twilio/paging.h"
#include "daemon/api/dialect/twilio/routes.h"
#include "lib/clock.h"
#include "lib/money.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define DAY_MS INT64_C(86400000)

enum {
	LAST_DAY = 2932896, /* 9999-12-31 */
	DATE_SIZE = 40,
	OF_CALLS = (1 << USAGE_RECORDING) - 1,
	INBOUND = 1 << USAGE_IN_TRUNK | 1 << USAGE_IN_USER | 1 << USAGE_IN_SIP,
	OUTBOUND = OF_CALLS & ~INBOUND,
	CLIENT = 1 << USAGE_IN_USER | 1 << USAGE_OUT_USER,
	SIP = 1 << USAGE_IN_SIP | 1 << USAGE_OUT_SIP,
	RECORDINGS = 1 << USAGE_RECORDING,
};

static const struct usage_category categories[] = {
	{ "calls", "Voice Minutes", "calls", OF_CALLS },
	{ "calls-inbound", "Inbound Voice Minutes", "calls", INBOUND },
	{ "calls-outbound", "Outbound Voice Minutes", "calls", OUTBOUND },
	{ "calls-client", "Client Voice Minutes", "calls", CLIENT },
	{ "calls-sip", "SIP Minutes", "calls", SIP },
	{ "calls-sip-inbound", "Inbound SIP Minutes", "calls", 1 << USAGE_IN_SIP },
	{ "calls-sip-outbound", "Outbound SIP Minutes", "calls", 1 << USAGE_OUT_SIP },
	{ "calls-recordings", "Call Recordings", "recordings", RECORDINGS },
	{ "recordings", "Recordings", "recordings", RECORDINGS },
	{ "totalprice", "Total Price", NULL, OF_CALLS | RECORDINGS },
};

enum { CATEGORIES = sizeof categories / sizeof *categories };

const struct usage_category *usage_category_find(const char *name)
{
	for (size_t i = 0; i < CATEGORIES; i++)
		if (!strcasecmp(name, categories[i].name))
			return &categories[i];
	return NULL;
}

enum unit { WHOLE, DAILY, MONTHLY, YEARLY };

/* What is asked for: periods between two days, newest first, each with its categories. */
struct report {
	struct ask *ask;
	enum unit unit;
	int64_t from, to; /* days since 1970 */
	int category;	  /* -1: all */
};

/* ---- days ---- */

static struct tm civil(int64_t day)
{
	time_t seconds = (time_t)(day * (DAY_MS / 1000));
	struct tm tm = { 0 };

	gmtime_r(&seconds, &tm);
	return tm;
}

static int64_t day_of(int year, int month, int day_of_month)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month, .tm_mday = day_of_month };

	return timegm(&tm) / (DAY_MS / 1000);
}

static char *write_day(int64_t day, char out[DATE_SIZE])
{
	struct tm tm = civil(day);

	snprintf(out, DATE_SIZE, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	return out;
}

/* "2026-11-30", or "-30days": from today on. */
static void read_day(struct form *form, const char *name, int64_t today, int64_t *out)
{
	const char *text = form_text(form, name);
	int64_t at, day = -1;
	char *end;

	if (!text)
		return;
	if (*text == '-' || *text == '+') {
		long days = strtol(text, &end, 10);

		if (isdigit((unsigned char)text[1]) && (!strcmp(end, "days") || !strcmp(end, "day")) &&
		    labs(days) <= LAST_DAY)
			day = today + days;
	} else if (strlen(text) == 10 && !clock_parse_rfc3339(text, &at)) {
		day = at / DAY_MS;
	}
	if (day < 0 || day > LAST_DAY)
		form_fail(form, TROUBLE_PARAMETER,
			  "%s must be a date like 2026-11-30, or a number of days from today like -30days.",
			  name);
	else
		*out = day;
}

/* The number of a period, which grows with time. */
static int64_t period_of(enum unit unit, int64_t day)
{
	struct tm tm = civil(day);

	return unit == WHOLE	 ? 0
	       : unit == DAILY	 ? day
	       : unit == MONTHLY ? (int64_t)tm.tm_year * 12 + tm.tm_mon
				 : tm.tm_year;
}

/* Its days, as far as they are asked for. */
static void bounds_of(const struct report *report, int64_t period, int64_t *from, int64_t *to)
{
	const int year = 1900 + (int)(report->unit == MONTHLY ? period / 12 : period);
	const int month = (int)(period % 12);

	*from = report->from;
	*to = report->to;
	if (report->unit == DAILY) {
		*from = *to = period;
	} else if (report->unit != WHOLE) {
		int64_t first = report->unit == MONTHLY ? day_of(year, month, 1) : day_of(year, 0, 1);
		int64_t next = report->unit == MONTHLY ? day_of(year, month + 1, 1) : day_of(year + 1, 0, 1);

		*from = first > *from ? first : *from;
		*to = next - 1 < *to ? next - 1 : *to;
	}
}

/* ---- records ---- */

static json_t *subresources_json(const struct view_of *of, const char *category)
{
	static const char *const parts[][2] = {
		{ "all_time", "AllTime" }, { "daily", "Daily" },	  { "last_month", "LastMonth" },
		{ "monthly", "Monthly" },  { "this_month", "ThisMonth" }, { "today", "Today" },
		{ "yearly", "Yearly" },	   { "yesterday", "Yesterday" },
	};
	json_t *json = json_object();

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		json_object_set_new(
		    json, parts[i][0],
		    view_uri(of, "/Usage/Records/%s.json?Category=%s", parts[i][1], category));
	return json;
}

static json_t *number_json(int64_t number)
{
	return json_sprintf("%lld", (long long)number);
}

static void lower(char *text)
{
	for (; *text; text++)
		*text = (char)tolower((unsigned char)*text);
}

/* How much of it there was, in what. */
static void set_amounts(json_t *json, const struct usage_category *category, const struct usage_sum *sum,
			const char *currency)
{
	char price[MONEY_TEXT_SIZE];

	money_format(sum->price, 2, price);
	json_object_set_new(json, "price", json_string(price));
	json_object_set_new(json, "price_unit", json_string(currency));
	json_object_set_new(json, "count", category->unit ? number_json(sum->n) : json_string(price));
	json_object_set_new(json, "count_unit", json_string(category->unit ? category->unit : currency));
	json_object_set_new(json, "usage", category->unit ? number_json(sum->minutes) : json_string(price));
	json_object_set_new(json, "usage_unit", json_string(category->unit ? "minutes" : currency));
}

static json_t *record_json(const struct report *report, const struct usage_category *category, int64_t from,
			   int64_t to, const struct usage_sum sums[USAGE_KINDS])
{
	const struct view_of of = ask_view(report->ask);
	char start[DATE_SIZE], end[DATE_SIZE], now[CLOCK_TEXT_SIZE], currency[16];
	struct usage_sum sum = { 0 };
	json_t *json;

	for (size_t i = 0; i < USAGE_KINDS; i++) {
		if (!(category->kinds & 1u << i))
			continue;
		sum.n += sums[i].n;
		sum.minutes += sums[i].minutes;
		sum.price += sums[i].price;
	}
	snprintf(currency, sizeof currency, "%s", of.account->deck ? of.account->deck->currency : "USD");
	lower(currency);
	clock_format_rfc3339(clock_utc_ms(), now);
	json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "category", category->name, "description",
			 category->description, "account_sid", report->ask->account, "api_version",
			 "2010-04-01", "start_date", write_day(from, start), "end_date", write_day(to, end));
	if (!json)
		return NULL;
	json_object_set_new(json, "as_of", json_sprintf("%.19s+00:00", now));
	set_amounts(json, category, &sum, currency);
	json_object_set_new(json, "uri",
			    view_uri(&of, "/Usage/Records.json?Category=%s&StartDate=%s&EndDate=%s",
				     category->name, start, end));
	json_object_set_new(json, "subresource_uris", subresources_json(&of, category->name));
	return json;
}

/* Those of a page: what lies before it is not looked at. */
static json_t *records_json(const struct report *report, int64_t offset, int64_t limit, struct fault *fault)
{
	const int64_t newest = period_of(report->unit, report->to),
		      oldest = period_of(report->unit, report->from);
	const int64_t each = report->category < 0 ? CATEGORIES : 1;
	struct usage_sum sums[USAGE_KINDS];
	int64_t from = 0, to = 0, read = -1;
	json_t *items = json_array();

	for (int64_t i = offset; i < offset + limit && i / each <= newest - oldest; i++) {
		int64_t period = newest - i / each;
		int64_t n = report->category < 0 ? i % each : report->category;

		if (period != read) {
			bounds_of(report, period, &from, &to);
			if (!usage_of(&report->ask->by, from, to, sums, fault)) {
				json_decref(items);
				return NULL;
			}
			read = period;
		}
		json_array_append_new(items, record_json(report, &categories[n], from, to, sums));
	}
	return items;
}

/* ---- requests ---- */

static int64_t today(void)
{
	return clock_utc_ms() / DAY_MS;
}

static void read_category(struct report *report)
{
	const char *text = form_text(&report->ask->form, "Category");
	const struct usage_category *category = text ? usage_category_find(text) : NULL;

	report->category = category ? (int)(category - categories) : -1;
	if (text && !category)
		form_fail(&report->ask->form, TROUBLE_PARAMETER,
			  "Category: \"%.60s\" is none of those that there are here.", text);
}

static void answer(struct report *report, const char *path)
{
	struct ask *ask = report->ask;
	struct paging paging;
	struct fault fault;
	json_t *items;

	read_category(report);
	paging_read(ask, &paging);
	if (report->from > report->to)
		form_fail(&ask->form, TROUBLE_PARAMETER, "StartDate must not be after EndDate.");
	if (!ask_form_ok(ask))
		return;
	items = records_json(report, paging.page * paging.size, paging_limit(&paging), &fault);
	if (items)
		paging_done_counted(ask, "usage_records", path, &paging, items);
	else
		ask_fail(ask, &fault);
}

/* Between StartDate and EndDate; without them, all that there is. */
static void answer_range(struct ask *ask, enum unit unit, const char *path)
{
	struct report report = { .ask = ask, .unit = unit, .to = today() };
	struct fault fault;

	read_day(&ask->form, "EndDate", today(), &report.to);
	if (!usage_begins(&ask->by, today(), &report.from, &fault)) {
		ask_fail(ask, &fault);
		return;
	}
	if (report.from > report.to && !form_text(&ask->form, "StartDate"))
		report.from = report.to;
	read_day(&ask->form, "StartDate", today(), &report.from);
	answer(&report, path);
}

static void answer_days(struct ask *ask, int64_t from, int64_t to, const char *path)
{
	struct report report = { .ask = ask, .unit = WHOLE, .from = from, .to = to };

	answer(&report, path);
}

static void records(struct ask *ask)
{
	answer_range(ask, WHOLE, "/Usage/Records.json");
}

static void all_time(struct ask *ask)
{
	answer_range(ask, WHOLE, "/Usage/Records/AllTime.json");
}

static void daily(struct ask *ask)
{
	answer_range(ask, DAILY, "/Usage/Records/Daily.json");
}

static void monthly(struct ask *ask)
{
	answer_range(ask, MONTHLY, "/Usage/Records/Monthly.json");
}

static void yearly(struct ask *ask)
{
	answer_range(ask, YEARLY, "/Usage/Records/Yearly.json");
}

static void of_today(struct ask *ask)
{
	answer_days(ask, today(), today(), "/Usage/Records/Today.json");
}

static void of_yesterday(struct ask *ask)
{
	answer_days(ask, today() - 1, today() - 1, "/Usage/Records/Yesterday.json");
}

static void this_month(struct ask *ask)
{
	struct tm tm = civil(today());

	answer_days(ask, day_of(tm.tm_year + 1900, tm.tm_mon, 1), today(), "/Usage/Records/ThisMonth.json");
}

static void last_month(struct ask *ask)
{
	struct tm tm = civil(today());
	int year = tm.tm_year + 1900;

	answer_days(ask, day_of(year, tm.tm_mon - 1, 1), day_of(year, tm.tm_mon, 1) - 1,
		    "/Usage/Records/LastMonth.json");
}

/* clang-format off */
static const struct route routes[] = {
	ASK_LIST("GET", "Usage/Records", records),
	ASK_LIST("GET", "Usage/Records/AllTime", all_time),
	ASK_LIST("GET", "Usage/Records/Daily", daily),
	ASK_LIST("GET", "Usage/Records/Monthly", monthly),
	ASK_LIST("GET", "Usage/Records/Yearly", yearly),
	ASK_LIST("GET", "Usage/Records/Today", of_today),
	ASK_LIST("GET", "Usage/Records/Yesterday", of_yesterday),
	ASK_LIST("GET", "Usage/Records/ThisMonth", this_month),
	ASK_LIST("GET", "Usage/Records/LastMonth", last_month),
};
/* clang-format on */

const struct ask_routes usage_routes = { routes, sizeof routes / sizeof *routes };
