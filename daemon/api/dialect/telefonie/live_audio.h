/* live_audio: GET calls/{call_id}/audio: a call, heard while it lasts. */
#ifndef OFFHOOK_API_TELEFONIE_LIVE_AUDIO_H
#define OFFHOOK_API_TELEFONIE_LIVE_AUDIO_H

#include "daemon/api/http/router.h"

/* A route_h; `arg` are the dialect_parts. */
void live_audio_get(struct web_request *request, const struct route_match *match, void *arg);

#endif
