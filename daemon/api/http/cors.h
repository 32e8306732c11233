/* cors: which pages in a browser may use the API (the Fetch standard, "CORS protocol"): those of the origins
 * that the conf names, or all ("*"). Others are told nothing, and the browser keeps what comes from them. */
#ifndef OFFHOOK_API_CORS_H
#define OFFHOOK_API_CORS_H

#include "daemon/api/http/web.h"

/* Adds what the page of the request is to be told to the reply to come. Returns whether the request is a
 * page's question what it may do, which is answered then and gone. */
bool cors_handle(struct web_request *request, const struct conf_strings *origins);

#endif
