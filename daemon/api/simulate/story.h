/* story: what a simulation is asked for: the documents, the calls that come in and what those who make them
 * do, whoever is dialled, and the limits. Read from JSON that anybody may have sent. Pure data; what it
 * points to is in the JSON that it was read from, or its own. */
#ifndef OFFHOOK_API_STORY_H
#define OFFHOOK_API_STORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	STORY_CALLS_MAX = 10,
	STORY_ACTS_MAX = 100, /* of a call */
	STORY_CALLEES_MAX = 100,
	STORY_SECONDS_MAX = 86400,
	STORY_STEPS_MAX = 10000,
	STORY_REQUESTS_MAX = 1000,
};

enum story_act_kind { STORY_DIGITS, STORY_SPEECH, STORY_HANGUP };
/* When: so long after the call's beginning, or after the act before; or when the script listens. */
enum story_when { STORY_LISTENING, STORY_AT, STORY_AFTER };

struct story_act {
	enum story_act_kind kind;
	enum story_when when;
	int64_t ms;	  /* of STORY_AT and STORY_AFTER */
	const char *text; /* keys, or what is said */
	int64_t lasts_ms; /* speech */
};

struct story_call {
	const char *from, *to;
	json_t *own;			 /* the document, where it came as an array; or NULL */
	const char *fallback_url;	 /* or NULL */
	const json_t *given;		 /* the document, or NULL */
	const char *document, *url;	 /* one of them, or both: the document is at the URL */
	bool said_method, get, outbound; /* without a method: as its dialect asks */
	int64_t at_ms;			 /* when it begins */
	struct story_act acts[STORY_ACTS_MAX];
	size_t act_count;
};

enum story_answer { STORY_ANSWER, STORY_BUSY, STORY_NO_ANSWER, STORY_DECLINE, STORY_FAIL };

/* One that is dialled, or refers to nobody in particular: then whoever is dialled next. */
struct story_callee {
	const char *to; /* or NULL */
	enum story_answer answer;
	int64_t after_ms; /* from the dialling to it */
	int64_t at_ms;	  /* or from the beginning to it; below 0: after_ms counts */
	int64_t talks_ms; /* then it hangs up; 0: it does not */
	const char *keys; /* that it presses when a script listens to it, or NULL */
};

struct story {
	const char *dialect;	  /* NULL: the account's */
	struct story_call *calls; /* the first is the one that is asked about */
	size_t call_count;
	struct story_callee *callees;
	size_t callee_count;
	const json_t *documents; /* by URL, or NULL */
	bool fetches;		 /* what is not given is asked for */
	int64_t limit_ms;
	unsigned max_steps, max_requests;
};

struct story_fault {
	char field[96];
	char text[480];
};

/* Reads `json`, which stays while *out is used. Returns 0, EINVAL with *fault, or ENOMEM. */
int story_read(struct story **out, const json_t *json, struct story_fault *fault)
    __attribute__((warn_unused_result));
void story_free(struct story *story);

/* What is given for a request of `url`: the document of that very URL, or of one that `url` begins with, up
 * to the query that a request by GET adds. NULL: nothing. */
const json_t *story_document(const struct story *story, const char *url);

/* How long it takes to say that [ms]: about fifteen characters a second. */
int64_t story_speech_ms(const char *text);

#endif
