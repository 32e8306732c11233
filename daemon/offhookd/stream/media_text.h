/* media_text: the message that a program says fifty times a second, taken apart without allocating.
 *
 * Pure. What is written in a way that is not that of every program (escapes, numbers, lists) is left to a
 * whole reader of JSON: this one never says yes to what that would refuse. */
#ifndef OFFHOOK_STREAM_MEDIA_TEXT_H
#define OFFHOOK_STREAM_MEDIA_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* {"event":"media", …, "media":{"payload":"…", …}}, of texts alone: true, and the payload, which points into
 * `text`. */
bool media_text_payload(const char *text, size_t size, const char **payload, size_t *payload_size);

#endif
