/* vonage: the Voice API of Vonage: calls under /v1/calls for who has a JSON Web Token of the account's
 * application, webhooks with Vonage's fields, signed by tokens. See doc/dialects.md. */
#ifndef OFFHOOK_API_VONAGE_H
#define OFFHOOK_API_VONAGE_H

#include "daemon/api/dialect/dialect.h"

extern const struct dialect dialect_vonage;

#endif
