/* conf_entries: the titled sections of a conf: accounts, users, trunks, routes, numbers. Internal to the conf
 * loader.
 *
 * Item i of a table of struct conf is section i of that name, in the order of the file. */
#ifndef OFFHOOK_LIB_CONF_ENTRIES_H
#define OFFHOOK_LIB_CONF_ENTRIES_H

#include "lib/conf_options.h"

/* Fills the tables with all but what points from one item to another. Returns 0 or ENOMEM. */
int conf_entries_read(struct conf *conf, struct conf_reading *reading) __attribute__((warn_unused_result));

/* Checks for duplicates and joins accounts and targets; conf->index is there by now. Returns 0 or ENOMEM. */
int conf_entries_link(struct conf *conf, struct conf_reading *reading) __attribute__((warn_unused_result));

/* The section's title as a name, checked. False without memory. */
bool conf_entry_title(const struct conf_section *section, char **out);

void conf_entries_free(struct conf *conf);

#endif
