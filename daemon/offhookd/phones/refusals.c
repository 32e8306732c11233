/* See refusals.h. */
#include "daemon/offhookd/phones/refusals.h"

#include "lib/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum { SOURCE_SIZE = 80, WHY_SIZE = 80 };

struct refusal {
	UT_hash_handle hh;
	char *user;
	char source[SOURCE_SIZE], why[WHY_SIZE];
	int64_t time; /* UTC ms */
};

struct refusals {
	struct refusal *table;
};

int refusals_alloc(struct refusals **out)
{
	*out = calloc(1, sizeof **out);
	return *out ? 0 : ENOMEM;
}

static struct refusal *find(const struct refusals *refusals, const char *user)
{
	struct refusal *one;

	HASH_FIND_STR(refusals->table, user, one);
	return one;
}

static struct refusal *add(struct refusals *refusals, const char *user)
{
	struct refusal *one = calloc(1, sizeof *one);

	if (!one)
		return NULL;
	one->user = strdup(user);
	if (!one->user) {
		free(one);
		return NULL;
	}
	HASH_ADD_KEYPTR(hh, refusals->table, one->user, strlen(one->user), one);
	return one;
}

static void drop(struct refusals *refusals, struct refusal *one)
{
	HASH_DEL(refusals->table, one);
	free(one->user);
	free(one);
}

void refusals_note(struct refusals *refusals, const char *user, const char *source, const char *why)
{
	struct refusal *one = find(refusals, user);

	if (!one)
		one = add(refusals, user);
	if (!one)
		return;
	snprintf(one->source, sizeof one->source, "%s", source);
	snprintf(one->why, sizeof one->why, "%s", why);
	one->time = clock_utc_ms();
}

void refusals_forget(struct refusals *refusals, const char *user)
{
	struct refusal *one = find(refusals, user);

	if (one)
		drop(refusals, one);
}

json_t *refusals_list(const struct refusals *refusals, const struct conf *conf)
{
	json_t *list = json_array();

	for (const struct refusal *r = refusals->table; r; r = r->hh.next)
		if (conf_user_by_name(conf, r->user))
			json_array_append_new(list, json_pack("{s:s,s:I,s:s,s:s}", "user", r->user, "time",
							      (json_int_t)r->time, "source", r->source, "why",
							      r->why));
	return list;
}

void refusals_free(struct refusals *refusals)
{
	if (!refusals)
		return;
	while (refusals->table)
		drop(refusals, refusals->table);
	free(refusals);
}
