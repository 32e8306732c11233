#include "daemon/api/dialect/telefonie/live_audio.h"

#include "daemon/api/dialect/dialect.h"
#include "daemon/api/dialect/telefonie/errors.h"
#include "daemon/api/live/live.h"

#include <string.h>

static void refuse(struct web_request *request, const struct fault *fault)
{
	web_reply_json(request, error_status(fault), error_json(fault));
}

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
	unsigned tracks = 0, rates = 0;

	for (size_t i = 0; i < query->count; i++) {
		const char *name = query->items[i].name;

		if (!strcmp(name, "track") ? tracks++ : !strcmp(name, "rate") ? rates++ : 1)
			return name;
	}
	return NULL;
}

void live_audio_get(struct web_request *request, const struct route_match *match, void *arg)
{
	static const char *const tracks[] = { "inbound", "outbound", "both", NULL };
	static const char *const rates[] = { "8000", "16000", "24000", NULL };
	static const unsigned hertz[] = { 8000, 16000, 24000 };
	const struct dialect_parts *parts = arg;
	const struct asker by = { parts->desk, match->account };
	const char *track = word_of(request, "track", tracks), *rate = word_of(request, "rate", rates),
		   *odd = odd_one(&request->query);
	struct live_wish wish = { .call = match->args[0], .track = track };

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
