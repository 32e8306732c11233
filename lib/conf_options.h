/* conf_options: the names of a conf, in libConfuse's terms, and where each value was set. Internal to the
 * conf loader.
 *
 * Every value is read as text, so that a wrong type is reported with what is allowed and the rest is still
 * checked. */
#ifndef OFFHOOK_LIB_CONF_OPTIONS_H
#define OFFHOOK_LIB_CONF_OPTIONS_H

#include "lib/conf_source.h"

/* What a read of a conf knows. */
struct conf_reading {
	struct conf_source source;
	struct conf_errors *errors;
	struct conf_errors *warnings; /* NULL: nobody wants them */
	cfg_t *cfg;
	struct conf_set_value *values; /* sorted by address once read */
	size_t value_count, value_capacity;
};

/* Reads `text` into reading->cfg. Returns 0 (even with errors in reading->errors) or ENOMEM;
 * conf_reading_close() either way. */
int conf_reading_open(struct conf_reading *reading, const char *name, const char *text, size_t length,
		      struct conf_errors *errors) __attribute__((warn_unused_result));
void conf_reading_close(struct conf_reading *reading);

/* One section, or the top of the conf. */
struct conf_section {
	struct conf_reading *reading;
	cfg_t *cfg;	  /* NULL: not given, all is default */
	const char *name; /* "sip"; "" at the top */
};

size_t conf_section_count(struct conf_reading *reading, const char *name);
struct conf_section conf_section_get(struct conf_reading *reading, const char *name, size_t index);
/* The one of that name within another; `path` is what errors call it. */
struct conf_section conf_section_inside(const struct conf_section *above, const char *name, const char *path);
const char *conf_section_title(const struct conf_section *section);

/* How many values the option has; 0 when it is not set. */
size_t conf_value_count(const struct conf_section *section, const char *option);
/* Value `index` of the option, owned by the reading, or NULL. */
const char *conf_value(const struct conf_section *section, const char *option, size_t index);

/* Adds an error about value `index` of the option, or about the section when `option` is NULL or not set. */
void conf_fail(const struct conf_section *section, const char *option, size_t index, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* The same for what is allowed, but hardly meant. */
void conf_warn(const struct conf_section *section, const char *option, size_t index, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Where value `index` of the option is set. */
struct conf_place conf_place_of(const struct conf_section *section, const char *option, size_t index);

#endif
