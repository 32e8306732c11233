/* tally: rows are told apart by all of their labels, and there are not more of them than there may be. */
#include "daemon/offhookd/tally/tally_rows.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct tally_row *get(struct tally_table *table, const char *account, const char *trunk,
			     const char *word, int number)
{
	return tally_row_get(table, &(struct tally_labels){ account, trunk, word, number });
}

Test(tally, tells_rows_apart_by_all_labels)
{
	struct tally_table table = { 0 };
	struct tally_row *row = get(&table, "a", "b", "inbound", 1);

	cr_assert(row);
	cr_expect_eq(get(&table, "a", "b", "inbound", 1), row);
	cr_expect_neq(get(&table, "ab", "", "inbound", 1), row);
	cr_expect_neq(get(&table, "", "ab", "inbound", 1), row);
	cr_expect_neq(get(&table, "a", "b", "outbound", 1), row);
	cr_expect_neq(get(&table, "a", "b", "inbound", 11), row);
	cr_expect_eq(HASH_COUNT(table.rows), 5);
	tally_table_clear(&table);
	cr_expect_null(table.rows);
}

Test(tally, folds_what_is_too_much)
{
	struct tally_table table = { 0 };
	struct tally_row *first = get(&table, "0", "", "inbound", 0), *folded;
	char name[300];

	for (int i = 1; i < 5 * TALLY_ROWS_MAX; i++) {
		snprintf(name, sizeof name, "%d", i);
		cr_assert(get(&table, name, "", i % 2 ? "inbound" : "outbound", 0));
	}
	cr_expect_leq(HASH_COUNT(table.rows), TALLY_ROWS_MAX + 2);
	folded = get(&table, "another", "", "inbound", 0);
	cr_expect_str_eq(folded->account, "other");
	cr_expect_str_eq(folded->trunk, "", "no trunk stays none");
	cr_expect_eq(get(&table, "0", "", "inbound", 0), first, "what has a row keeps it");
	tally_table_clear(&table);
}

Test(tally, takes_names_of_any_length)
{
	struct tally_table table = { 0 };
	char name[2000];

	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	cr_assert(get(&table, name, name, "inbound", 0));
	cr_expect_eq(get(&table, name, name, "inbound", 0), get(&table, name, name, "inbound", 0));
	cr_expect_eq(HASH_COUNT(table.rows), 1);
	tally_table_clear(&table);
}
