#include "daemon/api/net/sign_lines.h"

void sign_lines_add(const struct sign_lines *lines, struct fetch_setup *setup)
{
	size_t n = 0;

	while (setup->headers[n])
		n++;
	for (size_t i = 0; i < SIGN_LINES; i++)
		if (*lines->lines[i])
			setup->headers[n++] = lines->lines[i];
}
