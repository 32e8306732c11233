/* Tests of lists of voice calls: with every filter they are what a plain look at all records finds, page by
 * page; and they look at few of many. */
#include "daemon/api/store/voice_calls.h"

#include <sqlite3.h>
#include <criterion/criterion.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void run(const char *sql)
{
	char *error = NULL;

	cr_assert_eq(sqlite3_exec(store_handle(store), sql, NULL, NULL, &error), SQLITE_OK, "%s", error);
}

/* Two of three are legs that were dialled for the third; every fourth family is another account's. */
static void fill(int count, int live_every, int far_ends, int noted_every)
{
	char sql[4096];

	snprintf(
	    sql, sizeof sql,
	    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
	    " INSERT INTO calls (id, account, parent, direction, status, from_address, to_address,"
	    " created, ended, started, pending, snapshot)"
	    " SELECT 'call-' || i, CASE i / 3 %% 4 WHEN 0 THEN 'other' ELSE 'a' END,"
	    " CASE WHEN i %% 3 THEN 'call-' || (i - i %% 3) END,"
	    " CASE WHEN i %% 3 THEN 'outbound' ELSE 'inbound' END,"
	    " CASE WHEN i * 7919 %% 11 < 6 THEN CASE WHEN i %% %d = 1 THEN 'in-progress' ELSE 'completed' END"
	    " WHEN i %% %d = 1 THEN 'ringing' WHEN i %% 4 = 0 THEN 'busy' WHEN i %% 4 = 1 THEN 'failed'"
	    " WHEN i %% 4 = 2 THEN 'canceled' ELSE 'no-answer' END,"
	    " CASE WHEN i %% 3 THEN CASE WHEN i %% 5 THEN '+15550009000' ELSE '+15550009001' END"
	    " ELSE CASE WHEN i %% 6 THEN '+' ELSE '' END || (15550000000 + i %% %d) END,"
	    " CASE WHEN i %% 3 THEN CASE WHEN i %% 6 THEN '+' ELSE '' END || (15550000000 + i %% %d)"
	    " ELSE CASE WHEN i %% 5 THEN '+15550009000' ELSE '+15550009001' END END,"
	    " i * 1000, CASE WHEN i %% %d <> 1 THEN i * 1000 + 9 END, i * 1000, i %% 97 = 5,"
	    " CASE WHEN i %% 3 THEN json_object('user', CASE WHEN i %% 1000 = 7 THEN 'rare' ELSE 'user-' ||"
	    " (i %% 7) END) ELSE json_object() END FROM n",
	    count, live_every, live_every, far_ends, far_ends, live_every);
	run(sql);
	run("UPDATE calls SET answered = created + 5 WHERE status IN ('in-progress', 'completed')");
	snprintf(sql, sizeof sql,
		 "INSERT INTO voice_calls SELECT account, id, 0, created, created, CASE nr %% 3 WHEN 0 THEN 1"
		 " ELSE 0 END, CASE nr %% 4 WHEN 0 THEN json_object('client_uid', 'client-' || (nr %% 5))"
		 " WHEN 1 THEN json_object('staff_uid', 'staff-' || (nr %% 3)) WHEN 2 THEN"
		 " json_object('staff_uid', NULL) ELSE json_object('client_uid', 'client-0', 'staff_uid',"
		 " 'staff-1') END FROM calls WHERE nr %% %d = 0",
		 noted_every);
	run(sql);
}

/* Calls that were made elsewhere, between ours. */
static void fill_logged(int count, int apart)
{
	char sql[1024];

	snprintf(
	    sql, sizeof sql,
	    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
	    " INSERT INTO voice_calls SELECT CASE i %% 5 WHEN 0 THEN 'other' ELSE 'a' END, 'logged-' || i, 1,"
	    " i * %d + 500, i, i %% 9 = 0, json_object('direction', CASE i %% 2 WHEN 0 THEN 'inbound' ELSE"
	    " 'outbound' END, 'status', CASE i %% 4 WHEN 0 THEN 'incoming call' WHEN 1 THEN 'missed' WHEN 2"
	    " THEN 'answered by staff' ELSE 'answered by vonage' END, 'from_number', CASE i %% 3 WHEN 0 THEN"
	    " '+' ELSE '' END || (15550000000 + i %% 4), 'to_number', '15550009000', 'client_uid',"
	    " 'client-' || (i %% 5), 'staff_uid', 'staff-' || (i %% 3)) FROM n",
	    count, apart);
	run(sql);
}

static const char *all_names[] = { "rare", "user-1", "user-2", "user-3" }; /* staff-0, 1, 1, 2 */

static void set_staff(struct voice_calls_filter *f)
{
	f->all_staff = (struct voice_calls_users){ all_names, 4 };
	if (!f->staff)
		return;
	if (!strcmp(f->staff, "staff-0"))
		f->of_staff = (struct voice_calls_users){ all_names, 1 };
	if (!strcmp(f->staff, "staff-1"))
		f->of_staff = (struct voice_calls_users){ all_names + 1, 2 };
	if (!strcmp(f->staff, "staff-2"))
		f->of_staff = (struct voice_calls_users){ all_names + 3, 1 };
}

