/* See spend.h. */
#include "daemon/offhookd/money/spend.h"

#include "lib/clock.h"
#include "lib/file_writer.h"
#include "lib/json_file.h"
#include "lib/json_get.h"
#include "lib/log.h"
#include "lib/money.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define DAY_S  INT64_C(86400)
#define DAY_MS (DAY_S * 1000)

enum { WRITE_AFTER_MS = 1000 }; /* each write waits for the disk, and calls may pay every second */

/* One account. What it has put by is not written: it ends with the process. */
struct purse {
	UT_hash_handle hh;
	char *name;
	int64_t day; /* since 1970, of the account's own */
	char currency[RATE_CURRENCY_SIZE];
	int64_t spent, reserved;
	bool warned; /* today */
};

struct spend {
	struct purse *purses;
	char *file;
	struct file_writer *writer;
	struct event *timer;
	bool dirty;
};

static struct purse *find(struct spend *spend, const char *name)
{
	struct purse *purse;

	HASH_FIND_STR(spend->purses, name, purse);
	if (purse)
		return purse;
	purse = calloc(1, sizeof *purse);
	if (purse)
		purse->name = strdup(name);
	if (!purse || !purse->name) {
		free(purse);
		log_error("spend.no_memory", NULL, "account=%s", name);
		return NULL;
	}
	HASH_ADD_KEYPTR(hh, spend->purses, purse->name, strlen(purse->name), purse);
	return purse;
}

static int64_t day_of(const struct conf_account *account, int64_t utc_ms)
{
	int64_t s = utc_ms / 1000 - account->day_starts_s;

	return s >= 0 ? s / DAY_S : -1;
}

/* The account's purse, of today. A clock that is set back does not give a day twice. */
static struct purse *purse_of(struct spend *spend, const struct conf_account *account)
{
	int64_t today = day_of(account, clock_utc_ms());
	struct purse *purse = find(spend, account->name);
	const char *currency = account->deck ? account->deck->currency : "";

	if (!purse)
		return NULL;
	if (today > purse->day) {
		purse->day = today;
		purse->spent = 0;
		purse->warned = false;
	}
	if (strcmp(purse->currency, currency) != 0) {
		if (purse->spent > 0)
			log_warn("spend.new_currency", NULL, "account=%s was=%s is=%s", account->name,
				 purse->currency, currency);
		purse->spent = 0;
		snprintf(purse->currency, sizeof purse->currency, "%s", currency);
	}
	return purse;
}

/* ---- the file ---- */

static json_t *purse_json(const struct purse *purse)
{
	char day[CLOCK_TEXT_SIZE], spent[MONEY_TEXT_SIZE];

	clock_format_rfc3339(purse->day * DAY_MS, day);
	day[sizeof "2026-11-20" - 1] = '\0';
	return json_pack("{s:s, s:s, s:s}", "day", day, "currency", purse->currency, "spent",
			 money_format(purse->spent, 2, spent));
}

static void write_file(struct spend *spend)
{
	json_t *all = json_object();
	char *text;

	for (const struct purse *p = spend->purses; p; p = p->hh.next)
		if (p->spent > 0)
			json_object_set_new(all, p->name, purse_json(p));
	text = json_dumps(all, JSON_INDENT(1));
	json_decref(all);
	if (text)
		file_writer_put(spend->writer, text, strlen(text));
	spend->dirty = !text;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	write_file(arg);
}

static void changed(struct spend *spend)
{
	if (spend->dirty)
		return;
	spend->dirty = true;
	event_add(spend->timer, &(struct timeval){ WRITE_AFTER_MS / 1000, WRITE_AFTER_MS % 1000 * 1000 });
}

static void take(struct spend *spend, const char *name, const json_t *one)
{
	const char *day = NULL, *currency = NULL, *spent = NULL;
	struct purse *purse;
	int64_t ms, amount = 0;
	struct json_get g;
	int err;

	json_get_init(&g, one);
	json_get_string(&g, "day", true, &day);
	json_get_string(&g, "currency", true, &currency);
	json_get_string(&g, "spent", true, &spent);
	err = json_get_status(&g) || clock_parse_rfc3339(day, &ms)
		  ? EINVAL
		  : money_parse(&amount, spent, strlen(spent));
	if (err == ERANGE) { /* more than any limit may be */
		amount = MONEY_PARSE_MAX;
		err = 0;
	}
	if (err || strlen(currency) >= RATE_CURRENCY_SIZE) {
		log_warn("spend.skipped", NULL, "file=%s account=%s", log_quote(spend->file),
			 log_quote(name));
		return;
	}
	purse = find(spend, name);
	if (!purse)
		return;
	purse->day = ms / DAY_MS;
	purse->spent = amount;
	snprintf(purse->currency, sizeof purse->currency, "%s", currency);
}

