#include "daemon/api/store/migrate.h"

#include <errno.h>
#include <stdio.h>

/* clang-format off */
/* Of whoever has a row of calls: its user, and the id that its family (a call and those dialled for it) has in
 * common. */
#define USER_OF(row) "json_extract(" row ".snapshot, '$.user')"
#define ROOT_OF(row) "coalesce(" row ".parent, " row ".id)"
/* The user of a row has talked in each call of its family: in those that `which` is the root of. */
#define TALKED(row, which)                                                                                 \
	" INSERT OR IGNORE INTO call_users SELECT nr, " USER_OF(row) ", account FROM calls WHERE " which " = " \
	ROOT_OF(row) " AND " row ".answered IS NOT NULL AND " USER_OF(row) " IS NOT NULL;"
#define TALKED_BEFORE(which)                                                                              \
	" INSERT OR IGNORE INTO call_users SELECT f.nr, " USER_OF("a") ", f.account FROM calls a CROSS JOIN" \
	" calls f ON f." which " = " ROOT_OF("a") " WHERE a.answered IS NOT NULL AND " USER_OF("a")          \
	" IS NOT NULL;"

/* What a call or a recording counts for; `row` is its alias. */
#define MINUTES(row)	   "((coalesce(" row ".duration_ms, 0) + 59999) / 60000)"
#define CALL_DAY(row)	   "(" row ".ended / 86400000)"
#define RECORDING_DAY(row) "((" row ".started + " row ".duration_ms) / 86400000)"
#define CALL_KIND(row)                                                                            \
	"((" row ".direction = 'outbound') + CASE WHEN json_extract(" row                         \
	".snapshot, '$.trunk') IS NOT NULL THEN 0 WHEN json_extract(" row                         \
	".snapshot, '$.user') IS NOT NULL THEN 2 ELSE 4 END)"
/* A decimal text as a whole number, exactly. */
#define CALL_PRICE(row)                                                                           \
	"(SELECT CAST(substr(q, 1, instr(q, '.') - 1) AS INTEGER) * 100000000"                    \
	" + CAST(substr(substr(q, instr(q, '.') + 1) || '00000000', 1, 8) AS INTEGER)"            \
	" FROM (SELECT p || CASE WHEN instr(p, '.') THEN '' ELSE '.' END AS q FROM"               \
	" (SELECT coalesce(json_extract(" row ".snapshot, '$.price'), '0') AS p)))"
#define ADD_USED                                                                                  \
	" ON CONFLICT DO UPDATE SET n = n + 1, minutes = minutes + excluded.minutes,"             \
	" price = price + excluded.price;"
#define USED_CALL                                                                                 \
	" INSERT INTO usage VALUES (NEW.account, " CALL_DAY("NEW") ", " CALL_KIND("NEW") ", 1, "  \
	MINUTES("NEW") ", " CALL_PRICE("NEW") ")" ADD_USED
#define USED_RECORDING                                                                            \
	" INSERT INTO usage VALUES (NEW.account, " RECORDING_DAY("NEW") ", 6, 1, " MINUTES("NEW") \
	", 0)" ADD_USED

/* One total of those that a row is counted in, and all four of them. */
#define COUNT(row, own, day, n)                                                                   \
	" INSERT INTO totals (account, own, direction, status, day, n) VALUES (" row ".account, " \
	own ", " row ".direction, " row ".status, " day ", " n ")"                                 \
	" ON CONFLICT DO UPDATE SET n = n + " n ";"
#define OWN_OF(row) \
	"CASE " row ".direction WHEN 'outbound' THEN " row ".from_address ELSE " row ".to_address END"
#define DAY_OF(row) row ".started / 86400000"
#define COUNT_ALL(row, n)                                               \
	COUNT(row, "'*'", "-1", n) COUNT(row, "'*'", DAY_OF(row), n)    \
	COUNT(row, OWN_OF(row), "-1", n) COUNT(row, OWN_OF(row), DAY_OF(row), n)
#define COUNTED "account, direction, status, from_address, to_address, started, pending"