static const char *const words[] = { [VOICE_CALLS_COMING] = "incoming call",
				     [VOICE_CALLS_MISSED] = "missed",
				     [VOICE_CALLS_BY_STAFF] = "answered by staff",
				     [VOICE_CALLS_BY_OTHERS] = "answered by vonage" };

/* The same without any index or trick: all records of the account with what is shown of them. */
static void make_shown(void)
{
	run("CREATE TEMP TABLE talked AS SELECT c.nr, json_extract(f.snapshot, '$.user') AS user FROM calls "
	    "c JOIN"
	    " calls f ON coalesce(f.parent, f.id) = coalesce(c.parent, c.id) WHERE f.answered IS NOT NULL AND"
	    " json_extract(f.snapshot, '$.user') IS NOT NULL;"
	    "CREATE TEMP TABLE staff (user, uid);"
	    "INSERT INTO staff VALUES ('rare', 'staff-0'), ('user-1', 'staff-1'), ('user-2', 'staff-1'), "
	    "('user-3',"
	    " 'staff-2');"
	    "CREATE TEMP TABLE shown AS SELECT c.id AS uid, c.created, c.direction, CASE WHEN c.answered IS "
	    "NOT NULL"
	    " THEN CASE WHEN EXISTS (SELECT 1 FROM talked t JOIN staff s ON s.user = t.user WHERE t.nr = "
	    "c.nr) THEN"
	    " 'answered by staff' ELSE 'answered by vonage' END WHEN c.ended IS NULL THEN 'incoming call' "
	    "ELSE"
	    " 'missed' END AS status, ltrim(c.from_address, '+') AS f, ltrim(c.to_address, '+') AS t,"
	    " json_extract(v.notes, '$.client_uid') AS client, CASE WHEN json_type(v.notes, '$.staff_uid') "
	    "IS NOT"
	    " NULL THEN '|' || coalesce(json_extract(v.notes, '$.staff_uid'), '') || '|' ELSE (SELECT '|' ||"
	    " group_concat(s.uid, '|') || '|' FROM talked t JOIN staff s ON s.user = t.user WHERE t.nr = "
	    "c.nr) END"
	    " AS staff, coalesce(v.deleted, 0) AS deleted FROM calls c LEFT JOIN voice_calls v ON v.account ="
	    " c.account AND v.uid = c.id WHERE c.account = 'a' AND c.pending = 0"
	    " UNION ALL SELECT uid, created, json_extract(notes, '$.direction'), json_extract(notes, "
	    "'$.status'),"
	    " ltrim(json_extract(notes, '$.from_number'), '+'), json_extract(notes, '$.to_number'),"
	    " json_extract(notes, '$.client_uid'), '|' || json_extract(notes, '$.staff_uid') || '|', deleted "
	    "FROM"
	    " voice_calls WHERE account = 'a' AND logged = 1");
}

static void plain(const struct voice_calls_filter *f, FILE *out)
{
	struct statement *s = store_prepare_once(
	    store, "SELECT uid FROM shown WHERE (?1 IS NULL OR direction = ?1) AND (?2 IS NULL OR status ="
		   " ?2) AND (?3 IS NULL OR f = ?3) AND (?4 IS NULL OR t = ?4) AND (?5 IS NULL OR client ="
		   " ?5) AND (?6 IS NULL OR instr(staff, '|' || ?6 || '|')) AND (?7 OR deleted = 0)"
		   " ORDER BY created DESC LIMIT ?8 OFFSET ?9");

	cr_assert_not_null(s);
	store_bind_text(s, 1, f->direction);
	store_bind_text(s, 2, words[f->state]);
	store_bind_text(s, 3, f->from);
	store_bind_text(s, 4, f->to);
	store_bind_text(s, 5, f->client);
	store_bind_text(s, 6, f->staff);
	store_bind_int(s, 7, f->with_deleted);
	store_bind_int(s, 8, f->limit);
	store_bind_int(s, 9, f->offset);
	while (statement_step(s) == STATEMENT_ROW)
		fprintf(out, "%s ", statement_text(s, 0));
	statement_free(s);
}

static bool add(const char *uid, void *arg)
{
	fprintf(arg, "%s ", uid);
	return true;
}

static size_t check(struct voice_calls_filter *f)
{
	char *found = NULL, *wanted = NULL;
	size_t size;
	FILE *out;

	set_staff(f);
	f->logged_status = words[f->state];
	out = open_memstream(&found, &size);
	cr_assert_eq(voice_calls_list(store, f, add, out), 0);
	fclose(out);
	out = open_memstream(&wanted, &size);
	plain(f, out);
	fclose(out);
	cr_assert_str_eq(
	    found, wanted,
	    "%s| %s| direction %s state %d from %s to %s client %s staff %s deleted %d offset %d", found,
	    wanted, f->direction, (int)f->state, f->from, f->to, f->client, f->staff, f->with_deleted,
	    (int)f->offset);
	free(found);
	free(wanted);
	return size;
}

