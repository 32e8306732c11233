/* See json_file.h. */
#include "lib/json_file.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

json_t *json_file_read(const char *path, json_type type, enum log_level level, const char *event)
{
	char aside[PATH_MAX];
	json_error_t error;
	json_t *value;

	if (access(path, F_OK))
		return NULL;
	value = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (value && json_typeof(value) == type)
		return value;
	snprintf(aside, sizeof aside, "%s.broken", path);
	log_at(level, event, NULL, "file=%s error=%s kept_as=%s", log_quote(path), log_quote(error.text),
	       log_quote(aside));
	rename(path, aside);
	json_decref(value);
	return NULL;
}
