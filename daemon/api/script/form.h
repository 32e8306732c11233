/* form: what the requests for scripts look like: a dialect hands one to the engine. */
#ifndef OFFHOOK_API_SCRIPT_FORM_H
#define OFFHOOK_API_SCRIPT_FORM_H

#include "daemon/api/net/sign_lines.h"
#include "daemon/api/store/calls.h"
#include "lib/conf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define SCRIPT_FORM_TYPE "application/x-www-form-urlencoded"

/* The call that asks. */
struct script_told {
	const struct conf *conf;
	const struct conf_account *account;
	const char *call, *from, *to, *status;
	const char *parent; /* call that this one was dialled for, or NULL */
	bool inbound;
	bool post;		/* how it asks */
	const json_t *snapshot; /* the call as the switch told it last, or NULL */
	/* What the request is for: "document" (the first, Redirect, fallback), "screen", "gather", "record",
	 * "dial", "conference" (has been left), "enqueue" (is left), "wait" (in a queue or conference),
	 * "refer", "refer-asked", "notify", "recording-status", "conference-status", "refer-status", "key",
	 * "stream", "stream-status", "transcription-status", "machine". */
	const char *moment;
	const char *payload;		/* of "notify": JSON, or NULL */
	const struct call_row *row;	/* its record; NULL: it could not be read */
	const struct call_row *dialled; /* record of the call that "dial" is of; or NULL */
};

/* A stream that a script begins. */
struct script_stream {
	const char *id, *url;
	bool speaks;
	const char *codec, *authorization; /* or NULL */
	unsigned rate;			   /* 0: as is usual */
	const json_t *parameters;	   /* texts by name */
};

struct script_form {
	const char *dialect; /* as on a call's record */
	const char *type;    /* Content-Type of a POST; NULL: application/x-www-form-urlencoded */
	bool asks_get;	     /* how the script of a number is asked for where nothing is said */
	/* The body of a request, for GET its query: a new string, or NULL without memory. `more` (or NULL)
	 * has what the step before has come to, texts by these names: digits, finished_on_key, recording (its
	 * id), recording_duration [s], recording_status, recording_channels, recording_source,
	 * recording_started and recording_ended (RFC 3339), recording_bytes, dial_status,
	 * dial_call, dial_duration [s], dial_bridged, conference, conference_name, conference_event,
	 * sequence, timestamp (RFC 3339), muted, hold, coaching, coached (a call), starts_conference,
	 * ends_conference, label, ended_why, ended_by (a call), queue (its id), queue_name, queue_result,
	 * queue_position, queue_time [s], average_queue_time [s], queue_size, queue_max_size, queue_agent,
	 * refer_status, refer_to, refer_code, error_code, error_url, error, stream (its id),
	 * answered_by, machine_ms, stream_name, stream_event ("started", "stopped", "failed"), stream_error,
	 * stream_why (of a failure: as call.stream has it), stream_headers (an object), stream_time (RFC
	 * 3339), transcription (its id), transcription_event ("started", "content", "stopped", "failed"),
	 * transcription_name, transcription_engine, transcription_language, transcription_track ("inbound",
	 * "outbound", "both"), inbound_label, outbound_label, partial_results, transcription_data (JSON),
	 * transcription_final, transcription_error, transcription_why ("refused", "hearer"),
	 * transcription_sequence, transcription_time (RFC 3339). */
	char *(*parameters)(const struct script_told *told, const json_t *more);
	/* What call.stream is asked for so that a program of this dialect understands it: "protocol", "rate",
	 * "start", "headers"; a new object, or NULL without memory. */
	json_t *(*stream)(const struct script_told *told, const struct script_stream *stream);
	sign_lines_h *sign;
	bool asks_of_silence; /* the action of a Record in which nobody spoke is asked, too */
};

/* The form of a dialect in a list that ends with NULL; the first one's for a dialect that has none. */
const struct script_form *script_form_find(const struct script_form *const forms[], const char *dialect);

#endif
