#include "daemon/api/dialect/twilio/ids.h"

#include "lib/conf_number_id.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Where the hyphens of a UUID are. */
static bool is_hyphen(size_t at)
{
	return at == 8 || at == 13 || at == 18 || at == 23;
}

const char *view_dialect(enum view view)
{
	return view == VIEW_TWILIO ? "twilio" : "signalwire";
}

char *sid_write(enum view view, const char *prefix, const char *id, char out[SID_SIZE])
{
	size_t at;

	if (view == VIEW_SIGNALWIRE) {
		snprintf(out, SID_SIZE, "%s", id);
		return out;
	}
	at = (size_t)snprintf(out, SID_SIZE, "%.2s", prefix);
	for (; *id && at + 1 < SID_SIZE; id++)
		if (*id != '-')
			out[at++] = *id;
	out[at] = '\0';
	return out;
}

json_t *sid_json(enum view view, const char *prefix, const char *id)
{
	char sid[SID_SIZE];

	return id && *id ? json_string(sid_write(view, prefix, id, sid)) : json_null();
}

static bool read_uuid(const char *text, char out[UUID_TEXT_SIZE])
{
	for (size_t i = 0; i < UUID_TEXT_SIZE - 1; i++) {
		if (is_hyphen(i) ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
		out[i] = (char)tolower((unsigned char)text[i]);
	}
	out[UUID_TEXT_SIZE - 1] = '\0';
	return !text[UUID_TEXT_SIZE - 1];
}

bool sid_read(const char *prefix, const char *text, char out[UUID_TEXT_SIZE])
{
	char uuid[UUID_TEXT_SIZE];
	size_t in = 2;

	if (strncmp(text, prefix, 2))
		return read_uuid(text, out);
	if (strlen(text) != 34)
		return false;
	for (size_t i = 0; i < UUID_TEXT_SIZE - 1; i++)
		uuid[i] = is_hyphen(i) ? '-' : text[in++];
	uuid[UUID_TEXT_SIZE - 1] = '\0';
	return read_uuid(uuid, out);
}

char *sid_of_number(enum view view, const char *number, char out[SID_SIZE])
{
	char uuid[UUID_TEXT_SIZE];

	return sid_write(view, "PN", conf_number_id(number, uuid), out);
}
