#include "daemon/api/store/queues.h"

#include "daemon/api/store/rows.h"
#include "lib/clock.h"
#include "lib/random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_COLUMNS                                                                                      \
	"SELECT q.nr, q.id, q.account, q.name, q.max_size, q.created, q.updated, q.left_count, q.left_ms," \
	" (SELECT count(*) FROM queue_members m WHERE m.queue = q.nr),"                                    \
	" (SELECT sum(entered) FROM queue_members m WHERE m.queue = q.nr) FROM queues q"
#define MEMBER_COLUMNS                                                                     \
	"SELECT m.nr, m.queue, m.call, m.agent, m.entered,"                                \
	" (SELECT count(*) FROM queue_members b WHERE b.queue = m.queue AND b.nr <= m.nr)" \
	" FROM queue_members m"
/* Without their positions. */
#define MEMBERS "SELECT m.nr, m.queue, m.call, m.agent, m.entered, 0 FROM queue_members m"

void queue_row_clear(struct queue_row *row)
{
	free(row->id);
	free(row->account);
	free(row->name);
	memset(row, 0, sizeof *row);
}

void queue_member_clear(struct queue_member *member)
{
	free(member->call);
	free(member->agent);
	memset(member, 0, sizeof *member);
}

static void read_queue(struct statement *s, void *row)
{
	struct queue_row *out = row;

	out->nr = statement_int(s, 0);
	out->id = store_column_dup(s, 1);
	out->account = store_column_dup(s, 2);
	out->name = store_column_dup(s, 3);
	out->max_size = statement_int(s, 4);
	out->created = statement_int(s, 5);
	out->updated = statement_int(s, 6);
	out->left_count = statement_int(s, 7);
	out->left_ms = statement_int(s, 8);
	out->size = statement_int(s, 9);
	out->entered_mean = out->size ? (int64_t)(statement_real(s, 10) / (double)out->size) : 0;
}

static void read_member(struct statement *s, void *row)
{
	struct queue_member *out = row;

	out->nr = statement_int(s, 0);
	out->queue = statement_int(s, 1);
	out->call = store_column_dup(s, 2);
	out->agent = store_column_dup(s, 3);
	out->entered = statement_int(s, 4);
	out->position = statement_int(s, 5);
}

int queues_get(struct store *store, const char *account, const char *id, struct queue_row *out)
{
	struct statement *s = store_prepare(store, QUEUE_COLUMNS " WHERE q.id = ?1 AND q.account = ?2");

	memset(out, 0, sizeof *out);
	store_bind_text(s, 1, id);
	store_bind_text(s, 2, account);
	return rows_one(s, read_queue, out);
}

int queues_find(struct store *store, const char *account, const char *name, struct queue_row *out)
{
	struct statement *s = store_prepare(store, QUEUE_COLUMNS " WHERE q.account = ?1 AND q.name = ?2");

	memset(out, 0, sizeof *out);
	store_bind_text(s, 1, account);
	store_bind_text(s, 2, name);
	return rows_one(s, read_queue, out);
}

int queues_member(struct store *store, const char *call, struct queue_member *out)
{
	struct statement *s = store_prepare(store, MEMBER_COLUMNS " WHERE m.call = ?1");

	memset(out, 0, sizeof *out);
	store_bind_text(s, 1, call);
	return rows_one(s, read_member, out);
}

int queues_first(struct store *store, int64_t queue, struct queue_member *out)
{
	struct statement *s = store_prepare(store, MEMBER_COLUMNS
					    " WHERE m.queue = ?1 AND m.agent IS NULL ORDER BY m.nr LIMIT 1");

	memset(out, 0, sizeof *out);
	store_bind_int(s, 1, queue);
	return rows_one(s, read_member, out);
}

/* Room for one more. */
static int make_room(struct store *store, const char *account)
{
	struct statement *s = store_prepare_write(
	    store, "DELETE FROM queues WHERE nr IN (SELECT nr FROM queues q WHERE account = ?1"
		   " AND NOT EXISTS (SELECT 1 FROM queue_members m WHERE m.queue = q.nr) ORDER BY updated"
		   " LIMIT (SELECT CASE WHEN count(*) > ?2 THEN count(*) - ?2 ELSE 0 END FROM queues WHERE"
		   " account = ?1))");

	store_bind_text(s, 1, account);
	store_bind_int(s, 2, QUEUES_MAX - 1);
	return store_run(store, s);
}

static int insert(struct store *store, const char *account, const char *name, int64_t max_size)
{
	struct statement *s =
	    store_prepare_write(store, "INSERT INTO queues (id, account, name, max_size, created, updated)"
				       " VALUES (?1, ?2, ?3, ?4, ?5, ?5)");
	char id[UUID_TEXT_SIZE];

	store_bind_text(s, 1, random_uuid(id));
	store_bind_text(s, 2, account);
	store_bind_text(s, 3, name);
	store_bind_int(s, 4, max_size ? max_size : QUEUE_SIZE_USUAL);
	store_bind_int(s, 5, clock_utc_ms());
	return store_run(store, s);
}

int queues_make(struct store *store, const char *account, const char *name, int64_t max_size,
		struct queue_row *out)
{
	int err = queues_find(store, account, name, out);

	if (err != ENOENT)
		return err;
	err = make_room(store, account);
	if (!err)
		err = insert(store, account, name, max_size);
	return err ? err : queues_find(store, account, name, out);
}

