/* sign_lines: how requests of ours are signed: a dialect writes header lines, whoever sends adds them. */
#ifndef OFFHOOK_API_SIGN_LINES_H
#define OFFHOOK_API_SIGN_LINES_H

#include "daemon/api/net/fetch.h"

enum { SIGN_LINE_SIZE = 1024, SIGN_LINES = 2 };

/* Header lines, "Name: value"; those that are not used are "". */
struct sign_lines {
	char lines[SIGN_LINES][SIGN_LINE_SIZE];
};

/* Writes the lines that sign `body`, sent by POST to `url` at `utc_ms`; an empty body is sent by GET. */
typedef void sign_lines_h(const struct conf_account *account, const char *url, int64_t utc_ms,
			  const char *body, struct sign_lines *out);

/* Puts them behind the headers that the setup has; it borrows them. */
void sign_lines_add(const struct sign_lines *lines, struct fetch_setup *setup);

#endif
