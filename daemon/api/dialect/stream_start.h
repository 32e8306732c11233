/* stream_start: what call.stream is asked for so that the program at the other end understands it as Twilio's
 * and SignalWire's media streams, which our own dialect shares. */
#ifndef OFFHOOK_API_STREAM_START_H
#define OFFHOOK_API_STREAM_START_H

#include "daemon/api/script/form.h"

/* Ids as that dialect writes them; `sign` signs the upgrade, or is NULL. A new object, or NULL without
 * memory. */
json_t *stream_params(const struct script_told *told, const struct script_stream *stream,
		     const char *account_sid, const char *call_sid, const char *stream_sid,
		     sign_lines_h *sign);
/* The header lines that sign `url`, as an object. */
json_t *stream_signature(const struct script_told *told, const char *url, sign_lines_h *sign);

#endif
