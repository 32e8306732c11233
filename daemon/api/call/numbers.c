/* Finding and listing numbers; numbers_change.c has the rest. */
#include "daemon/api/call/numbers.h"

#include "lib/conf_index.h"
#include "lib/conf_number_id.h"
#include "lib/conf_numbers.h"
#include "lib/phone_number.h"

#include <errno.h>
#include <string.h>

void number_info_clear(struct number_info *info)
{
	entry_row_clear(&info->row);
	memset(info, 0, sizeof *info);
}

static void describe(const struct asker *by, const struct conf_number *number, struct number_info *out)
{
	out->number = number;
	out->in_file = conf_index_number(by->desk->conf, number->number) != NULL;
	conf_number_id(number->number, out->id);
}

/* One of the conf file that nothing was set of. */
static const struct conf_number *find_in_file(const struct asker *by, const char *id)
{
	const struct conf_number *number = conf_number_by_id(by->desk->conf, id);

	return number ? conf_number_find(by->desk->conf, number->number) : NULL;
}

bool number_find(const struct asker *by, const char *id, struct number_info *out, struct fault *fault)
{
	const struct conf_number *number;
	int err;

	memset(out, 0, sizeof *out);
	err = entries_get(by->desk->store, ENTRY_NUMBER, by->account->name, id, &out->row);
	if (err && err != ENOENT)
		return fault_store_failed(fault);
	number = err ? find_in_file(by, id) : conf_number_find(by->desk->conf, out->row.name);
	/* the conf may have given it to somebody else since */
	if (number && number->account == by->account) {
		describe(by, number, out);
		return true;
	}
	number_info_clear(out);
	return fault_set(fault, FAULT_NUMBER_NOT_FOUND, FIELD_NUMBER, "There is no such number.");
}

/* ---- lists ---- */

bool number_has_part(const char *number, const char *part)
{
	const size_t length = strlen(part);

	for (; strlen(number) >= length; number++) {
		size_t i = 0;

		while (i < length && (part[i] == number[i] || (part[i] == '*' && number[i] != '+')))
			i++;
		if (i == length)
			return true;
	}
	return false;
}

struct walk {
	const struct asker *by;
	const struct number_filter *filter;
	int64_t offset, limit;
	number_h *each;
	void *arg;
	bool failed;
};

/* One that was given no name has its number, as people write it. */
static bool is_called(const struct conf_number *number, const char *name)
{
	const size_t length = strlen(name);
	char shown[PHONE_NUMBER_SHOWN_SIZE];

	if (number->friendly_name)
		return !strcmp(name, number->friendly_name);
	/* only what may be so is written: that takes its time */
	return length && number->number[strlen(number->number) - 1] == name[length - 1] &&
	       !strcmp(name, phone_number_show(shown, number->number));
}

static bool is_meant(const struct walk *walk, const struct conf_number *number)
{
	const struct number_filter *filter = walk->filter;

	if (number->account != walk->by->account ||
	    (filter->part && !number_has_part(number->number, filter->part)))
		return false;
	if (filter->kind && phone_number_kind(number->number) != *filter->kind)
		return false;
	return !filter->friendly_name || is_called(number, filter->friendly_name);
}

static bool look_at(const struct conf_number *number, void *arg)
{
	struct walk *walk = arg;
	struct number_info info = { 0 };
	bool more;
	int err;

	if (!is_meant(walk, number) || walk->offset-- > 0)
		return true;
	describe(walk->by, number, &info);
	err = number->is_set ? entries_number(walk->by->desk->store, number->number, &info.row) : 0;
	walk->failed = err && err != ENOENT;
	more = !walk->failed && walk->each(&info, walk->arg) && --walk->limit > 0;
	number_info_clear(&info);
	return more;
}

bool number_list(const struct asker *by, const struct number_filter *filter, int64_t offset, int64_t limit,
		 number_h *each, void *arg, struct fault *fault)
{
	struct walk walk = { by, filter, offset, limit, each, arg, false };

	conf_numbers_each(by->desk->conf, look_at, &walk);
	return !walk.failed || fault_store_failed(fault);
}
