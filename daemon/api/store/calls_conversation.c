/* Who talks with whom, from the records. */
#include "daemon/api/store/calls_row.h"
#include "daemon/api/store/rows.h"

int calls_conversation(struct store *store, const char *account, const char *id, call_row_h *each, void *arg)
{
	struct calls_walk walk = { each, arg, NULL };
	/* Each part has an index. */
	struct statement *s = store_prepare(store, "SELECT " CALLS_COLUMNS " FROM calls WHERE nr IN ("
						   "SELECT nr FROM calls WHERE id = ?1"
						   " UNION SELECT nr FROM calls WHERE parent = ?1"
						   " UNION SELECT nr FROM calls WHERE conference = ?1"
						   ") AND account = ?2 AND pending = 0 ORDER BY nr DESC");

	store_bind_text(s, 1, id);
	store_bind_text(s, 2, account);
	return rows_each(s, calls_walk_row, &walk);
}
