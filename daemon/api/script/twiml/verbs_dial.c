/* Dial and the places that it rings. */
#include "daemon/api/script/twiml/verbs.h"

#include <stdlib.h>
#include <string.h>

enum { TARGETS_MAX = 10, PAIRS_MAX = 64, TIMEOUT_MAX_S = 600, TIME_LIMIT_MAX_S = 14400 };

struct dialled {
	struct step_target list[TARGETS_MAX];
	size_t count;
	const xmlNode *room; /* Conference or Queue among the nouns */
};

static struct step_target *add_target(struct reader *r, const xmlNode *node, struct dialled *d,
				      enum step_target_kind kind, const char *to)
{
	if (!to) {
		reader_warn(r, node, NULL, "It is empty, and passed over.");
		return NULL;
	}
	if (d->count == TARGETS_MAX) {
		reader_warn(r, node, NULL, "More than %d places are not rung; it is passed over.",
			    TARGETS_MAX);
		return NULL;
	}
	d->list[d->count] = (struct step_target){ .kind = kind, .to = to };
	return &d->list[d->count++];
}

/* What all nouns have. */
static void read_hooks(struct reader *r, const xmlNode *node, struct step_target *target)
{
	static const char *const events[] = { "initiated", "ringing", "answered", "completed", NULL };

	target->screen = reader_hook(r, node, "url", "method", NULL, NULL);
	target->status =
	    reader_hook(r, node, "statusCallback", "statusCallbackMethod", "statusCallbackEvent", events);
}

/* Who answers, a person or a machine, while they talk already. */
static void read_machine(struct reader *r, const xmlNode *node, struct step_target *target)
{
	static const char *const kinds[] = { "none", "Enable", "DetectMessageEnd", NULL };
	const size_t kind = reader_choice(r, node, "machineDetection", kinds, 0);
	struct step_machine *machine = kind ? reader_memory(r, sizeof *machine) : NULL;

	if (!machine)
		return;
	machine->message_end = kind == 2;
	machine->timeout_s = reader_number(r, node, "machineDetectionTimeout", 3, 60, 0);
	machine->speech_ms = reader_number(r, node, "machineDetectionSpeechThreshold", 1000, 6000, 0);
	machine->speech_end_ms = reader_number(r, node, "machineDetectionSpeechEndThreshold", 500, 5000, 0);
	machine->silence_ms = reader_number(r, node, "machineDetectionSilenceTimeout", 2000, 10000, 0);
	machine->told = reader_hook(r, node, "amdStatusCallback", "amdStatusCallbackMethod", NULL, NULL);
	target->machine = machine;
}

/* The children of that name, as names with values. */
static void read_pairs(struct reader *r, const xmlNode *parent, const char *name, struct step_target *target)
{
	struct step_pair pairs[PAIRS_MAX], *kept;
	size_t count = 0;

	for (const xmlNode *n = parent->children; n; n = n->next) {
		if (n->type != XML_ELEMENT_NODE || strcmp(reader_name(n), name) || count == PAIRS_MAX)
			continue;
		pairs[count].name = reader_attribute(r, n, "name");
		pairs[count].value = reader_attribute(r, n, "value");
		if (pairs[count].name && pairs[count].value)
			count++;
		else
			reader_warn(r, n, NULL, "It has no name or no value, and is passed over.");
	}
	if (!count || !(kept = reader_memory(r, count * sizeof *kept)))
		return;
	memcpy(kept, pairs, count * sizeof *kept);
	target->pairs = kept;
	target->pair_count = count;
}

static const xmlNode *child(const xmlNode *node, const char *name)
{
	for (const xmlNode *n = node->children; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE && !strcmp(reader_name(n), name))
			return n;
	return NULL;
}

static void read_number(struct reader *r, const xmlNode *node, struct dialled *d)
{
	struct step_target *target = add_target(r, node, d, STEP_TO_NUMBER, reader_content(r, node, false));

	if (!target)
		return;
	read_hooks(r, node, target);
	read_machine(r, node, target);
	target->send_digits = reader_attribute(r, node, "sendDigits");
}

/* What identifies it is text, or in a child of that name; with parameters. */
static void read_named(struct reader *r, const xmlNode *node, struct dialled *d, enum step_target_kind kind,
		       const char *name)
{
	const xmlNode *inner = child(node, name);
	struct step_target *target;

	for (const xmlNode *n = node->children; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE)
			reader_admits(r, n);
	target = add_target(r, node, d, kind,
			    inner ? reader_content(r, inner, false) : reader_content(r, node, true));
	if (!target)
		return;
	read_hooks(r, node, target);
	read_pairs(r, node, "Parameter", target);
}

static void read_client(struct reader *r, const xmlNode *node, struct dialled *d)
{
	read_named(r, node, d, STEP_TO_USER, "Identity");
}

static void read_application(struct reader *r, const xmlNode *node, struct dialled *d)
{
	read_named(r, node, d, STEP_TO_APPLICATION, "ApplicationSid");
}

/* One SIP URI of a <Sip>: its own text, or an <Uri>, which may have credentials of its own. */
static void read_uri(struct reader *r, const xmlNode *sip, const xmlNode *at, struct dialled *d)
{
	struct step_target *target = add_target(r, at, d, STEP_TO_SIP, reader_content(r, at, at == sip));
	const xmlNode *headers = child(sip, "Headers");

	if (!target)
		return;
	read_hooks(r, sip, target);
	read_machine(r, sip, target);
	target->username = reader_attribute(r, at, "username");
	target->password = reader_attribute(r, at, "password");
	if (at != sip && !target->username) {
		target->username = reader_attribute(r, sip, "username");
		target->password = reader_attribute(r, sip, "password");
	}
	if (headers)
		read_pairs(r, headers, "Header", target);
}

