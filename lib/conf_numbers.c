/* conf_numbers: see conf_numbers.h. */
#include "lib/conf_numbers.h"

#include "lib/conf_index.h"
#include "lib/conf_value.h"
#include "lib/random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum { FALLBACK_CODE = 503 };

struct entry {
	UT_hash_handle hh; /* by number.number */
	struct conf_number number;
	/* What was set; the number in force points there, or into the conf. */
	char *e164, *account, *friendly_name, *dialect, *voice_url, *fallback_url, *status_callback;
	bool voice_get, fallback_get, callback_get, script;
};

struct conf_numbers {
	struct entry *all; /* in the order in which they came */
};

int conf_numbers_alloc(struct conf_numbers **out)
{
	*out = calloc(1, sizeof **out);
	return *out ? 0 : ENOMEM;
}

static void entry_free(struct entry *entry)
{
	free(entry->e164);
	free(entry->account);
	free(entry->friendly_name);
	free(entry->dialect);
	free(entry->voice_url);
	free(entry->fallback_url);
	free(entry->status_callback);
	free(entry);
}

static void take_out(struct conf_numbers *numbers, struct entry *entry)
{
	HASH_DEL(numbers->all, entry);
	entry_free(entry);
}

void conf_numbers_free(struct conf_numbers *numbers)
{
	if (!numbers)
		return;
	while (numbers->all)
		take_out(numbers, numbers->all);
	free(numbers);
}

static struct entry *find(const struct conf_numbers *numbers, const char *e164)
{
	struct entry *entry = NULL;

	if (numbers && e164)
		HASH_FIND_STR(numbers->all, e164, entry);
	return entry;
}

const struct conf_number *conf_numbers_find(const struct conf_numbers *numbers, const char *e164)
{
	struct entry *entry = find(numbers, e164);

	return entry ? &entry->number : NULL;
}

size_t conf_numbers_count(const struct conf *conf)
{
	return HASH_COUNT(conf->set->all);
}

/* What is in force: the file's number, and on it what was set. Returns 0, ENOENT or EEXIST. */
static int put_in_force(const struct conf *conf, struct entry *entry)
{
	const struct conf_account *account = conf_account_by_name(conf, entry->account);
	const struct conf_number *file = conf_index_number(conf, entry->e164);
	struct conf_number *number = &entry->number;

	if (!account)
		return ENOENT;
	if (conf_user_by_number(conf, entry->e164) || (file && file->account != account))
		return EEXIST;
	*number = file
		      ? *file
		      : (struct conf_number){ .action = CONF_NUMBER_NOTHING, .fallback_code = FALLBACK_CODE };
	number->number = entry->e164;
	number->account = account;
	number->friendly_name = entry->friendly_name;
	number->is_set = true;
	number->has_script = entry->script;
	if (entry->dialect)
		number->dialect = entry->dialect;
	if (entry->voice_url) {
		number->voice_url = entry->voice_url;
		number->voice_get = entry->voice_get;
		number->voice_method_said = true;
	}
	if (entry->voice_url || entry->script)
		number->action = CONF_NUMBER_VOICE_URL;
	if (entry->fallback_url) {
		number->fallback_url = entry->fallback_url;
		number->fallback_get = entry->fallback_get;
	}
	if (entry->status_callback) {
		number->status_callback = entry->status_callback;
		number->callback_get = entry->callback_get;
		number->callback_events = (struct conf_strings){ 0 };
	}
	return 0;
}

static char *copy(const char *text, bool *failed)
{
	char *out = text ? strdup(text) : NULL;

	*failed |= text && !out;
	return out;
}

static struct entry *entry_new(const struct conf_number_set *set)
{
	struct entry *entry = calloc(1, sizeof *entry);
	bool failed = false;

	if (!entry)
		return NULL;
	entry->e164 = copy(set->number, &failed);
	entry->account = copy(set->account, &failed);
	entry->friendly_name = copy(set->friendly_name, &failed);
	entry->dialect = copy(set->dialect, &failed);
	entry->voice_url = copy(set->voice_url, &failed);
	entry->fallback_url = copy(set->fallback_url, &failed);
	entry->status_callback = copy(set->status_callback, &failed);
	entry->voice_get = set->voice_get;
	entry->fallback_get = set->fallback_get;
	entry->callback_get = set->callback_get;
	entry->script = set->script;
	if (!failed)
		return entry;
	entry_free(entry);
	return NULL;
}

/* What was allocated changes places: the old one stays where it is in the order. */
static void replace(struct entry *old, struct entry *new)
{
	struct entry was = *old;
	UT_hash_handle place = old->hh;

	*old = *new;
	old->hh = place;
	old->hh.key = old->e164;
	*new = was;
	entry_free(new);
}

int conf_numbers_set(const struct conf *conf, const struct conf_number_set *set)
{
	struct conf_numbers *numbers = conf->set;
	struct entry *entry, *old;
	int err;

	if (!conf_is_e164(set->number))
		return EINVAL;
	old = find(numbers, set->number);
	if (!old && HASH_COUNT(numbers->all) >= CONF_NUMBERS_MAX)
		return ENOSPC;
	entry = entry_new(set);
	if (!entry)
		return ENOMEM;
	err = put_in_force(conf, entry);
	if (err) {
		entry_free(entry);
		return err;
	}
	if (old)
		replace(old, entry);
	else
		HASH_ADD_KEYPTR(hh, numbers->all, entry->e164, strlen(entry->e164), entry);
	return 0;
}

void conf_numbers_unset(const struct conf *conf, const char *number)
{
	struct entry *entry = find(conf->set, number);

	if (entry)
		take_out(conf->set, entry);
}

void conf_numbers_move(const struct conf *to, const struct conf *from)
{
	struct entry *entry, *next;

	HASH_ITER(hh, from->set->all, entry, next)
	{
		HASH_DEL(from->set->all, entry);
		if (put_in_force(to, entry))
			entry_free(entry);
		else
			HASH_ADD_KEYPTR(hh, to->set->all, entry->e164, strlen(entry->e164), entry);
	}
}

void conf_numbers_each_set(const struct conf *conf, conf_number_h *each, void *arg)
{
	struct entry *entry, *next;

	HASH_ITER(hh, conf->set->all, entry, next)
	if (!each(&entry->number, arg))
		return;
}

void conf_numbers_each(const struct conf *conf, conf_number_h *each, void *arg)
{
	struct entry *entry, *next;

	for (size_t i = 0; i < conf->number_count; i++)
		if (!each(conf_number_find(conf, conf->numbers[i].number), arg))
			return;
	HASH_ITER(hh, conf->set->all, entry, next)
	if (!conf_index_number(conf, entry->e164) && !each(&entry->number, arg))
		return;
}

struct drawing {
	const struct conf_account *account;
	bool e164;
	const struct conf_number *chosen;
	uint32_t count;
};

static bool draw(const struct conf_number *number, void *arg)
{
	struct drawing *drawing = arg;

	if (number->account == drawing->account && (!drawing->e164 || *number->number == '+') &&
	    random_u32() % ++drawing->count == 0)
		drawing->chosen = number;
	return true;
}

const struct conf_number *conf_numbers_draw(const struct conf *conf, const struct conf_account *account,
					    bool e164)
{
	struct drawing drawing = { .account = account, .e164 = e164 };

	conf_numbers_each(conf, draw, &drawing);
	return drawing.chosen;
}
