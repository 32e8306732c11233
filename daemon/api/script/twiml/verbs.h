/* verbs: the readers of elements, by topic: each adds the steps of its element. Inside of twiml. */
#ifndef OFFHOOK_API_TWIML_VERBS_H
#define OFFHOOK_API_TWIML_VERBS_H

#include "daemon/api/script/twiml/reader.h"

/* Reads the elements below `parent`. */
void verbs_read_children(struct reader *r, const xmlNode *parent);

/* verbs_prompt.c */
void verb_say(struct reader *r, const xmlNode *node);
void verb_play(struct reader *r, const xmlNode *node);
void verb_pause(struct reader *r, const xmlNode *node);
void verb_gather(struct reader *r, const xmlNode *node);

/* verbs_record.c */
extern const char *const verb_trims[];
void verb_record(struct reader *r, const xmlNode *node);
void verb_start(struct reader *r, const xmlNode *node);
void verb_stop(struct reader *r, const xmlNode *node);
/* recordingStatusCallback with its method and events. */
struct step_hook verb_recording_hook(struct reader *r, const xmlNode *node);

/* verbs_stream.c: in Start or Connect; NULL: it says of nothing to connect to. */
struct step *verb_stream(struct reader *r, const xmlNode *node, enum step_kind kind);
void verb_connect(struct reader *r, const xmlNode *node);
void verb_stop_stream(struct reader *r, const xmlNode *node);

/* verbs_transcription.c */
void verb_transcription(struct reader *r, const xmlNode *node);
void verb_stop_transcription(struct reader *r, const xmlNode *node);

/* verbs_dial.c, verbs_conference.c */
void verb_dial(struct reader *r, const xmlNode *node);
/* A noun of Dial into its step. */
void verb_conference(struct reader *r, const xmlNode *node, struct step *step);
void verb_queue(struct reader *r, const xmlNode *node, struct step *step);
void verb_enqueue(struct reader *r, const xmlNode *node);

/* spoken.c: the markup of a <Say> with elements in it, as one <speak>; its plain text into *plain. */
const char *spoken_read(struct reader *r, const xmlNode *node, const char **plain);

/* action and method. */
void verb_action(struct reader *r, const xmlNode *node, struct step *step);

#endif
