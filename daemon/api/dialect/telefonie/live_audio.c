/* Live audio of a call over HTTP and WebSocket, and links to it that need no key for a while: a browser can
 * put no header into a WebSocket's request, nor into that of an audio element. */
#include "daemon/api/dialect/telefonie/live_audio.h"

#include "daemon/api/call/calls.h"
#include "daemon/api/dialect/dialect.h"
#include "daemon/api/dialect/telefonie/errors.h"
#include "daemon/api/dialect/telefonie/operations.h"
#include "daemon/api/dialect/telefonie/sign.h"
#include "daemon/api/live/live.h"
#include "lib/clock.h"

#include <stdio.h>
#include <string.h>

enum { LINK_DEFAULT_S = 60, LINK_MAX_S = 3600, LINKED_SIZE = 80 };

static void refuse(struct web_request *request, const struct fault *fault)
{
	web_reply_json(request, error_status(fault), error_json(fault));
}

/* ---- links ---- */

/* What is signed: the audio of this call, and nothing else of that id. */
static const char *linked(char out[LINKED_SIZE], const char *call)
{
	snprintf(out, LINKED_SIZE, "calls/%.60s/audio", call);
	return out;
}

/* Whose call it is, when the request comes by a signed link that is still good; else NULL. */
static const struct conf_account *link_account(const struct desk *desk, const struct web_request *request,
					       const char *call)
{
	const struct conf_account *account;
	char text[LINKED_SIZE];
	struct call_row row;

	if (!query_get(&request->query, "signature") || calls_get(desk->store, call, &row))
		return NULL;
	account = conf_account_by_name(desk->conf, row.account);
	call_row_clear(&row);
	return sign_link_is_good(account, linked(text, call), &request->query) ? account : NULL;
}

void live_audio_op_link(struct op *op)
{
	static const char *const names[] = { "expires_in", NULL };
	const char *base = op->by.desk->conf->api.public_url, *call = op->args[0];
	char signature[SIGN_HEX_SIZE], text[LINKED_SIZE], time[CLOCK_TEXT_SIZE];
	int64_t seconds = LINK_DEFAULT_S, expires;
	struct json_get get;
	struct call_row row;
	struct fault fault;

	json_get_init(&get, op->params);
	json_get_only(&get, names);
	json_get_int(&get, "expires_in", false, 1, LINK_MAX_S, &seconds);
	if (!op_params_ok(op, &get))
		return;
	if (!call_find(&op->by, call, &row, &fault)) {
		op_fail(op, &fault);
		return;
	}
	expires = clock_utc_ms() / 1000 + seconds;
	sign_link(op->by.account, linked(text, row.id), expires, signature);
	op_done(op, 201,
		json_pack("{s:o, s:o, s:s}", "url",
			  json_sprintf("%s/v1/voice/calls/%s/audio?expires=%lld&signature=%s", base, row.id,
				       (long long)expires, signature),
			  "websocket_url",
			  json_sprintf("ws%s/v1/voice/calls/%s/audio?expires=%lld&signature=%s", base + 4,
				       row.id, (long long)expires, signature),
			  "expires", clock_format_rfc3339(expires * 1000, time)));
	call_row_clear(&row);
}

/* ---- the audio ---- */

/* The word of the list that the parameter is; the first when it is not given; NULL: none of them. */
static const char *word_of(const struct web_request *request, const char *name, const char *const *words)
{
	const char *given = query_get(&request->query, name);

	if (!given)
		return words[0];
	while (*words && strcmp(*words, given))
		words++;
	return *words;
}

/* A parameter that there is not, or twice, or NULL. */
static const char *odd_one(const struct query *query)
{
	static const char *const names[] = { "track", "rate", "expires", "signature" };
	bool seen[sizeof names / sizeof *names] = { false };

	for (size_t i = 0; i < query->count; i++) {
		size_t k = 0;

		while (k < sizeof names / sizeof *names && strcmp(names[k], query->items[i].name))
			k++;
		if (k == sizeof names / sizeof *names || seen[k])
			return query->items[i].name;
		seen[k] = true;
	}
	return NULL;
}

void live_audio_get(struct web_request *request, const struct route_match *match, void *arg)
{
	static const char *const tracks[] = { "inbound", "outbound", "both", NULL };
	static const char *const rates[] = { "8000", "16000", "24000", NULL };
	static const unsigned hertz[] = { 8000, 16000, 24000 };
	const struct dialect_parts *parts = arg;
	const struct conf_account *account =
	    match->account ? match->account : link_account(parts->desk, request, match->args[0]);
	const struct asker by = { parts->desk, account };
	const char *track = word_of(request, "track", tracks), *rate = word_of(request, "rate", rates),
		   *odd = odd_one(&request->query);
	struct live_wish wish = { .call = match->args[0], .track = track };

	if (!account) {
		web_reply_problem(request, 401, "X-API-Key",
				  "The X-API-Key header is missing or wrong, or the link has expired.");
		return;
	}
	if (odd) {
		web_reply_json(request, 400,
			       error_of_parameter(odd, "There is no such parameter, or it is given twice."));
		return;
	}
	if (!track || !rate) {
		web_reply_json(request, 400,
			       error_of_parameter(track ? "rate" : "track",
						  track ? "rate must be 8000, 16000 or 24000."
							: "track must be inbound, outbound or both."));
		return;
	}
	for (size_t i = 0; rates[i]; i++)
		if (rates[i] == rate)
			wish.rate = hertz[i];
	live_open(parts->lives, &by, &wish, request, refuse);
}
