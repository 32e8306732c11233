/* conf_deck: the deck sections of a conf, and what an account may spend. Internal to the conf loader. */
#ifndef OFFHOOK_LIB_CONF_DECK_H
#define OFFHOOK_LIB_CONF_DECK_H

#include "lib/conf_options.h"

/* Reads one deck section. Returns 0 or ENOMEM. */
int conf_deck_read(struct conf_deck *deck, const struct conf_section *section)
    __attribute__((warn_unused_result));
void conf_deck_clear(struct conf_deck *deck);

/* Checks for two decks of one name. */
void conf_deck_check(const struct conf *conf, struct conf_reading *reading);

/* The account's deck, limits and day; decks have been read. */
void conf_deck_of_account(const struct conf *conf, struct conf_account *account,
			  const struct conf_section *section);

#endif
