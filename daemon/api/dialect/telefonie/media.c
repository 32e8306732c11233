#include "daemon/api/dialect/telefonie/media.h"

#include "daemon/api/call/recordings.h"
#include "daemon/api/dialect/telefonie/errors.h"
#include "daemon/api/dialect/dialect.h"
#include "daemon/api/dialect/telefonie/sign.h"
#include "daemon/api/http/file_reply.h"

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
	    sign_link_is_good(conf_account_by_name(desk->conf, out->account), out->id, &request->query))
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
