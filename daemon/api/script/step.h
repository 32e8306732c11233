/* step: one instruction of a script, whatever language it was written in; the engine runs a list of them. */
#ifndef OFFHOOK_API_STEP_H
#define OFFHOOK_API_STEP_H

#include <stdbool.h>
#include <stddef.h>

enum step_kind {
	STEP_SAY,	 /* text, voice, language, loop */
	STEP_PLAY,	 /* text: http(s) URL, file name under prompts, or tone:NAME; loop */
	STEP_DIGITS,	 /* text: digits to send, w and W for pauses */
	STEP_PAUSE,	 /* ms */
	STEP_GATHER,	 /* nested prompts; timeout_s, max_digits, finish_on, action */
	STEP_RECORD,	 /* max_length_s, timeout_s (of silence, 0: none), trim, finish_on, beep, action */
	STEP_DIAL,	 /* text: number or user; timeout_s, caller_id, answer_on_bridge, action */
	STEP_CONFERENCE, /* text: name; muted, starts, ends, record, beeps, max_participants, coach, music,
			    action */
	STEP_REDIRECT,	 /* text: URL, post */
	STEP_REJECT,	 /* code */
	STEP_HANGUP,
};

struct step {
	enum step_kind kind;
	int line; /* in its document */
	char *text, *voice, *language;
	char *action;		/* URL asked when it is done, or NULL */
	bool post;		/* method of action or Redirect: POST, else GET */
	bool action_when_empty; /* Gather: ask action also without digits */
	bool beep, answer_on_bridge, trim;
	bool muted, starts, ends, record; /* in a conference */
	const char *beeps;		  /* none, enter, exit, both */
	unsigned max_participants;	  /* 0: as usual */
	char *music;   /* URL, file or tone that those who wait hear; NULL or "": silence */
	char *coach;   /* call that alone hears it, or NULL */
	unsigned loop; /* 0: for ever */
	unsigned timeout_s, max_digits, max_length_s;
	unsigned ms;
	char *finish_on, *caller_id;
	int code; /* SIP */
	struct step *nested;
	size_t nested_count;
};

struct script {
	struct step *steps;
	size_t count;
};

void script_free(struct script *script);

/* "Say", "Play", … as users know them. */
const char *step_name(enum step_kind kind);

#endif