/* Every filter with every other, two pages of each. */
static size_t check_all(const char *client)
{
	static const char *const directions[] = { NULL, "inbound", "outbound" };
	static const char *const froms[] = { NULL, "15550009000", "15550000002" };
	static const char *const tos[] = { NULL, "15550009000", "15550000001" };
	static const char *const staffs[] = { NULL, "staff-0", "staff-1", "nobody" };
	size_t found = 0;

	for (unsigned i = 0; i < 3 * 3 * 3 * 4 * 5 * 2 * 2; i++) {
		struct voice_calls_filter f = { .account = "a", .limit = 10, .client = client };
		unsigned n = i;

		f.direction = directions[n % 3];
		f.from = froms[n / 3 % 3];
		f.to = tos[n / 9 % 3];
		f.staff = staffs[n / 27 % 4];
		f.state = (enum voice_calls_state)(n / 108 % 5);
		f.with_deleted = n / 540 % 2;
		f.offset = n / 1080 % 2 * 10;
		found += check(&f) > 0;
	}
	return found;
}

Test(voice_calls, every_filter_finds_what_a_plain_look_finds, .init = set_up, .fini = tear_down)
{
	fill(500, 10, 4, 3);
	fill_logged(60, 8000);
	make_shown();
	cr_assert_gt(check_all(NULL), 200);
	cr_assert_gt(check_all("client-0"), 50);
}

Test(voice_calls, without_any_that_were_made_elsewhere_too, .init = set_up, .fini = tear_down)
{
	fill(500, 10, 4, 3);
	make_shown();
	cr_assert_gt(check_all(NULL), 200);
}

Test(voice_calls, pages_go_to_the_end, .init = set_up, .fini = tear_down)
{
	struct voice_calls_filter f = { .account = "a", .limit = 7 };
	size_t size;

	fill(300, 10, 4, 3);
	fill_logged(30, 8000);
	make_shown();
	do {
		size = check(&f);
		f.offset += f.limit;
	} while (size);
	cr_assert_gt(f.offset, 140);
}

static int count_steps(void *arg)
{
	*(int *)arg += 1;
	return 0;
}

static bool skip(const char *uid, void *arg)
{
	(void)uid;
	*(int *)arg += 1;
	return true;
}

/* Steps of SQLite's machine, in hundreds: what a list costs, whatever else the computer does. */
static int cost_of(struct voice_calls_filter f)
{
	int steps = 0, found = 0;

	f.account = "a";
	f.limit = 25;
	f.logged_status = words[f.state];
	set_staff(&f);
	sqlite3_progress_handler(store_handle(store), 100, count_steps, &steps);
	cr_assert_eq(voice_calls_list(store, &f, skip, &found), 0);
	sqlite3_progress_handler(store_handle(store), 0, NULL, NULL);
	return steps;
}

Test(voice_calls, a_page_looks_at_few_of_many, .init = set_up, .fini = tear_down, .timeout = 120)
{
	enum { FEW = 300 };

	/* Of 30,000: none live, 10,000 far ends, a client and a user of few. */
	fill(30000, 1000000, 10000, 97);
	fill_logged(20, 1000000);
	cr_expect_lt(cost_of((struct voice_calls_filter){ 0 }), FEW);
	cr_expect_lt(cost_of((struct voice_calls_filter){ .state = VOICE_CALLS_COMING }), FEW);
	cr_expect_lt(cost_of((struct voice_calls_filter){ .state = VOICE_CALLS_MISSED }), FEW);
	cr_expect_lt(cost_of((struct voice_calls_filter){ .state = VOICE_CALLS_BY_STAFF }), FEW);
	cr_expect_lt(cost_of((struct voice_calls_filter){ .state = VOICE_CALLS_BY_OTHERS }), FEW);
	cr_expect_lt(cost_of((struct voice_calls_filter){ .staff = "staff-0" }), FEW);
	cr_expect_lt(cost_of((struct voice_calls_filter){ .staff = "staff-1" }), FEW);
	cr_expect_lt(cost_of((struct voice_calls_filter){ .staff = "nobody" }), FEW);
	cr_expect_lt(cost_of((struct voice_calls_filter){ .client = "client-3" }), FEW);
	cr_expect_lt(cost_of((struct voice_calls_filter){ .client = "nobody" }), FEW);
	cr_expect_lt(cost_of((struct voice_calls_filter){ .from = "15550000003" }), FEW);
	cr_expect_lt(cost_of((struct voice_calls_filter){ .to = "15550000002", .direction = "outbound" }),
		     FEW);
	cr_expect_lt(cost_of((struct voice_calls_filter){ .from = "15550009001" }), FEW);
}
