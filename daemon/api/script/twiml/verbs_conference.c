/* Conference and Queue as nouns of Dial, and Enqueue. */
#include "daemon/api/script/twiml/verbs.h"

#include <string.h>

enum { ROOM_NAME_MAX = 200, PARTICIPANTS_MAX = 10000, QUEUE_MAX = 5000 };

/* The name of a room or queue: what the element has in it, or `fallback`. */
static const char *read_name(struct reader *r, const xmlNode *node, const char *fallback)
{
	const char *name = reader_content(r, node, false);

	if (!name) {
		reader_warn(r, node, NULL, "It has no name; \"%s\" is taken.", fallback);
		return fallback;
	}
	if (strlen(name) <= ROOM_NAME_MAX)
		return name;
	reader_warn(r, node, NULL, "Its name is longer than %d bytes, and cut there.", ROOM_NAME_MAX);
	name = script_text(r->script, name, ROOM_NAME_MAX);
	r->no_memory |= !name;
	return name ? name : fallback;
}

static void read_beep(struct reader *r, const xmlNode *node, struct step *step)
{
	static const char *const beeps[] = { "true", "false", "onEnter", "onExit", NULL };
	static const char *const names[] = { "both", "none", "enter", "exit" };

	step->beeps = names[reader_choice(r, node, "beep", beeps, 0)];
}

static const struct step_room *read_room(struct reader *r, const xmlNode *node)
{
	static const char *const events[] = { "start", "end",	 "join",    "leave",	    "mute",
					      "hold",  "modify", "speaker", "announcement", NULL };
	struct step_room *room = reader_memory(r, sizeof *room);

	if (!room)
		return NULL;
	room->status =
	    reader_hook(r, node, "statusCallback", "statusCallbackMethod", "statusCallbackEvent", events);
	if (!room->status.url)
		room->status.url = reader_hook(r, node, "eventCallbackUrl", NULL, NULL, NULL).url;
	room->wait = reader_hook(r, node, "waitUrl", "waitMethod", NULL, NULL);
	room->label = reader_attribute(r, node, "participantLabel");
	return room;
}

void verb_conference(struct reader *r, const xmlNode *node, struct step *step)
{
	static const char *const records[] = { "do-not-record", "record-from-start", NULL };
	struct step_recording *recording = reader_memory(r, sizeof *recording);

	step->kind = STEP_CONFERENCE;
	step->text = read_name(r, node, "conference");
	step->muted = reader_boolean(r, node, "muted", false);
	step->starts = reader_boolean(r, node, "startConferenceOnEnter", true);
	step->ends = reader_boolean(r, node, "endConferenceOnExit", false);
	read_beep(r, node, step);
	step->max_participants = reader_number(r, node, "maxParticipants", 1, PARTICIPANTS_MAX, 0);
	step->record = reader_choice(r, node, "record", records, 0) == 1;
	step->coach = reader_attribute(r, node, "coach");
	step->music = reader_attribute(r, node, "waitUrl");
	if (!step->music) /* who waits hears something */
		step->music = "tone:ringback";
	step->room = read_room(r, node);
	if (recording) {
		recording->trim = reader_choice(r, node, "trim", verb_trims, 0) == 0;
		recording->status = verb_recording_hook(r, node);
	}
	step->recording = recording;
}

void verb_queue(struct reader *r, const xmlNode *node, struct step *step)
{
	struct step_queue *queue = reader_memory(r, sizeof *queue);

	step->kind = STEP_DEQUEUE;
	step->text = read_name(r, node, "queue");
	if (queue) /* what the caller hears before it is connected */
		queue->wait = reader_hook(r, node, "url", "method", NULL, NULL);
	step->queue = queue;
}

void verb_enqueue(struct reader *r, const xmlNode *node)
{
	struct step_queue *queue = reader_memory(r, sizeof *queue);
	struct step *step = reader_step(r, node, STEP_ENQUEUE);

	if (!step || !queue)
		return;
	verb_action(r, node, step);
	step->text = read_name(r, node, "queue");
	queue->wait = reader_hook(r, node, "waitUrl", "waitUrlMethod", NULL, NULL);
	queue->max_size = reader_number(r, node, "maxQueueSize", 1, QUEUE_MAX, 0);
	step->queue = queue;
}
