/* See style.h. */
#include "daemon/ctl/style.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *style(enum style wanted, FILE *to)
{
	static const char *const codes[] = { "\033[0m", "\033[1m", "\033[32m", "\033[33m", "\033[1;31m" };
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");
	bool plain = (none && *none) || !term || strcmp(term, "dumb") == 0 || !isatty(fileno(to));

	return plain ? "" : codes[wanted];
}
