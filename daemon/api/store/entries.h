/* entries: what accounts have set up beside the conf: numbers, applications that calls are handed
 * to, triggers of usage. */
#ifndef OFFHOOK_API_STORE_ENTRIES_H
#define OFFHOOK_API_STORE_ENTRIES_H

#include "daemon/api/store/rows.h"

#include <jansson.h>

enum entry_kind { ENTRY_NUMBER, ENTRY_APPLICATION, ENTRY_TRIGGER };

/* Everything in it is owned by it. Times are UTC ms. */
struct entry_row {
	int64_t nr; /* order of creation; 0: not stored yet */
	char *id, *account;
	char *name; /* the number, or what the application or trigger is called */
	int64_t created, updated;
	char *application; /* of a number: its application's id, or NULL */
	json_t *settings;  /* object */
};

void entry_row_clear(struct entry_row *row);

/* By id, of that account. Returns 0, ENOENT or EIO, with *out empty unless it is 0. */
int entries_get(struct store *store, enum entry_kind kind, const char *account, const char *id,
		struct entry_row *out) __attribute__((warn_unused_result));
/* A number, whoever has it; likewise. */
int entries_number(struct store *store, const char *number, struct entry_row *out)
    __attribute__((warn_unused_result));
/* Writes a new one, or that of its nr. */
int entries_put(struct store *store, enum entry_kind kind, const struct entry_row *row)
    __attribute__((warn_unused_result));
int entries_delete(struct store *store, int64_t nr) __attribute__((warn_unused_result));
int entries_count(struct store *store, enum entry_kind kind, const char *account, int64_t *out)
    __attribute__((warn_unused_result));
/* The numbers that are handed to the application are so no more. */
int entries_forget_application(struct store *store, const char *id) __attribute__((warn_unused_result));

typedef bool entry_h(const struct entry_row *row, void *arg);
/* Those of an account, newest first (rows_page); of that name alone, unless it is NULL. */
int entries_page(struct store *store, enum entry_kind kind, const char *account, const char *name,
		 const struct rows_page *page, entry_h *each, void *arg) __attribute__((warn_unused_result));
/* All numbers, in order; with `application`, those that are handed to it. */
int entries_numbers(struct store *store, const char *application, entry_h *each, void *arg)
    __attribute__((warn_unused_result));

#endif
