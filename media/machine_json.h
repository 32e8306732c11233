/* machine_json: who has answered, as programs and files are told of it. */
#ifndef OFFHOOK_MEDIA_MACHINE_JSON_H
#define OFFHOOK_MEDIA_MACHINE_JSON_H

#include "media/media.h"

#include <jansson.h>

/* {"is", "end"?, "reason", "after_ms", "initial_silence_ms", "speech_ms", "words", "beep"?: {"hz", "at_ms"}}:
 * new, or NULL without memory. `is` is "none" while it is not known. */
json_t *media_machine_json(const struct media_machine *machine);

#endif
