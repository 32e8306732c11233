/* paging: lists in pages that stay what they are while things come and go: the token of a page says behind
 * which record it begins.
 *
 * A list's answer has first_page_uri, next_page_uri … (paths, as the vendors' packages need them) and exactly
 * one array. */
#ifndef OFFHOOK_API_TWILIO_PAGING_H
#define OFFHOOK_API_TWILIO_PAGING_H

#include "daemon/api/dialect/twilio/ask.h"
#include "daemon/api/store/rows.h"

enum { PAGE_SIZE_DEFAULT = 50, PAGE_SIZE_MAX = 1000 };

struct paging {
	int64_t size, page; /* page counts from 0 */
	int64_t before;	    /* only records with a lower number, newest first; 0: from the newest */
	int64_t after;	    /* only those with a higher one, oldest first; 0: no */
	int64_t offset;	    /* records to leave out, when there is a page but no token */
};

/* Reads PageSize, Page and PageToken; more than the greatest size is that size. */
void paging_read(struct ask *ask, struct paging *paging);

/* How many to read: one more than the page has, to know whether there is a next one. */
int64_t paging_limit(const struct paging *paging);

/* The same for the store. */
struct rows_page paging_rows(const struct paging *paging);

/* The items of a page as they were read, with the numbers of their records. */
struct paged {
	json_t *items;
	int64_t *numbers; /* PAGE_SIZE_MAX + 1 */
	size_t count;
};
int paged_init(struct paged *paged) __attribute__((warn_unused_result));
/* `item` is stolen; false when that was the last that fits, or without memory. */
bool paged_add(struct paged *paged, const struct paging *paging, json_t *item, int64_t number);
void paged_clear(struct paged *paged);

/* The same for items that are written at once as JSON, where lists are long. */
struct written {
	struct json_text items; /* one behind the other */
	struct {
		size_t end; /* in `items` */
		int64_t number;
	} * marks; /* PAGE_SIZE_MAX + 1 */
	size_t count;
};
int written_init(struct written *written) __attribute__((warn_unused_result));
/* Where the next item is to be written, as an element; then written_add() takes it up. */
struct json_text *written_next(struct written *written);
bool written_add(struct written *written, const struct paging *paging, int64_t number);
void written_clear(struct written *written);
void paging_done_written(struct ask *ask, const char *name, const char *path, const struct paging *paging,
			 struct written *written);

/* Answers with the page; `path` is what is behind the account, "/Calls.json". Clears `paged`. */
void paging_done(struct ask *ask, const char *name, const char *path, const struct paging *paging,
		 struct paged *paged);

/* Answers with the items from page × size on, in the order of the list, which were read as paging_limit()
 * says (stolen; NULL: there was no memory): its pages are told by counts alone. */
void paging_done_counted(struct ask *ask, const char *name, const char *path, const struct paging *paging,
			 json_t *items);

/* Answers with a list that is whole in memory, in its order (`items` is stolen): cut into pages by counts. */
void paging_done_whole(struct ask *ask, const char *name, const char *path, json_t *items);

#endif
