#include "daemon/api/dialect/vonage/document.h"

#include "daemon/api/dialect/openapi.h"

/* Made of openapi.json by the makefile. */
static const char document[] =
#include <daemon/api/dialect/vonage/openapi_text.h>
    ;

void vonage_document_get(struct web_request *request, const struct route_match *match, void *arg)
{
	(void)match;
	openapi_reply(request, arg, document, "");
}
