#include "lib/tone_name.h"

#include <stddef.h>
#include <string.h>

bool tone_name_is_known(const char *name)
{
	static const char *const names[] = {
		"dial", "ringback", "busy", "congestion", "beep", "enter", "exit"
	};
	const size_t length = strcspn(name, "/");

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strlen(names[i]) == length && !memcmp(names[i], name, length))
			return true;
	return false;
}
