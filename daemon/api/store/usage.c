#include "daemon/api/store/usage.h"

#include "daemon/api/store/rows.h"

#include <errno.h>
#include <string.h>

static bool add(struct statement *s, void *arg)
{
	struct usage_sum *out = arg;
	const int kind = (int)statement_int(s, 0);

	if (kind >= 0 && kind < USAGE_KINDS)
		out[kind] =
		    (struct usage_sum){ statement_int(s, 1), statement_int(s, 2), statement_int(s, 3) };
	return true;
}

int usage_read(struct store *store, const char *account, int64_t from_day, int64_t to_day,
	       struct usage_sum out[USAGE_KINDS])
{
	struct statement *s =
	    store_prepare(store, "SELECT kind, sum(n), sum(minutes), sum(price) FROM usage"
				 " WHERE account = ?1 AND day BETWEEN ?2 AND ?3 GROUP BY kind");

	memset(out, 0, USAGE_KINDS * sizeof *out);
	store_bind_text(s, 1, account);
	store_bind_int(s, 2, from_day);
	store_bind_int(s, 3, to_day);
	return rows_each(s, add, out);
}

static void read_day(struct statement *s, void *row)
{
	*(int64_t *)row = statement_int(s, 0);
}

int usage_first_day(struct store *store, const char *account, int64_t *out)
{
	struct statement *s =
	    store_prepare(store, "SELECT day FROM usage WHERE account = ?1 ORDER BY day LIMIT 1");

	store_bind_text(s, 1, account);
	return rows_one(s, read_day, out);
}
