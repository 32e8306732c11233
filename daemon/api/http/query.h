/* query: the parameters of a query string or a form (application/x-www-form-urlencoded), decoded strictly.
 *
 * A broken percent sign, a NUL byte, invalid UTF-8 or more than QUERY_MAX parameters is an error, never a
 * guess. */
#ifndef OFFHOOK_API_QUERY_H
#define OFFHOOK_API_QUERY_H

#include <stdbool.h>
#include <stddef.h>

enum { QUERY_MAX = 64 };

struct query {
	struct query_item {
		char *name, *value;
	} items[QUERY_MAX];
	size_t count;
	char *storage;
};

/* Parses `text` (NULL counts as empty). Returns 0, EINVAL, E2BIG or ENOMEM; on failure *out is empty. */
int query_parse(struct query *out, const char *text) __attribute__((warn_unused_result));
/* First value with that name, or NULL. */
const char *query_get(const struct query *query, const char *name);
void query_clear(struct query *query);

/* Decodes percent escapes in place (and '+' to a space when `plus`). Returns 0 or EINVAL: broken escape or
 * %00. */
int query_unescape(char *text, bool plus) __attribute__((warn_unused_result));
/* Whether `text` is valid UTF-8. */
bool query_is_utf8(const char *text);

#endif
