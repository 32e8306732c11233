/* socket: an endpoint of type websocket: a program that is called, hears the call and speaks to it. */
#ifndef OFFHOOK_API_VONAGE_SOCKET_H
#define OFFHOOK_API_VONAGE_SOCKET_H

#include "lib/conf.h"

#include <jansson.h>

enum { VONAGE_SOCKET_ERROR = 160 };

/* The "stream" of call.originate that such an endpoint is: a new object; NULL: `error` says why. */
json_t *vonage_socket(const struct conf_account *account, const json_t *endpoint,
		      char error[VONAGE_SOCKET_ERROR]);
/* What is kept of the endpoint, to be shown: without what authorizes. A new object. */
json_t *vonage_socket_shown(const json_t *endpoint);

#endif
