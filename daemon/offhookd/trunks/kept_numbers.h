/* kept_numbers: the numbers that programs have set (lib/conf_numbers.h), in a file: after a start of the
 * switch they are there before any program is, and calls to them are told to come again rather than that
 * there is no such number. A program that comes sets them as they are now.
 *
 * Main thread only. Shutdown: kept_numbers_free() waits until the last change is written. */
#ifndef OFFHOOK_TRUNKS_KEPT_NUMBERS_H
#define OFFHOOK_TRUNKS_KEPT_NUMBERS_H

#include "lib/conf_numbers.h"

#include <jansson.h>

struct event_base;
struct kept_numbers;

/* Sets what `file` has in `conf`, as far as it may be; a file that cannot be read is put aside. Returns 0, or
 * an errno of file_writer_alloc(). */
int kept_numbers_alloc(struct kept_numbers **out, struct event_base *base, const char *file,
		       const struct conf *conf) __attribute__((warn_unused_result));
void kept_numbers_free(struct kept_numbers *kept);

/* As conf_numbers_set() and conf_numbers_unset(), and written down within a second or so. */
int kept_numbers_set(struct kept_numbers *kept, const struct conf *conf, const struct conf_number_set *set)
    __attribute__((warn_unused_result));
void kept_numbers_unset(struct kept_numbers *kept, const struct conf *conf, const char *number);

/* The conf in force is another one, which has taken over what was set. */
void kept_numbers_move(struct kept_numbers *kept, const struct conf *conf);

/* {"number", "account", "script"} of each: a new array. */
json_t *kept_numbers_json(const struct conf *conf);

#endif
