/* fault: why an operation was refused: a code that programs may rely on, what it is about, and a sentence.
 *
 * The codes are neutral; a dialect says which status and which code of its own each is, and what it calls the
 * field. Where a sentence names the field it has FAULT_FIELD_MARK in its place, for the dialect to fill in.
 * Texts of the operating system and names of the control protocol are in none. */
#ifndef OFFHOOK_API_FAULT_H
#define OFFHOOK_API_FAULT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum fault_code {
	FAULT_NONE,
	FAULT_PARAMETER_INVALID,
	FAULT_NUMBER_INVALID,
	FAULT_URL_INVALID,
	FAULT_KEY_INVALID,
	FAULT_COACH_INVALID,
	FAULT_SPEND_LIMIT,
	FAULT_CALL_NOT_FOUND,
	FAULT_CONFERENCE_NOT_FOUND,
	FAULT_PARTICIPANT_NOT_FOUND,
	FAULT_RECORDING_NOT_FOUND,
	FAULT_DELIVERY_NOT_FOUND,
	FAULT_RATE_NOT_FOUND,
	FAULT_QUEUE_NOT_FOUND,
	FAULT_NUMBER_NOT_FOUND,
	FAULT_APPLICATION_NOT_FOUND,
	FAULT_TRIGGER_NOT_FOUND,
	FAULT_BAN_NOT_FOUND,
	FAULT_TRANSCRIPTION_NOT_FOUND,
	FAULT_QUALITY_UNKNOWN,
	FAULT_TRACE_UNKNOWN,
	FAULT_AUDIO_GONE,
	FAULT_CALL_OVER,
	FAULT_NOT_IN_PROGRESS,
	FAULT_NOT_CANCELABLE,
	FAULT_ALREADY_RECORDING,
	FAULT_NOT_RECORDING,
	FAULT_NAME_TAKEN,
	FAULT_NUMBER_TAKEN,
	FAULT_CONFERENCE_OVER,
	FAULT_CONFERENCE_FULL,
	FAULT_QUALITY_NOT_READY,
	FAULT_DELIVERY_WAITING,
	FAULT_DELIVERY_SENDING,
	FAULT_FILE_STUCK,
	FAULT_KEY_IN_USE,
	FAULT_KEY_REUSED,
	FAULT_CONFLICT,
	FAULT_OPERATOR_ONLY,
	FAULT_FROM_NOT_OWNED,
	FAULT_UNROUTABLE,
	FAULT_PROMPT_FAILED,
	FAULT_REFUSED,
	FAULT_LIMIT_REACHED,
	FAULT_SWITCH_AWAY,
	FAULT_SWITCH_BUSY,
	FAULT_STORE_FAILED,
	FAULT_NO_MEMORY,
	FAULT_CODES
};

/* What a fault is about. */
enum fault_field {
	FIELD_NONE,
	FIELD_CALL, /* which call: its id */
	FIELD_CONFERENCE,
	FIELD_RECORDING,
	FIELD_DELIVERY,
	FIELD_KEY, /* that makes a request idempotent */
	FIELD_TO,
	FIELD_FROM,
	FIELD_TRANSFER,
	FIELD_URL,
	FIELD_FALLBACK,
	FIELD_CALLBACK,
	FIELD_CALLBACK_EVENTS,
	FIELD_CALLBACK_URL,
	FIELD_SCRIPT,
	FIELD_HEADERS,
	FIELD_STATUS,
	FIELD_DIGITS,
	FIELD_NAME,
	FIELD_QUEUE,
	FIELD_NUMBER,
	FIELD_APPLICATION,
	FIELD_MAX_SIZE,
	FIELD_COACH,
	FIELD_SAY,
	FIELD_PLAY,
	FIELD_BRIDGE,
	FIELD_STOP,
	FIELD_MUTED,
	FIELD_HOLD,
	FIELD_ADDRESS,
	FAULT_FIELDS
};

#define FAULT_FIELD_MARK "{field}"

struct store;
struct fault {
	enum fault_code code;
	enum fault_field field;
	int retry_after_s; /* 0: nothing is known */
	char text[600];
};

/* "call-not-found" … : stable, for programs. */
const char *fault_name(enum fault_code code);

/* Sets it. Returns false, for `return fault_set(…)`. */
bool fault_set(struct fault *fault, enum fault_code code, enum fault_field field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Whether `url` is NULL or one that weburl_is_valid() takes; false: a fault about `field` is set. */
bool fault_check_url(struct fault *fault, enum fault_field field, const char *url);
bool fault_no_memory(struct fault *fault);
bool fault_store_failed(struct fault *fault);
bool fault_switch_away(struct fault *fault);
/* The same as fault_store_failed(), with what is known of it. */
bool fault_not_stored(struct fault *fault, const struct store *store);
/* Why the link is not ready: the database cannot keep what the switch tells, or the switch is away. */
bool fault_not_ready(struct fault *fault, const struct store *store);

/* What a request of the switch means by its words. */
struct fault_words {
	enum fault_field to;	  /* what "to" was for the asker; FIELD_NONE: FIELD_TO */
	enum fault_code conflict; /* what a state that does not allow it means; FAULT_NONE: just that */
	const char *conflict_text;
};

/* From an error of the control protocol; `words` may be NULL. */
void fault_from_switch(struct fault *fault, const json_t *error, const struct fault_words *words);
/* Whether the error says that it is not there (any more). */
bool fault_switch_misses(const json_t *error);

/* The sentence with the field's name in it. Returns `out`. */
char *fault_sentence(const struct fault *fault, const char *field_name, char *out, size_t size);

#endif
