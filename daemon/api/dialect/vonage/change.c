/* PUT /v1/calls/{uuid}. */
#include "daemon/api/call/calls.h"
#include "daemon/api/dialect/vonage/ask.h"
#include "daemon/api/dialect/vonage/ncco.h"
#include "daemon/api/net/weburl.h"

#include <stdlib.h>
#include <string.h>

static const char *const actions[] = { "hangup", "mute", "unmute", "earmuff", "unearmuff", "transfer", NULL };
enum action { HANGUP, MUTE, UNMUTE, EARMUFF, UNEARMUFF, TRANSFER };

/* {"type":"ncco", "url":[…]} or {"type":"ncco", "ncco":[…]}: `script` is new. */
static void read_destination(struct json_get *get, struct call_change *change, char **script)
{
	static const char *const types[] = { "ncco", NULL };
	const json_t *destination, *ncco;
	struct json_get in;
	int type;

	change->kind = CALL_CHANGE_REDIRECT;
	if (!json_get_object(get, "destination", true, &destination))
		return;
	json_get_init(&in, destination);
	json_get_enum(&in, "type", true, types, &type);
	vonage_param_url(&in, "url", false, &change->document.url);
	ncco = json_object_get(destination, "ncco");
	if (ncco)
		change->document.script = *script = vonage_ncco(&in, "ncco", ncco);
	if (change->document.url && !weburl_is_valid(change->document.url))
		json_get_fail(&in, "url",
			      "url must be an absolute http or https URL of at most %d characters.",
			      WEBURL_MAX);
	if (!ncco == !change->document.url)
		json_get_fail(&in, "url", "Give either url or ncco.");
	if (json_get_status(&in))
		json_get_fail(get, "destination", "%s", in.error);
}

void vonage_change(struct ask *ask)
{
	struct call_change change = { .kind = CALL_CHANGE_END };
	int action = HANGUP;
	char *script = NULL;
	struct json_get get;

	json_get_init(&get, ask->body);
	json_get_enum(&get, "action", true, actions, &action);
	if (action == MUTE || action == UNMUTE)
		change.kind = CALL_CHANGE_MUTE;
	if (action == EARMUFF || action == UNEARMUFF)
		change.kind = CALL_CHANGE_DEAF;
	change.on = action == MUTE || action == EARMUFF;
	if (action == TRANSFER)
		read_destination(&get, &change, &script);
	if (vonage_params_ok(ask, &get))
		call_change(&ask->by, ask->id, &change, vonage_on_call, ask);
	free(script);
}
