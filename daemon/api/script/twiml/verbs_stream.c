/* Stream, in Start, Connect and Stop. */
#include "daemon/api/script/twiml/verbs.h"

#include <stdio.h>
#include <string.h>

/* "L16@16000h", and the usual one. */
static void read_codec(struct reader *r, const xmlNode *node, struct step_stream *stream)
{
	static const char *const codecs[] = { "PCMU@8000h", "PCMU",	  "L16@8000h",
					      "L16@16000h", "L16@24000h", NULL };
	static const unsigned rates[] = { 0, 0, 8000, 16000, 24000 };
	const size_t which = reader_choice(r, node, "codec", codecs, 0);

	stream->rate = rates[which];
	stream->codec = rates[which] ? codecs[which] : NULL;
}

static void read_parameters(struct reader *r, const xmlNode *node, struct step_stream *stream)
{
	struct step_pair *pairs = reader_memory(r, STEP_STREAM_PAIRS_MAX * sizeof *pairs);

	for (const xmlNode *n = node->children; (n = reader_element(r, n)); n = n->next) {
		const char *name = reader_admits(r, n) ? reader_attribute(r, n, "name") : NULL;

		if (!name || !pairs)
			continue;
		if (stream->pair_count == STEP_STREAM_PAIRS_MAX) {
			reader_warn(r, n, NULL, "There are more than %d parameters.", STEP_STREAM_PAIRS_MAX);
			break;
		}
		pairs[stream->pair_count].name = name;
		pairs[stream->pair_count].value = reader_attribute(r, n, "value");
		if (!pairs[stream->pair_count].value)
			pairs[stream->pair_count].value = "";
		stream->pair_count++;
	}
	stream->pairs = pairs;
}

static const char *bearer(struct reader *r, const xmlNode *node)
{
	const char *token = reader_attribute(r, node, "authBearerToken");
	char *line = token ? reader_memory(r, strlen(token) + 8) : NULL;

	if (line)
		sprintf(line, "Bearer %s", token);
	return line;
}

struct step *verb_stream(struct reader *r, const xmlNode *node, enum step_kind kind)
{
	static const char *const tracks[] = { "both_tracks", "inbound_track", "outbound_track", NULL };
	struct step_stream *stream = reader_memory(r, sizeof *stream);
	struct step *step;

	if (!stream)
		return NULL;
	stream->url = reader_attribute(r, node, "url");
	if (!stream->url) {
		reader_warn(r, node, "url", "It is missing: there is nothing to connect to.");
		return NULL;
	}
	step = reader_step(r, node, kind);
	if (!step)
		return NULL;
	stream->name = reader_attribute(r, node, "name");
	stream->track = (enum step_track)reader_choice(r, node, "track", tracks, STEP_TRACK_INBOUND);
	if (kind == STEP_CONNECT_STREAM && stream->track != STEP_TRACK_INBOUND)
		reader_warn(r, node, "track", "A stream of both directions has the inbound track alone.");
	stream->authorization = bearer(r, node);
	stream->status = reader_hook(r, node, "statusCallback", "statusCallbackMethod", NULL, NULL);
	read_codec(r, node, stream);
	read_parameters(r, node, stream);
	step->stream = stream;
	return step;
}

void verb_connect(struct reader *r, const xmlNode *node)
{
	for (const xmlNode *n = node->children; (n = reader_element(r, n)); n = n->next) {
		struct step *step = reader_admits(r, n) ? verb_stream(r, n, STEP_CONNECT_STREAM) : NULL;

		if (step)
			verb_action(r, node, step);
	}
}

void verb_stop_stream(struct reader *r, const xmlNode *node)
{
	struct step *step = reader_step(r, node, STEP_STOP_STREAM);

	if (step)
		step->text = reader_attribute(r, node, "name");
}
