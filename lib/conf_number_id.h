/* conf_number_id: what numbers are called where numbers have ids. */
#ifndef OFFHOOK_LIB_CONF_NUMBER_ID_H
#define OFFHOOK_LIB_CONF_NUMBER_ID_H

#include "lib/random.h"

struct conf;
struct conf_number;

/* The id of a number: always the same for the same one. Returns `out`. */
char *conf_number_id(const char *number, char out[UUID_TEXT_SIZE]);

/* The number of the conf file with that id, as the file has it; or NULL. The first question hashes all of
 * them, once for each conf. The thread that owns the conf alone. */
const struct conf_number *conf_number_by_id(const struct conf *conf, const char *id);

#endif
