/* machine: whether a person, an answering machine or a fax has answered. A session is listened to from
 * media_session_detect() on; what is found comes as MEDIA_MACHINE (media.h), once, or twice where the end of
 * a machine's message is wanted. Main thread. */
#ifndef OFFHOOK_MEDIA_MACHINE_H
#define OFFHOOK_MEDIA_MACHINE_H

#include <stdbool.h>

struct media_session;

/* Who has answered. */
enum media_machine_is {
	MEDIA_MACHINE_NONE,
	MEDIA_MACHINE_HUMAN,
	MEDIA_MACHINE_MACHINE,
	MEDIA_MACHINE_FAX,
	MEDIA_MACHINE_UNKNOWN,
};

/* How a machine's message ended. */
enum media_machine_end {
	MEDIA_MACHINE_GOES_ON,
	MEDIA_MACHINE_END_BEEP,
	MEDIA_MACHINE_END_SILENCE,
	MEDIA_MACHINE_END_OTHER,
};

struct media_machine {
	enum media_machine_is is;
	enum media_machine_end end;
	const char *reason;			       /* a few words, static */
	unsigned after_ms;			       /* since it was listened for */
	unsigned initial_silence_ms, speech_ms, words; /* what was said until then */
	unsigned beep_hz, beep_at_ms;		       /* 0: none was heard */
};

/* "human", "machine", "fax", "unknown"; how its message ended: "beep", "silence", "other", or NULL. */
const char *media_machine_name(const struct media_machine *machine);
const char *media_machine_end_name(const struct media_machine *machine);

/* What tells a person from a machine [ms]; 0: the default. */
struct media_amd {
	unsigned timeout_ms;	/* 30000: it is unknown then */
	unsigned speech_ms;	/* 2400: a greeting that is longer is a machine's */
	unsigned speech_end_ms; /* 800 to 1100: a pause so long behind a shorter one, and it is a person */
	unsigned silence_ms;	/* 5000 of nothing at all: it is unknown */
	bool message_end;	/* a second event says when a machine's message is over */
};

/* Listens to who has answered; MEDIA_MACHINE follows. A second time begins anew. Returns 0 or ENOMEM. */
int media_session_detect(struct media_session *session, const struct media_amd *how)
    __attribute__((warn_unused_result));
/* Listens no more. */
void media_session_detect_stop(struct media_session *session);

#endif
