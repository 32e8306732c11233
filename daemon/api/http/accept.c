#include "daemon/api/http/accept.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The q of what begins at `item` (RFC 9110, section 12.4.2), times 1000. */
static int weight(const char *item)
{
	const char *q = strstr(item, ";"), *end = strchr(item, ',');
	double value = 1;

	while (q && (!end || q < end)) {
		q += 1 + strspn(q + 1, " \t");
		if ((*q == 'q' || *q == 'Q') && q[1] == '=')
			value = strtod(q + 2, NULL);
		q = strchr(q, ';');
	}
	return value >= 0 && value <= 1 ? (int)(value * 1000) : 1000;
}

/* The weight that `accept` gives to exactly that type, 0 when it does not name it. */
static int weight_of(const char *accept, const char *type)
{
	size_t length = strlen(type);

	while (accept && *accept) {
		accept += strspn(accept, ", \t");
		if (!strncasecmp(accept, type, length) && strchr(",; \t", accept[length]))
			return weight(accept);
		accept += strcspn(accept, ",");
	}
	return 0;
}

bool accept_prefers(const char *accept, const char *type)
{
	int wanted = weight_of(accept, type);

	return wanted && wanted >= weight_of(accept, "application/json");
}
