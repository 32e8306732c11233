/* Transcription, in Start and Stop. */
#include "daemon/api/script/twiml/verbs.h"

void verb_transcription(struct reader *r, const xmlNode *node)
{
	static const char *const tracks[] = { "both_tracks", "inbound_track", "outbound_track", NULL };
	struct step_transcription *heard = reader_memory(r, sizeof *heard);
	struct step *step = reader_step(r, node, STEP_START_TRANSCRIPTION);

	if (!step || !heard)
		return;
	heard->name = reader_attribute(r, node, "name");
	heard->language = reader_attribute(r, node, "languageCode");
	heard->hints = reader_attribute(r, node, "hints");
	heard->inbound_label = reader_attribute(r, node, "inboundTrackLabel");
	heard->outbound_label = reader_attribute(r, node, "outboundTrackLabel");
	heard->track = (enum step_track)reader_choice(r, node, "track", tracks, STEP_TRACK_BOTH);
	heard->partials = reader_boolean(r, node, "partialResults", false);
	heard->profanity_filter = reader_boolean(r, node, "profanityFilter", true);
	heard->status = reader_hook(r, node, "statusCallbackUrl", "statusCallbackMethod", NULL, NULL);
	step->transcription = heard;
}

void verb_stop_transcription(struct reader *r, const xmlNode *node)
{
	struct step *step = reader_step(r, node, STEP_STOP_TRANSCRIPTION);

	if (step)
		step->text = reader_attribute(r, node, "name");
}
