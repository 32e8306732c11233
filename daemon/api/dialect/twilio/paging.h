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

/* A list of which one page is read, record by record: its items, written as JSON at once, since lists are
 * long, and the numbers of their records. */
struct listing {
	struct ask *ask;
	struct paging paging;
	struct json_text items; /* one behind the other */
	struct {
		size_t end; /* in `items` */
		int64_t number;
	} * marks; /* PAGE_SIZE_MAX + 1 */
	size_t count;
};
/* Reads which page it is, as paging_read(). */
void listing_read(struct listing *listing, struct ask *ask);
/* Once all of the form is read. False: it is answered; else listing_done() is to be called. */
bool listing_begin(struct listing *listing) __attribute__((warn_unused_result));
/* Where the next item is to be written, as an element; then listing_add() takes it up, and is false when
 * that was the last that fits. */
struct json_text *listing_next(struct listing *listing);
bool listing_add(struct listing *listing, int64_t number);
/* Both for an item that is there already (stolen); without one it is false. */
bool listing_add_json(struct listing *listing, json_t *item, int64_t number);
/* Answers with the page, or with the fault that ended it (else NULL); `path` is what is behind the account,
 * "/Calls.json". */
void listing_done(struct listing *listing, const char *name, const char *path, const struct fault *fault);

/* Answers with the items from page × size on, in the order of the list, which were read as paging_limit()
 * says (stolen; NULL: there was no memory): its pages are told by counts alone. */
void paging_done_counted(struct ask *ask, const char *name, const char *path, const struct paging *paging,
			 json_t *items);

/* Answers with a list that is whole in memory, in its order (`items` is stolen): cut into pages by counts.
 * `path` NULL: that of accounts, which is behind none. */
void paging_done_whole(struct ask *ask, const char *name, const char *path, json_t *items);

#endif
