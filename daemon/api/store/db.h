/* db: one connection to a database, as each kind of database fills it in; inside of the store. */
#ifndef OFFHOOK_API_STORE_DB_H
#define OFFHOOK_API_STORE_DB_H

#include "daemon/api/store/statement.h"

struct db_type;

/* Each kind has its own, which begins with this. */
struct db {
	const struct db_type *type;
};

struct statement {
	const struct db_type *type;
	const char *sql; /* as it was given, for the log */
};

struct db_type {
	const char *begin; /* what opens a transaction that will write */
	void (*close)(struct db *db);
	/* For what has neither parameters nor rows. Returns 0 or EIO. */
	int (*exec)(struct db *db, const char *sql);
	/* What is wrong, of the last that failed. */
	const char *(*message)(struct db *db);
	/* It failed for want of room. */
	bool (*is_full)(struct db *db);
	/* `lasting`: used again and again, and `sql` stays. NULL on an error. */
	struct statement *(*prepare)(struct db *db, const char *sql, bool lasting);
	/* The number that the last row got, and how many rows the last statement has changed. */
	int64_t (*last_id)(struct db *db);
	int64_t (*changes)(struct db *db);

	void (*free)(struct statement *statement);
	void (*reset)(struct statement *statement);
	enum statement_step (*step)(struct statement *statement);
	/* `own`: memory of malloc() that the statement takes; else it stays until the reset. */
	void (*bind_text)(struct statement *statement, int index, const char *text, size_t length, bool own);
	void (*bind_int)(struct statement *statement, int index, int64_t value);
	void (*bind_blob)(struct statement *statement, int index, const void *bytes, size_t size);
	const char *(*text)(struct statement *statement, int column);
	int64_t (*number)(struct statement *statement, int column);
	double (*real)(struct statement *statement, int column);
	const void *(*blob)(struct statement *statement, int column, size_t *size);
};

#endif
