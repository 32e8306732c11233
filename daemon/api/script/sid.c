#include "daemon/api/script/sid.h"

#include "lib/conf_value.h"

#include <stdio.h>
#include <string.h>

enum { LETTERS = 2, DIGITS = 32 };

bool script_sid_read(const char *letters, const char *text, char out[SID_UUID_SIZE])
{
	const char *digits = text + LETTERS;

	if (!strncmp(text, letters, LETTERS) && strlen(digits) == DIGITS)
		snprintf(out, SID_UUID_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", digits, digits + 8, digits + 12,
			 digits + 16, digits + 20);
	else if (strlen(text) < SID_UUID_SIZE)
		snprintf(out, SID_UUID_SIZE, "%s", text);
	else
		return false;
	return conf_is_uuid(out);
}