static void read_file(struct spend *spend)
{
	json_t *all = json_file_read(spend->file, JSON_OBJECT, LOG_LEVEL_ERROR, "spend.broken"), *one;
	const char *name;

	json_object_foreach(all, name, one)
	{
		take(spend, name, one);
	}
	json_decref(all);
}

/* ---- life ---- */

int spend_alloc(struct spend **out, struct event_base *base, const char *file)
{
	struct spend *spend = calloc(1, sizeof *spend);
	int err = ENOMEM;

	if (!spend)
		return ENOMEM;
	spend->file = strdup(file);
	spend->timer = evtimer_new(base, on_timer, spend);
	if (spend->file && spend->timer)
		err = file_writer_alloc(&spend->writer, file);
	if (err) {
		spend_free(spend);
		return err;
	}
	read_file(spend);
	*out = spend;
	return 0;
}

void spend_free(struct spend *spend)
{
	struct purse *purse, *next;

	if (!spend)
		return;
	if (spend->dirty)
		write_file(spend);
	file_writer_free(spend->writer);
	if (spend->timer)
		event_free(spend->timer);
	HASH_ITER(hh, spend->purses, purse, next)
	{
		HASH_DEL(spend->purses, purse);
		free(purse->name);
		free(purse);
	}
	free(spend->file);
	free(spend);
}

/* ---- use ---- */

void spend_today(struct spend *spend, const struct conf_account *account, struct spend_today *out)
{
	const struct purse *purse = purse_of(spend, account);
	int64_t day = purse ? purse->day : day_of(account, clock_utc_ms());

	*out = (struct spend_today){ .day_starts = day * DAY_MS + (int64_t)account->day_starts_s * 1000 };
	out->day_ends = out->day_starts + DAY_MS;
	if (purse) {
		out->spent = purse->spent;
		out->reserved = purse->reserved;
	}
}

int64_t spend_left(struct spend *spend, const struct conf_account *account)
{
	const struct purse *purse = purse_of(spend, account);
	int64_t left;

	if (account->max_spend_day == 0)
		return INT64_MAX;
	if (!purse)
		return 0;
	left = account->max_spend_day - purse->spent - purse->reserved;
	return left > 0 ? left : 0;
}

void spend_reserve(struct spend *spend, const char *account, int64_t amount)
{
	struct purse *purse = amount ? find(spend, account) : NULL;

	if (purse && money_add(&purse->reserved, purse->reserved, amount))
		log_error("spend.overflow", NULL, "account=%s", account);
}

void spend_add(struct spend *spend, const struct conf_account *account, int64_t amount)
{
	struct purse *purse = amount ? purse_of(spend, account) : NULL;

	if (!purse)
		return;
	if (money_add(&purse->spent, purse->spent, amount))
		log_error("spend.overflow", NULL, "account=%s", account->name);
	/* given back after midnight, when it is no longer there */
	if (purse->spent < 0)
		purse->spent = 0;
	changed(spend);
}

void spend_at_least(struct spend *spend, const struct conf_account *account, int64_t day_starts,
		    int64_t spent)
{
	struct spend_today today;
	struct purse *purse;

	spend_today(spend, account, &today);
	purse = purse_of(spend, account);
	if (!purse || today.day_starts != day_starts || purse->spent >= spent)
		return;
	purse->spent = spent;
	changed(spend);
}

void spend_warn(struct spend *spend, const struct conf_account *account)
{
	struct purse *purse = purse_of(spend, account);
	char spent[MONEY_TEXT_SIZE], limit[MONEY_TEXT_SIZE];

	if (!purse || purse->warned)
		return;
	purse->warned = true;
	log_warn("spend.limit_reached", NULL, "account=%s spent=%s limit=%s currency=%s", account->name,
		 money_format(purse->spent, 2, spent), money_format(account->max_spend_day, 2, limit),
		 purse->currency);
}
