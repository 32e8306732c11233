#include "daemon/api/dialect/telefonie/media.h"

#include "daemon/api/call/recordings.h"
#include "daemon/api/dialect/telefonie/errors.h"
#include "daemon/api/dialect/dialect.h"
#include "daemon/api/dialect/telefonie/sign.h"
#include "daemon/api/http/file_reply.h"
#include "lib/clock.h"

#include <stdlib.h>
#include <string.h>

/* Whether the request comes by a signed link that is still good. */
static bool has_link(const struct web_request *request, const struct conf_account *owner, const char *id)
{
	const char *expires = query_get(&request->query, "expires"),
		   *signature = query_get(&request->query, "signature");
	long long until = expires ? strtoll(expires, NULL, 10) : 0;

	return owner && signature && until > clock_utc_ms() / 1000 &&
	       sign_link_is_good(owner, id, until, signature);
}

/* Reads the recording when the request may hear it; else it is answered. */
static bool find(const struct desk *desk, struct web_request *request, const struct route_match *match,
		 struct recording_row *out)
{
	const struct asker by = { desk, match->account };
	struct fault fault;

	if (match->account) {
		if (recording_find(&by, match->args[0], out, &fault))
			return true;
		web_reply_json(request, error_status(&fault), error_json(&fault));
		return false;
	}
	if (recording_linked(desk, match->args[0], out) &&
	    has_link(request, conf_account_by_name(desk->conf, out->account), out->id))
		return true;
	recording_row_clear(out);
	web_reply_problem(request, 401, "X-API-Key",
			  "The X-API-Key header is missing or wrong, or the link has expired.");
	return false;
}

static void on_sound(const struct fault *fault, int fd, const char *type, void *arg)
{
	struct web_request *request = arg;

	if (fault)
		web_reply_json(request, error_status(fault), error_json(fault));
	else
		file_reply(request, fd, type);
}

void media_get(struct web_request *request, const struct route_match *match, void *arg)
{
	const struct dialect_parts *parts = arg;
	const struct asker by = { parts->desk, match->account };
	const struct recording_sound wish = { .format = query_get(&request->query, "format") };
	struct recording_row row;

	if (!find(parts->desk, request, match, &row))
		return;
	if (!wish.format || recording_media_type(wish.format))
		recording_hear(&by, &row, &wish, on_sound, request);
	else
		web_reply_json(request, 400, error_of_parameter("format", "format must be wav, mp3 or ogg."));
	recording_row_clear(&row);
}