static void read_sip(struct reader *r, const xmlNode *node, struct dialled *d)
{
	bool uris = false;

	for (const xmlNode *n = node->children; n; n = n->next) {
		if (n->type != XML_ELEMENT_NODE || !reader_admits(r, n))
			continue;
		if (!strcmp(reader_name(n), "Uri")) {
			uris = true;
			read_uri(r, node, n, d);
		} else {
			for (const xmlNode *h = n->children; (h = reader_element(r, h)); h = h->next)
				reader_admits(r, h);
		}
	}
	if (!uris)
		read_uri(r, node, node, d);
}

/* An <Uri> of its own: what <Sip> was called once. */
static void read_old_uri(struct reader *r, const xmlNode *node, struct dialled *d)
{
	struct step_target *target = add_target(r, node, d, STEP_TO_SIP, reader_content(r, node, false));

	if (!target)
		return;
	target->username = reader_attribute(r, node, "username");
	target->password = reader_attribute(r, node, "password");
}

static void read_room(struct reader *r, const xmlNode *node, struct dialled *d)
{
	if (d->room)
		reader_warn(r, node, NULL, "One call cannot be in two of them; it is passed over.");
	else
		d->room = node;
}

static const struct {
	const char *name;
	void (*read)(struct reader *r, const xmlNode *node, struct dialled *d);
} nouns[] = {
	{ "Number", read_number },   { "Client", read_client },
	{ "Sip", read_sip },	     { "Application", read_application },
	{ "Conference", read_room }, { "Queue", read_room },
	{ "Uri", read_old_uri },
};

static bool has_text(const xmlNode *node)
{
	for (const xmlNode *n = node->children; n; n = n->next)
		if ((n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE) && !xmlIsBlankNode(n))
			return true;
	return false;
}

static void read_nouns(struct reader *r, const xmlNode *node, struct dialled *d)
{
	if (xmlChildElementCount((xmlNode *)node) == 0) {
		add_target(r, node, d, STEP_TO_NUMBER, reader_content(r, node, false));
		return;
	}
	if (has_text(node))
		reader_warn(r, node, NULL, "The text beside its elements is passed over.");
	for (const xmlNode *n = node->children; n; n = n->next) {
		if (n->type != XML_ELEMENT_NODE || !reader_admits(r, n))
			continue;
		for (size_t i = 0; i < sizeof nouns / sizeof *nouns; i++)
			if (!strcmp(nouns[i].name, reader_name(n)))
				nouns[i].read(r, n, d);
	}
	if (d->room && d->count)
		reader_warn(r, node, NULL, "Beside <%s> no other place is rung.", reader_name(d->room));
}

static void read_record(struct reader *r, const xmlNode *node, struct step *step, struct step_dial *dial)
{
	static const char *const modes[] = { "do-not-record",
					     "record-from-answer",
					     "record-from-ringing",
					     "record-from-answer-dual",
					     "record-from-ringing-dual",
					     "true",
					     "false",
					     NULL };
	static const char *const tracks[] = { "both", "inbound", "outbound", NULL };
	static const enum step_dial_record when[] = { STEP_RECORD_NOT,	   STEP_RECORD_ANSWER,
						      STEP_RECORD_RINGING, STEP_RECORD_ANSWER,
						      STEP_RECORD_RINGING, STEP_RECORD_ANSWER,
						      STEP_RECORD_NOT };
	struct step_recording *recording = reader_memory(r, sizeof *recording);
	size_t mode = reader_choice(r, node, "record", modes, 0);

	dial->record = when[mode];
	if (!recording)
		return;
	recording->dual = mode == 3 || mode == 4;
	recording->trim = reader_choice(r, node, "trim", verb_trims, 1) == 0;
	recording->track = (enum step_track)reader_choice(r, node, "recordingTrack", tracks, STEP_TRACK_BOTH);
	recording->status = verb_recording_hook(r, node);
	step->recording = recording;
}

static void read_attributes(struct reader *r, const xmlNode *node, struct step *step, struct step_dial *dial)
{
	verb_action(r, node, step);
	step->timeout_s = reader_number(r, node, "timeout", 1, TIMEOUT_MAX_S, 30);
	step->answer_on_bridge = reader_boolean(r, node, "answerOnBridge", false);
	step->caller_id = reader_attribute(r, node, "callerId");
	if (step->caller_id && !*step->caller_id)
		step->caller_id = NULL;
	dial->time_limit_s = reader_number(r, node, "timeLimit", 1, TIME_LIMIT_MAX_S, 0);
	dial->hang_up_on_star = reader_boolean(r, node, "hangupOnStar", false);
	dial->sequential = reader_boolean(r, node, "sequential", false);
	dial->ring_tone = reader_attribute(r, node, "ringTone");
	dial->refer = reader_hook(r, node, "referUrl", "referMethod", NULL, NULL);
	read_record(r, node, step, dial);
}

void verb_dial(struct reader *r, const xmlNode *node)
{
	struct step_dial *dial = reader_memory(r, sizeof *dial);
	struct step *step = reader_step(r, node, STEP_DIAL);
	struct step_target *kept;
	struct dialled d = { .count = 0 };

	if (!step || !dial)
		return;
	read_attributes(r, node, step, dial);
	read_nouns(r, node, &d);
	step->dial = dial;
	if (d.room && !strcmp(reader_name(d.room), "Conference")) {
		verb_conference(r, d.room, step);
	} else if (d.room) {
		verb_queue(r, d.room, step);
	} else if (d.count && (kept = reader_memory(r, d.count * sizeof *kept))) {
		memcpy(kept, d.list, d.count * sizeof *kept);
		dial->targets = kept;
		dial->target_count = d.count;
		step->text = kept->to;
	}
}
