/* json_file: what we have kept in a file of JSON for our next start. */
#ifndef OFFHOOK_LIB_JSON_FILE_H
#define OFFHOOK_LIB_JSON_FILE_H

#include "lib/log.h"

#include <jansson.h>

/* Reads a file whose whole is a value of that type: a new reference. NULL where there is none, or no such
 * value in it: then it is put aside as PATH.broken, and `event` is logged. Waits for the disk. */
json_t *json_file_read(const char *path, json_type type, enum log_level level, const char *event);

#endif
