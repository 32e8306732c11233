/* diverted: what a phone says of where a call was before it (Diversion, History-Info, Referred-By). Carriers
 * take that for who calls, or who pays. Pure functions. */
#ifndef OFFHOOK_PLACE_DIVERTED_H
#define OFFHOOK_PLACE_DIVERTED_H

#include "daemon/offhookd/ua/ua.h"
#include "lib/conf.h"

/* Leaves those of headers[0…count) out that name anybody but users and numbers of `account`. Returns how many
 * are left; the others keep their order. */
size_t diverted_keep_own(struct ua_header *headers, size_t count, const struct conf *conf,
			 const struct conf_account *account);

#endif