/* A step that was released is never changed: write the next one. Times are UTC milliseconds. */
static const char *const steps[] = {
	/* 1 */
	"CREATE TABLE calls ("
	" nr INTEGER PRIMARY KEY AUTOINCREMENT," /* order of creation */
	" id TEXT NOT NULL UNIQUE,"
	" account TEXT NOT NULL,"
	" parent TEXT,"
	" direction TEXT NOT NULL,"
	" status TEXT NOT NULL,"
	" from_address TEXT NOT NULL,"
	" to_address TEXT NOT NULL,"
	" created INTEGER NOT NULL,"
	" answered INTEGER,"
	" ended INTEGER,"
	" duration_ms INTEGER,"
	" started INTEGER NOT NULL," /* answered, else created */
	" recording TEXT,"	     /* the newest complete one */
	" last_event INTEGER NOT NULL DEFAULT 0,"
	" pending INTEGER NOT NULL DEFAULT 0," /* 1: not yet accepted by the switch */
	" snapshot TEXT,"		       /* the call as the switch last told it, JSON */
	" options TEXT" /* what the API was asked for: url, status_callback …, JSON */
	");"
	"CREATE INDEX calls_by_account ON calls (account, nr);"
	"CREATE INDEX calls_by_status ON calls (account, status, nr);"
	"CREATE INDEX calls_by_direction ON calls (account, direction, nr);"
	"CREATE INDEX calls_by_from ON calls (account, from_address, nr);"
	"CREATE INDEX calls_by_to ON calls (account, to_address, nr);"
	"CREATE INDEX calls_by_parent ON calls (parent) WHERE parent IS NOT NULL;"
	"CREATE INDEX calls_live ON calls (nr) WHERE ended IS NULL;"
	"CREATE TABLE events ("
	" nr INTEGER PRIMARY KEY AUTOINCREMENT," /* order over all calls */
	" call INTEGER NOT NULL,"
	" n INTEGER NOT NULL," /* order within the call, from 1 */
	" time INTEGER NOT NULL,"
	" type TEXT NOT NULL,"
	" account TEXT NOT NULL,"
	" data TEXT NOT NULL," /* params of the switch's event, JSON */
	" UNIQUE (call, n)"
	");"
	"CREATE TABLE recordings ("
	" id TEXT PRIMARY KEY,"
	" call TEXT NOT NULL,"
	" account TEXT NOT NULL,"
	" file TEXT NOT NULL,"
	" channels INTEGER NOT NULL,"
	" started INTEGER NOT NULL,"
	" duration_ms INTEGER NOT NULL,"
	" bytes INTEGER NOT NULL,"
	" status TEXT NOT NULL"
	") WITHOUT ROWID;"
	"CREATE INDEX recordings_by_call ON recordings (call);"
	"CREATE INDEX recordings_by_account ON recordings (account, started);"
	"CREATE TABLE switches ("
	" id TEXT PRIMARY KEY,"	 /* one start of a switch */
	" seq INTEGER NOT NULL," /* newest event of it that is here */
	" seen INTEGER NOT NULL"
	") WITHOUT ROWID;"
	"CREATE TABLE scripts ("
	" call TEXT PRIMARY KEY,"
	" state TEXT NOT NULL" /* where its script is, JSON */
	") WITHOUT ROWID;"
	"CREATE TABLE deliveries ("
	" nr INTEGER PRIMARY KEY AUTOINCREMENT,"
	" id TEXT NOT NULL UNIQUE,"
	" call TEXT NOT NULL,"
	" account TEXT NOT NULL,"
	" n INTEGER NOT NULL," /* event of the call */
	" url TEXT NOT NULL,"
	" body TEXT NOT NULL,"
	" state TEXT NOT NULL," /* waiting (behind another of its call), ready, delivered, failed */
	" created INTEGER NOT NULL,"
	" next INTEGER NOT NULL," /* when to try */
	" attempts INTEGER NOT NULL DEFAULT 0"
	");"
	"CREATE INDEX deliveries_ready ON deliveries (next) WHERE state = 'ready';"
	"CREATE INDEX deliveries_waiting ON deliveries (call, nr) WHERE state IN ('ready', 'waiting');"
	"CREATE INDEX deliveries_by_account ON deliveries (account, nr);"
	"CREATE TABLE attempts ("
	" delivery INTEGER NOT NULL,"
	" n INTEGER NOT NULL,"
	" time INTEGER NOT NULL,"
	" duration_ms INTEGER NOT NULL,"
	" status INTEGER," /* HTTP status of the reply */
	" error TEXT,"
	" PRIMARY KEY (delivery, n)"
	") WITHOUT ROWID;",
	/* 2 */
	"CREATE TABLE idempotency ("
	" account TEXT NOT NULL,"
	" key TEXT NOT NULL,"
	" digest TEXT NOT NULL," /* of the request */
	" call TEXT NOT NULL,"
	" created INTEGER NOT NULL,"
	" PRIMARY KEY (account, key)"
	") WITHOUT ROWID;"
	"CREATE INDEX idempotency_by_call ON idempotency (call);"
	"CREATE INDEX idempotency_by_age ON idempotency (created);",
	/* 3: lists and totals of millions of calls (calls_list.c). */
	"DROP INDEX calls_by_account;"
	"DROP INDEX calls_by_status;"
	"DROP INDEX calls_by_direction;"
	"DROP INDEX calls_by_from;"
	"DROP INDEX calls_by_to;"
	"CREATE INDEX calls_in_order ON calls (account, direction, status, nr, started) WHERE pending = 0;"
	"CREATE INDEX calls_by_from ON calls (account, direction, status, from_address, nr, started) WHERE "
	"pending = 0;"
	"CREATE INDEX calls_by_to ON calls (account, direction, status, to_address, nr, started) WHERE "
	"pending = 0;"
	"CREATE INDEX calls_by_start ON calls (account, direction, status, started) WHERE pending = 0;"
	"CREATE INDEX calls_by_creation ON calls (account, created);"
	/* How many calls there are, whose own number is `own` (from when outbound, to when inbound) or all
	 * ('*'), that started on `day` (since 1970) or on any (-1). */
	"CREATE TABLE totals ("
	" account TEXT NOT NULL,"
	" own TEXT NOT NULL,"
	" direction TEXT NOT NULL,"
	" status TEXT NOT NULL,"
	" day INTEGER NOT NULL,"
	" n INTEGER NOT NULL,"
	" PRIMARY KEY (account, own, direction, status, day)"
	") WITHOUT ROWID;"
#define ADD(row, what)                                                                                \
	" INSERT INTO totals (account, own, direction, status, day, n)"                               \
	" SELECT " row ".account, o.own, " row ".direction, " row ".status, d.day, " what             \
	" FROM (SELECT '*' AS own UNION ALL SELECT CASE " row ".direction WHEN 'outbound' THEN " row  \
	".from_address ELSE " row ".to_address END) o,"                                               \
	" (SELECT -1 AS day UNION ALL SELECT " row ".started / 86400000) d WHERE " row ".pending = 0" \
	" ON CONFLICT DO UPDATE SET n = n + " what ";"
	"CREATE TRIGGER totals_insert AFTER INSERT ON calls BEGIN" ADD(
	    "NEW", "1") " END;"
			"CREATE TRIGGER totals_delete AFTER DELETE ON calls BEGIN" ADD(
			    "OLD",
			    "-1") " END;"
				  "CREATE TRIGGER totals_update AFTER UPDATE OF account, direction, status, "
				  "from_address, to_address, started, pending ON calls"
				  " BEGIN" ADD("OLD", "-1")
				      ADD("NEW",
					  "1") " END;"
#undef ADD
					       "INSERT INTO totals (account, own, direction, status, day, n)"
					       " SELECT account, own, direction, status, day, count(*) FROM ("
					       "SELECT account, '*' AS own, direction, status, -1 AS day "
					       "FROM calls WHERE pending = 0"
					       " UNION ALL SELECT account, '*', direction, status, started / "
					       "86400000 FROM calls WHERE pending = 0"
					       " UNION ALL SELECT account, CASE direction WHEN 'outbound' "
					       "THEN from_address ELSE to_address END, direction, status, -1"
					       " FROM calls WHERE pending = 0"
					       " UNION ALL SELECT account, CASE direction WHEN 'outbound' "
					       "THEN from_address ELSE to_address END, direction, status,"
					       " started / 86400000 FROM calls WHERE pending = 0) GROUP BY "
					       "1, 2, 3, 4, 5;",
	/* 4: deliveries under way have a state of their own, "sending" */
	"DROP INDEX deliveries_waiting;"
	"CREATE INDEX deliveries_open ON deliveries (call, nr) WHERE state IN ('ready', 'waiting', "
	"'sending');"
	"CREATE INDEX deliveries_sending ON deliveries (nr) WHERE state = 'sending';",
	/* 5 */
	"CREATE TABLE conferences ("
	" nr INTEGER PRIMARY KEY AUTOINCREMENT,"
	" id TEXT NOT NULL UNIQUE,"
	" account TEXT NOT NULL,"
	" name TEXT NOT NULL,"
	" status TEXT NOT NULL,"
	" created INTEGER NOT NULL,"
	" ended INTEGER,"
	" max_participants INTEGER NOT NULL,"
	" participants INTEGER NOT NULL DEFAULT 0,"
	" last_event INTEGER NOT NULL DEFAULT 0,"
	" pending INTEGER NOT NULL DEFAULT 0," /* 1: not yet accepted by the switch */
	" options TEXT"			       /* what the API was asked for: status_callback, JSON */
	");"
	"CREATE INDEX conferences_by_status ON conferences (account, status, nr);"
	"CREATE INDEX conferences_live ON conferences (nr) WHERE ended IS NULL;",
	/* 6 */
	"CREATE INDEX deliveries_by_call ON deliveries (call);",
	/* 7 */
	"CREATE TABLE quality ("
	" call INTEGER PRIMARY KEY,"  /* calls.nr */
	" ended INTEGER NOT NULL,"    /* when its media was closed */
	" length_s INTEGER NOT NULL," /* of one element of seconds */
	" seconds BLOB NOT NULL"      /* quality.c */
	");",
	/* 8: conferences are recorded, heard of and forgotten as calls are. Their events have minus their nr
	 * as call. */
	"ALTER TABLE recordings ADD COLUMN conference TEXT;" /* then call is "" */
	"CREATE INDEX recordings_by_conference ON recordings (conference) WHERE conference IS NOT NULL;"
	"ALTER TABLE conferences ADD COLUMN recording TEXT;" /* the newest complete one */
	"CREATE INDEX conferences_by_end ON conferences (account, ended);"
	"ALTER TABLE deliveries ADD COLUMN conference INTEGER NOT NULL DEFAULT 0;", /* 1: call is a
										       conference's id */
	/* 9: in whose words a call is told of: its callbacks, the requests of its script */
	"ALTER TABLE calls ADD COLUMN dialect TEXT NOT NULL DEFAULT 'telefonie';"
	"ALTER TABLE deliveries ADD COLUMN dialect TEXT NOT NULL DEFAULT 'telefonie';",
	/* 10: what scripts tell is delivered, too, in forms of its own; and callers that wait in queues. */
	"ALTER TABLE deliveries ADD COLUMN type TEXT;"			    /* NULL: as the dialect has it */
	"ALTER TABLE deliveries ADD COLUMN get INTEGER NOT NULL DEFAULT 0;" /* 1: by GET */
	"CREATE TABLE queues ("
	" nr INTEGER PRIMARY KEY AUTOINCREMENT,"
	" id TEXT NOT NULL UNIQUE,"
	" account TEXT NOT NULL,"
	" name TEXT NOT NULL,"
	" max_size INTEGER NOT NULL,"
	" created INTEGER NOT NULL,"
	" updated INTEGER NOT NULL,"
	" left_count INTEGER NOT NULL DEFAULT 0," /* that have waited in it, */
	" left_ms INTEGER NOT NULL DEFAULT 0,"	  /* and how long, together */
	" UNIQUE (account, name)"
	");"
	"CREATE TABLE queue_members ("
	" nr INTEGER PRIMARY KEY AUTOINCREMENT," /* their order */
	" queue INTEGER NOT NULL,"		 /* queues.nr */
	" call TEXT NOT NULL UNIQUE,"
	" entered INTEGER NOT NULL,"
	" agent TEXT" /* the call that it is being connected with, or NULL: it waits */
	");"
	"CREATE INDEX queue_members_in_order ON queue_members (queue, nr);",
	/* 11: what people note of calls, and calls that were made elsewhere */
	"CREATE TABLE voice_calls ("
	" account TEXT NOT NULL,"
	" uid TEXT NOT NULL,"	    /* of a call here, or its own */
	" logged INTEGER NOT NULL," /* 1: made elsewhere */
	" created INTEGER NOT NULL,"
	" updated INTEGER NOT NULL,"
	" deleted INTEGER NOT NULL," /* 0: not */
	" notes TEXT NOT NULL,"	     /* JSON */
	" PRIMARY KEY (account, uid)"
	") WITHOUT ROWID;"
	"CREATE INDEX voice_calls_by_uid ON voice_calls (uid);"
	"CREATE INDEX voice_calls_logged ON voice_calls (account, created) WHERE logged = 1;",
	/* 12: whose phones talked in a call or in its family; and notes to look for */
	"CREATE TABLE call_users ("
	" call INTEGER NOT NULL," /* calls.nr */
	" user TEXT NOT NULL,"
	" account TEXT NOT NULL,"
	" PRIMARY KEY (call, user)"
	") WITHOUT ROWID;"
	"CREATE INDEX call_users_by_user ON call_users (account, user, call);"
	"CREATE TRIGGER call_users_answer AFTER UPDATE OF answered ON calls"
	" WHEN OLD.answered IS NULL AND NEW.answered IS NOT NULL"
	" BEGIN" TALKED("NEW", "id") TALKED("NEW", "parent") " END;"
	"CREATE TRIGGER call_users_insert AFTER INSERT ON calls"
	" WHEN NEW.parent IS NOT NULL OR NEW.answered IS NOT NULL"
	" BEGIN INSERT OR IGNORE INTO call_users SELECT NEW.nr, u.user, NEW.account FROM calls c"
	" JOIN call_users u ON u.call = c.nr WHERE c.id = NEW.parent;"
	TALKED("NEW", "id") TALKED("NEW", "parent") " END;"
	"CREATE TRIGGER call_users_delete AFTER DELETE ON calls"
	" BEGIN DELETE FROM call_users WHERE call = OLD.nr; END;"
	TALKED_BEFORE("id") TALKED_BEFORE("parent")
	"CREATE INDEX voice_calls_by_client ON voice_calls (account, json_extract(notes, '$.client_uid'));"
	"CREATE INDEX voice_calls_by_staff ON voice_calls (account, json_extract(notes, '$.staff_uid'));"
	"CREATE INDEX voice_calls_by_from ON voice_calls (account, json_extract(notes, '$.from_number'));"
	"CREATE INDEX voice_calls_by_to ON voice_calls (account, json_extract(notes, '$.to_number'));"
	"CREATE INDEX voice_calls_deleted ON voice_calls (account) WHERE deleted <> 0;",
	/* 13: the conference that a call is in, or was in last */
	"ALTER TABLE calls ADD COLUMN conference TEXT;"
	"UPDATE calls SET conference = json_extract(snapshot, '$.conference_id') WHERE ended IS NULL;"
	"CREATE INDEX calls_by_conference ON calls (conference) WHERE conference IS NOT NULL;",
	/* 14: recordings are there from their beginning on, in an order that stays, and their records for a while
	 * after they were deleted; how conferences ended */
	"ALTER TABLE recordings ADD COLUMN nr INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE recordings ADD COLUMN updated INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE recordings ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;" /* when; 0: not */
	"ALTER TABLE recordings ADD COLUMN source TEXT;"  /* who began it, or NULL: nobody knows */
	"ALTER TABLE recordings ADD COLUMN options TEXT;" /* JSON: what it was begun with, or NULL */
	"UPDATE recordings SET nr = o.n, updated = started + duration_ms FROM (SELECT id AS other, "
	"row_number()"
	" OVER (ORDER BY started, id) AS n FROM recordings) AS o WHERE o.other = recordings.id;"
	"CREATE UNIQUE INDEX recordings_in_order ON recordings (nr);"
	"CREATE INDEX recordings_of_account ON recordings (account, nr);"
	"CREATE INDEX recordings_running ON recordings (nr) WHERE status NOT IN ('completed', 'failed');"
	"CREATE INDEX recordings_deleted ON recordings (deleted) WHERE deleted > 0;"
	"ALTER TABLE conferences ADD COLUMN updated INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE conferences ADD COLUMN why TEXT;"	    /* it ended */
	"ALTER TABLE conferences ADD COLUMN ended_by TEXT;" /* the call whose leaving did, or NULL */
	"UPDATE conferences SET updated = coalesce(ended, created);"
	"CREATE INDEX conferences_by_name ON conferences (account, name, nr);"
	"CREATE INDEX conferences_in_order ON conferences (account, nr);",
	/* 15: numbers and applications that accounts have set up */
	"CREATE TABLE entries ("
	" nr INTEGER PRIMARY KEY AUTOINCREMENT,"
	" kind INTEGER NOT NULL," /* entries.h */
	" id TEXT NOT NULL,"
	" account TEXT NOT NULL,"
	" name TEXT NOT NULL,"
	" created INTEGER NOT NULL,"
	" updated INTEGER NOT NULL,"
	" application TEXT," /* that a number is handed to: id, or NULL */
	" settings TEXT NOT NULL,"
	" UNIQUE (kind, id)"
	");"
	"CREATE INDEX entries_in_order ON entries (account, kind, nr);"
	"CREATE UNIQUE INDEX entries_numbers ON entries (name) WHERE kind = 0;"
	"CREATE INDEX entries_by_application ON entries (application) WHERE application IS NOT NULL;",
	/* 16: what accounts have used, by the day (since 1970) on which it ended: usage.h */
	"CREATE TABLE usage ("
	" account TEXT NOT NULL,"
	" day INTEGER NOT NULL,"
	" kind INTEGER NOT NULL,"
	" n INTEGER NOT NULL,"
	" minutes INTEGER NOT NULL,"
	" price INTEGER NOT NULL," /* money.h */
	" PRIMARY KEY (account, day, kind)"
	") WITHOUT ROWID;"
	"CREATE TRIGGER usage_call AFTER UPDATE OF ended ON calls"
	" WHEN OLD.ended IS NULL AND NEW.ended IS NOT NULL AND NEW.answered IS NOT NULL"
	" BEGIN" USED_CALL " END;"
	"CREATE TRIGGER usage_call_new AFTER INSERT ON calls"
	" WHEN NEW.ended IS NOT NULL AND NEW.answered IS NOT NULL BEGIN" USED_CALL " END;"
	"CREATE TRIGGER usage_recording AFTER UPDATE OF status ON recordings"
	" WHEN OLD.status <> 'completed' AND NEW.status = 'completed' BEGIN" USED_RECORDING " END;"
	"CREATE TRIGGER usage_recording_new AFTER INSERT ON recordings"
	" WHEN NEW.status = 'completed' BEGIN" USED_RECORDING " END;"
	"INSERT INTO usage SELECT account, " CALL_DAY("c") ", " CALL_KIND("c") " AS kind, count(*), sum("
	MINUTES("c") "), sum(" CALL_PRICE("c") ") FROM calls c"
	" WHERE ended IS NOT NULL AND answered IS NOT NULL GROUP BY 1, 2, 3;"
	"INSERT INTO usage SELECT account, " RECORDING_DAY("r") ", 6, count(*), sum(" MINUTES("r") "), 0"
	" FROM recordings r WHERE status = 'completed' GROUP BY 1, 2;",
	/* 17: why a recording failed */
	"ALTER TABLE recordings ADD COLUMN error TEXT;",
	/* 18: what a call was placed with as its tag */
	"ALTER TABLE calls ADD COLUMN tag TEXT;"
	"UPDATE calls SET tag = json_extract(snapshot, '$.tag') WHERE json_extract(snapshot, '$.tag') IS NOT NULL;"
	"CREATE INDEX calls_by_tag ON calls (account, tag, nr) WHERE tag IS NOT NULL;",
	/* 19: how a recording is kept (recordings_kept.h); and what is to be deleted of those that are no more */
	"ALTER TABLE recordings ADD COLUMN format TEXT NOT NULL DEFAULT 'wav';"
	"ALTER TABLE recordings ADD COLUMN sealed TEXT;"
	"ALTER TABLE recordings ADD COLUMN object TEXT;"
	"ALTER TABLE recordings ADD COLUMN keeping INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE recordings ADD COLUMN tried INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE recordings ADD COLUMN due INTEGER NOT NULL DEFAULT 0;"
	"CREATE INDEX recordings_keeping ON recordings (keeping, due) WHERE keeping > 0;"
	"CREATE INDEX recordings_sealed ON recordings (sealed, id) WHERE sealed IS NOT NULL;"
	"CREATE TABLE left_over ("
	" nr INTEGER PRIMARY KEY AUTOINCREMENT,"
	" file TEXT,"
	" object TEXT,"
	" tried INTEGER NOT NULL DEFAULT 0,"
	" due INTEGER NOT NULL DEFAULT 0"
	");"
	"CREATE INDEX left_over_due ON left_over (due);"
	"CREATE TRIGGER recording_deleted AFTER UPDATE OF deleted ON recordings"
	" WHEN OLD.deleted = 0 AND NEW.deleted <> 0 AND (NEW.object IS NOT NULL OR NEW.keeping > 0)"
	" BEGIN INSERT INTO left_over (object) SELECT NEW.object WHERE NEW.object IS NOT NULL;"
	" UPDATE recordings SET object = NULL, keeping = 0 WHERE id = NEW.id; END;"
	"CREATE TRIGGER recording_erased AFTER DELETE ON recordings WHEN OLD.object IS NOT NULL"
	" BEGIN INSERT INTO left_over (object) VALUES (OLD.object); END;",
	/* 20: how far those have got who read the log of events for others: cursors.h */
	"CREATE TABLE cursors ("
	" name TEXT PRIMARY KEY,"
	" nr INTEGER NOT NULL"
	") WITHOUT ROWID;",
	/* 21: totals are counted one by one: without the tables that a SELECT sets up each time */
	"DROP TRIGGER totals_insert; DROP TRIGGER totals_delete; DROP TRIGGER totals_update;"
	"CREATE TRIGGER totals_insert AFTER INSERT ON calls WHEN NEW.pending = 0 BEGIN" COUNT_ALL("NEW", "1") " END;"
	"CREATE TRIGGER totals_delete AFTER DELETE ON calls WHEN OLD.pending = 0 BEGIN" COUNT_ALL("OLD", "-1") " END;"
	"CREATE TRIGGER totals_before AFTER UPDATE OF " COUNTED " ON calls WHEN OLD.pending = 0"
	" BEGIN" COUNT_ALL("OLD", "-1") " END;"
	"CREATE TRIGGER totals_after AFTER UPDATE OF " COUNTED " ON calls WHEN NEW.pending = 0"
	" BEGIN" COUNT_ALL("NEW", "1") " END;",
	/* 22: which switch has a call or a conference, and which one a start is of: the name in the conf, NULL or
	 * '': the only one */
	"ALTER TABLE calls ADD COLUMN switch TEXT;"
	"ALTER TABLE conferences ADD COLUMN switch TEXT;"
	"ALTER TABLE switches ADD COLUMN name TEXT NOT NULL DEFAULT '';",
};

