#include "daemon/api/dialect/stream_start.h"

#include "lib/clock.h"

#include <string.h>

json_t *stream_signature(const struct script_told *told, const char *url, sign_lines_h *sign)
{
	struct sign_lines lines = { { "" } };
	json_t *headers = json_object();

	if (sign)
		sign(told->account, url, clock_utc_ms(), "", &lines);
	for (size_t i = 0; i < SIGN_LINES; i++) {
		char *colon = strchr(lines.lines[i], ':');

		if (!colon)
			continue;
		*colon = '\0';
		json_object_set_new(headers, lines.lines[i], json_string(colon + 1 + strspn(colon + 1, " ")));
	}
	return headers;
}

json_t *stream_params(const struct script_told *told, const struct script_stream *stream,
		     const char *account_sid, const char *call_sid, const char *stream_sid,
		     sign_lines_h *sign)
{
	json_t *headers = stream_signature(told, stream->url, sign);

	if (stream->authorization)
		json_object_set_new(headers, "Authorization", json_string(stream->authorization));
	return json_pack("{s:s, s:i, s:o, s:{s:s, s:s, s:s, s:s*, s:O}}", "protocol", "twilio", "rate",
			 stream->rate ? (int)stream->rate : 8000, "headers", headers, "start", "accountSid",
			 account_sid, "callSid", call_sid, "streamSid", stream_sid, "codec", stream->codec,
			 "customParameters", stream->parameters);
}
