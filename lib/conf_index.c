/* conf_index: see conf_index.h. */
#include "lib/conf_index.h"

#include "lib/conf_number_id.h"
#include "lib/conf_numbers.h"

#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

enum {
	LONGEST_NUMBER = 64
}; /* a number longer than this matches no route: a pattern's time may grow with it */

struct entry {
	const char *key;
	const void *item;
};

struct table {
	struct entry *entries;
	size_t count;
};

struct conf_index {
	struct table accounts, users, users_by_number, trunks, numbers;
	struct table number_ids;     /* made when it is first asked */
	char (*ids)[UUID_TEXT_SIZE]; /* of it */
};

/* By key; those of one key in the order of the conf. */
static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	if (order != 0)
		return order;
	return (uintptr_t)x->item < (uintptr_t)y->item ? -1 : (uintptr_t)x->item > (uintptr_t)y->item;
}

static int table_alloc(struct table *table, size_t count)
{
	table->entries = calloc(count ? count : 1, sizeof(*table->entries));
	return table->entries ? 0 : ENOMEM;
}

static void table_add(struct table *table, const char *key, const void *item)
{
	table->entries[table->count++] = (struct entry){ key, item };
}

static void table_sort(struct table *table)
{
	qsort(table->entries, table->count, sizeof(*table->entries), compare_entries);
}

/* The first of that key. */
static const void *table_find(const struct table *table, const char *key)
{
	size_t low = 0, high = table->count;

	if (!key)
		return NULL;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(table->entries[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == table->count || strcmp(table->entries[low].key, key) != 0)
		return NULL;
	return table->entries[low].item;
}

int conf_index_build(struct conf *conf)
{
	struct conf_index *index = calloc(1, sizeof(*index));

	if (!index)
		return ENOMEM;
	conf->index = index;
	if (table_alloc(&index->accounts, conf->account_count) != 0 ||
	    table_alloc(&index->users, conf->user_count) != 0 ||
	    table_alloc(&index->users_by_number, 2 * conf->user_count) != 0 ||
	    table_alloc(&index->trunks, conf->trunk_count) != 0 ||
	    table_alloc(&index->numbers, conf->number_count) != 0)
		return ENOMEM;
	for (size_t i = 0; i < conf->account_count; i++)
		table_add(&index->accounts, conf->accounts[i].name, &conf->accounts[i]);
	for (size_t i = 0; i < conf->user_count; i++) {
		table_add(&index->users, conf->users[i].name, &conf->users[i]);
		if (conf->users[i].number)
			table_add(&index->users_by_number, conf->users[i].number, &conf->users[i]);
		if (conf->users[i].extension)
			table_add(&index->users_by_number, conf->users[i].extension, &conf->users[i]);
	}
	for (size_t i = 0; i < conf->trunk_count; i++)
		table_add(&index->trunks, conf->trunks[i].name, &conf->trunks[i]);
	for (size_t i = 0; i < conf->number_count; i++)
		table_add(&index->numbers, conf->numbers[i].number, &conf->numbers[i]);
	table_sort(&index->accounts);
	table_sort(&index->users);
	table_sort(&index->users_by_number);
	table_sort(&index->trunks);
	table_sort(&index->numbers);
	return 0;
}

void conf_index_free(struct conf_index *index)
{
	if (!index)
		return;
	free(index->accounts.entries);
	free(index->users.entries);
	free(index->users_by_number.entries);
	free(index->trunks.entries);
	free(index->numbers.entries);
	free(index->number_ids.entries);
	free(index->ids);
	free(index);
}

const struct conf_user *conf_user_by_name(const struct conf *conf, const char *name)
{
	return table_find(&conf->index->users, name);
}

const struct conf_user *conf_user_by_number(const struct conf *conf, const char *e164)
{
	return table_find(&conf->index->users_by_number, e164);
}

const struct conf_number *conf_index_number(const struct conf *conf, const char *e164)
{
	return table_find(&conf->index->numbers, e164);
}

static bool make_ids(const struct conf *conf)
{
	struct conf_index *index = conf->index;

	index->ids = calloc(conf->number_count ? conf->number_count : 1, sizeof *index->ids);
	if (!index->ids || table_alloc(&index->number_ids, conf->number_count))
		return false;
	for (size_t i = 0; i < conf->number_count; i++)
		table_add(&index->number_ids, conf_number_id(conf->numbers[i].number, index->ids[i]),
			  &conf->numbers[i]);
	table_sort(&index->number_ids);
	return true;
}

const struct conf_number *conf_number_by_id(const struct conf *conf, const char *id)
{
	if (!conf->index->number_ids.entries) {
		free(conf->index->ids);
		if (!make_ids(conf))
			return NULL;
	}
	return table_find(&conf->index->number_ids, id);
}

const struct conf_number *conf_number_find(const struct conf *conf, const char *e164)
{
	const struct conf_number *set = conf_numbers_find(conf->set, e164);

	return set ? set : conf_index_number(conf, e164);
}

const struct conf_trunk *conf_trunk_by_name(const struct conf *conf, const char *name)
{
	return table_find(&conf->index->trunks, name);
}

const char *conf_account_secret(const struct conf_account *account)
{
	if (account->auth_token)
		return account->auth_token;
	return account->api_keys.count ? account->api_keys.items[0] : "";
}

const struct conf_account *conf_account_by_name(const struct conf *conf, const char *name)
{
	return table_find(&conf->index->accounts, name);
}

const struct conf_route *conf_route_find(const struct conf *conf, const char *e164)
{
	if (!e164 || strlen(e164) > LONGEST_NUMBER)
		return NULL;
	for (size_t i = 0; i < conf->route_count; i++) {
		if (regexec(conf->routes[i].regex, e164, 0, NULL, 0) == 0)
			return &conf->routes[i];
	}
	return NULL;
}
