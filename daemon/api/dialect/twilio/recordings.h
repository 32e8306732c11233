/* recordings: inside of the operations on recordings, for recordings*.c and whoever has
 * some begun. */
#ifndef OFFHOOK_API_TWILIO_RECORDINGS_H
#define OFFHOOK_API_TWILIO_RECORDINGS_H

#include "daemon/api/dialect/twilio/recording_json.h"

/* recordings_live.c: those of a call or a conference that are begun or run. */
ask_h recordings_start_call;
ask_h recordings_start_conference;
ask_h recordings_update_call;
ask_h recordings_update_conference;

/* The statuses of a recording that the parameter `name` asks to be told of: a new array. NULL: it says
 * nothing or the form has failed. */
json_t *recordings_read_events(struct form *form, const char *name);

/* recordings_media.c: the sound. `format` is "wav" or "mp3"; the first argument is the recording's sid. */
void recordings_media(struct ask *ask, const char *format);

/* Reads the call or conference that the first argument names. False: it is answered. */
bool recordings_read_parent(struct ask *ask, enum recording_place place, char id[UUID_TEXT_SIZE]);
/* The recording that an argument names, which is of the parent that the first one names. False: likewise. */
bool recordings_find(struct ask *ask, enum recording_place place, bool deleted, struct recording_row *out);

#endif