/* clang-format on */

int migrate_newest(void)
{
	return (int)(sizeof steps / sizeof *steps);
}

static int read_version(sqlite3 *db, int *out)
{
	sqlite3_stmt *statement;
	int rc;

	if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL) != SQLITE_OK)
		return EIO;
	rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW)
		*out = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return rc == SQLITE_ROW ? 0 : EIO;
}

static int run_step(sqlite3 *db, int number)
{
	char version[48];

	snprintf(version, sizeof version, "PRAGMA user_version = %d", number);
	if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_exec(db, steps[number - 1], NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_exec(db, version, NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return EIO;
}

int migrate_run(sqlite3 *db, char *error, size_t size)
{
	int version = 0;

	if (read_version(db, &version)) {
		snprintf(error, size, "cannot read the database: %s", sqlite3_errmsg(db));
		return EIO;
	}
	if (version > migrate_newest()) {
		snprintf(error, size,
			 "the database has schema %d, this program knows %d: it was used by a newer version. "
			 "Start that version, or put a copy from before it in the database's place",
			 version, migrate_newest());
		return EPROTO;
	}
	while (version < migrate_newest()) {
		if (run_step(db, ++version)) {
			snprintf(error, size, "cannot bring the database to schema %d: %s", version,
				 sqlite3_errmsg(db));
			sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
			return EIO;
		}
	}
	return 0;
}