int queues_enter(struct store *store, const struct queue_row *queue, const char *call)
{
	struct queue_member member;
	struct statement *s;
	const int err = queues_member(store, call, &member);
	const bool is_in = !err && member.queue == queue->nr;

	queue_member_clear(&member);
	if (is_in || err == EIO)
		return err;
	if (queue->size >= queue->max_size)
		return ENOSPC;
	/* Not changed where it is: it goes to the end. */
	s = store_prepare_write(store, "DELETE FROM queue_members WHERE call = ?1");
	store_bind_text(s, 1, call);
	if (store_run(store, s))
		return EIO;
	s = store_prepare_write(store,
				"INSERT INTO queue_members (queue, call, entered) VALUES (?1, ?2, ?3)");
	store_bind_int(s, 1, queue->nr);
	store_bind_text(s, 2, call);
	store_bind_int(s, 3, clock_utc_ms());
	return store_run(store, s);
}

int queues_take(struct store *store, const char *call, const char *agent)
{
	struct statement *s =
	    store_prepare_write(store, "UPDATE queue_members SET agent = ?2 WHERE call = ?1");

	store_bind_text(s, 1, call);
	store_bind_text(s, 2, agent);
	return store_run(store, s);
}

int queues_leave(struct store *store, const char *call)
{
	struct statement *s = store_prepare_write(
	    store,
	    "UPDATE queues SET left_count = left_count + 1, left_ms = left_ms + ?2 - (SELECT entered FROM"
	    " queue_members WHERE call = ?1), updated = ?2 WHERE nr = (SELECT queue FROM queue_members"
	    " WHERE call = ?1)");
	int err;

	store_bind_text(s, 1, call);
	store_bind_int(s, 2, clock_utc_ms());
	err = store_run(store, s);
	if (err)
		return err;
	s = store_prepare_write(store, "DELETE FROM queue_members WHERE call = ?1");
	store_bind_text(s, 1, call);
	return store_run(store, s);
}

int queues_create(struct store *store, const char *account, const char *name, int64_t max_size,
		  struct queue_row *out)
{
	struct statement *s = store_prepare(store, "SELECT count(*) FROM queues WHERE account = ?1");
	int64_t count;
	int err;

	store_bind_text(s, 1, account);
	err = rows_number(s, &count);
	if (err)
		return err;
	if (count >= QUEUES_MAX)
		return ENOSPC;
	err = queues_find(store, account, name, out);
	queue_row_clear(out);
	if (err != ENOENT)
		return err ? err : EEXIST;
	err = insert(store, account, name, max_size);
	return err ? err : queues_find(store, account, name, out);
}

int queues_change(struct store *store, int64_t queue, const char *name, int64_t max_size)
{
	struct statement *s = store_prepare_write(
	    store, "UPDATE queues SET name = ?2, max_size = ?3, updated = ?4 WHERE nr = ?1");

	store_bind_int(s, 1, queue);
	store_bind_text(s, 2, name);
	store_bind_int(s, 3, max_size);
	store_bind_int(s, 4, clock_utc_ms());
	return store_run(store, s);
}

int queues_delete(struct store *store, int64_t queue)
{
	struct statement *s = store_prepare_write(store, "DELETE FROM queues WHERE nr = ?1");

	store_bind_int(s, 1, queue);
	return store_run(store, s);
}

struct queue_listing {
	queue_h *each;
	void *arg;
};

static bool tell_queue(struct statement *s, void *arg)
{
	const struct queue_listing *listing = arg;
	struct queue_row row;
	bool more;

	read_queue(s, &row);
	more = listing->each(&row, listing->arg);
	queue_row_clear(&row);
	return more;
}

int queues_page(struct store *store, const char *account, const struct rows_page *page, queue_h *each,
		void *arg)
{
#define PAGE(order)                                                                              \
	QUEUE_COLUMNS " WHERE q.account = ?1 AND q.nr >= ?2 AND q.nr <= ?3 ORDER BY q.nr " order \
		      " LIMIT ?4 OFFSET ?5"
	struct statement *s =
	    page->after ? store_prepare(store, PAGE("ASC")) : store_prepare(store, PAGE("DESC"));
#undef PAGE

	store_bind_text(s, 1, account);
	rows_bind_page(s, page, 2);
	return rows_each(s, tell_queue, &(struct queue_listing){ each, arg });
}

struct listing {
	queue_member_h *each;
	void *arg;
	int64_t position; /* of the next; 0: none has one */
};

static bool tell_member(struct statement *s, void *arg)
{
	struct listing *listing = arg;
	struct queue_member member;
	bool more;

	read_member(s, &member);
	if (listing->position)
		member.position = listing->position++;
	more = listing->each(&member, listing->arg);
	queue_member_clear(&member);
	return more;
}

int queues_members(struct store *store, int64_t queue, int64_t limit, int64_t offset, queue_member_h *each,
		   void *arg)
{
	struct listing listing = { each, arg, queue == -1 ? 0 : offset + 1 };
	struct statement *s = queue == -1 ? store_prepare(store, MEMBERS " ORDER BY m.nr LIMIT ?2 OFFSET ?3")
					  : store_prepare(store, MEMBERS " WHERE m.queue = ?1 ORDER BY m.nr"
									 " LIMIT ?2 OFFSET ?3");

	if (queue != -1)
		store_bind_int(s, 1, queue);
	store_bind_int(s, 2, limit);
	store_bind_int(s, 3, offset);
	return rows_each(s, tell_member, &listing);
}

int queues_waiting(struct store *store, int64_t *out)
{
	return rows_number(store_prepare(store, "SELECT count(*) FROM queue_members WHERE agent IS NULL"),
			   out);
}
