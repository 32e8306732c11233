/* step: one instruction of a script, whatever language it was written in; the engine runs a list of them.
 *
 * Concept. A compiler (twiml, ncco) makes a struct script of a document: steps in order, each with its place
 * in the document. What only some kinds of step have is in a struct of its own behind a pointer. Everything a
 * script holds is in its own pool and goes with script_free(): no member is freed alone. */
#ifndef OFFHOOK_API_STEP_H
#define OFFHOOK_API_STEP_H

#include <stdbool.h>
#include <stddef.h>

enum step_kind {
	STEP_SAY,	 /* text, voice, language, loop, markup */
	STEP_PLAY,	 /* text: http(s) URL, file name under prompts, or tone:NAME; loop */
	STEP_DIGITS,	 /* text: digits to send, w and W for pauses */
	STEP_PAUSE,	 /* ms */
	STEP_GATHER,	 /* nested prompts; timeout_s, max_digits, finish_on, action; speech */
	STEP_RECORD,	 /* max_length_s, timeout_s (of silence, 0: none), finish_on, beep, action;
			    recording */
	STEP_DIAL,	 /* dial; timeout_s, caller_id, answer_on_bridge, action */
	STEP_CONFERENCE, /* text: name; muted, starts, ends, record, beeps, max_participants, coach, music,
			    action; room; dial for what <Dial> has beside it */
	STEP_DEQUEUE,	 /* text: name of a queue whose first caller is connected; dial, action */
	STEP_ENQUEUE,	 /* text: name; queue, action */
	STEP_LEAVE,	 /* the queue in whose wait script it stands */
	STEP_REDIRECT,	 /* text: URL, or NULL: this document again; post */
	STEP_REJECT,	 /* code */
	STEP_HANGUP,
	STEP_REFER,	      /* text: SIP URI; action */
	STEP_ECHO,	      /* until the caller hangs up */
	STEP_START_RECORDING, /* recording */
	STEP_STOP_RECORDING,  /* text: name, or NULL */
	STEP_NOTIFY,	     /* text: JSON payload; action: where to, whose answer may be the next document */
	STEP_TRANSFER,	     /* text: the conversation that the call goes to; room */
	STEP_START_STREAM,   /* stream: the script goes on */
	STEP_CONNECT_STREAM, /* stream; action: until either side ends it */
	STEP_STOP_STREAM,    /* text: name, or NULL: all */
	STEP_START_TRANSCRIPTION, /* transcription: the script goes on */
	STEP_STOP_TRANSCRIPTION,  /* text: name, or NULL: all */
	STEP_KINDS
};

/* A URL that is told of something. */
struct step_hook {
	const char *url; /* NULL: nobody is told */
	bool get;	 /* by GET, else POST */
	unsigned events; /* STEP_ON_…, those that are told; 0: those that the vendor tells unasked */
};

/* Events of a call that a dial has placed. */
enum { STEP_ON_INITIATED = 1, STEP_ON_RINGING = 2, STEP_ON_ANSWERED = 4, STEP_ON_COMPLETED = 8 };
/* Of a recording. */
enum { STEP_ON_RECORDING = 1, STEP_ON_RECORDED = 2, STEP_ON_ABSENT = 4 };
/* Of a conference. */
enum {
	STEP_ON_START = 1,
	STEP_ON_END = 2,
	STEP_ON_JOIN = 4,
	STEP_ON_LEAVE = 8,
	STEP_ON_MUTE = 16,
	STEP_ON_HOLD = 32,
	STEP_ON_MODIFY = 64,
	STEP_ON_SPEAKER = 128,
	STEP_ON_ANNOUNCEMENT = 256,
	STEP_ON_MACHINE = 512, /* who has answered, a person or a machine */
};

/* A name with a value: header of a SIP target, parameter of a client. */
struct step_pair {
	const char *name, *value;
};

enum step_target_kind {
	STEP_TO_NUMBER,	     /* E.164 or as people write it */
	STEP_TO_SIP,	     /* a SIP URI */
	STEP_TO_USER,	     /* a user of ours */
	STEP_TO_APPLICATION, /* sid of an application, whose script the other leg runs */
};

/* How it is listened for who answers; times of 0 are the switch's own. */
struct step_machine {
	bool message_end; /* of a machine its message is heard to the end */
	bool hangs_up;	  /* a machine is hung up on */
	unsigned timeout_s, speech_ms, speech_end_ms, silence_ms;
	struct step_hook told;
};

/* One place that a dial rings. */
struct step_target {
	enum step_target_kind kind;
	const char *to;
	const char *ring_back;		 /* URL of what the caller hears meanwhile, or NULL */
	const char *send_digits;	 /* after the answer, or NULL */
	const char *username, *password; /* for challenges, or NULL */
	const struct step_pair *pairs;
	size_t pair_count;
	const struct step_machine *machine; /* or NULL: it is not listened */
	struct step_hook screen;	    /* script that the callee hears before it is connected */
	struct step_hook status;
};

enum step_dial_record { STEP_RECORD_NOT, STEP_RECORD_ANSWER, STEP_RECORD_RINGING };
enum step_track { STEP_TRACK_BOTH, STEP_TRACK_INBOUND, STEP_TRACK_OUTBOUND };

struct step_dial {
	const struct step_target *targets;
	size_t target_count;
	bool sequential;
	bool hang_up_on_star;  /* the caller's * ends the other call */
	unsigned time_limit_s; /* 0: none */
	bool replaceable;      /* what status hooks answer is the next document */
	bool any_caller_id;    /* one of the account's numbers */
	const char *ring_back; /* URL of what the caller hears meanwhile, or NULL */
	const char *ring_tone; /* country of the tone that the caller hears, or NULL */
	enum step_dial_record record;
	struct step_hook refer; /* asked when the callee transfers */
};

/* What every recording may have. */
struct step_recording {
	const char *name;
	bool dual; /* a channel for each side */
	bool trim;
	enum step_track track;
	const char *format; /* "wav", "mp3", "ogg"; NULL: what the conf says */
	struct step_hook status;
};

struct step_speech {
	bool dtmf, speech;    /* what is listened to */
	const char *language; /* NULL: as is usual */
	const char *hints;    /* words and phrases with commas between, or NULL */
	bool profanity_filter;
	unsigned start_ms;   /* at least so long it may take to begin */
	unsigned silence_ms; /* that ends it; 0: the recogniser says when */
	unsigned max_ms;     /* from its beginning */
	struct step_hook partial;
};

enum { STEP_STREAM_PAIRS_MAX = 64 };

/* A call's audio live to a program. */
struct step_stream {
	const char *url, *name; /* the second may be NULL */
	enum step_track track;
	unsigned rate;		       /* 0: as the dialect has it */
	const char *codec;	       /* as SignalWire writes it, or NULL */
	const char *authorization;     /* of the upgrade, or NULL */
	const struct step_pair *pairs; /* that its first message has */
	size_t pair_count;
	struct step_hook status;
};

/* What is said on a call, told while it is said. */
struct step_transcription {
	const char *name, *language, *hints;	    /* as in step_speech; each may be NULL */
	const char *inbound_label, *outbound_label; /* what who is told calls the sides, or NULL */
	enum step_track track;
	bool partials; /* what may still change is told, too */
	bool profanity_filter;
	struct step_hook status;
};

/* Names of calls. */
struct step_calls {
	bool given;
	const char *const *list;
	size_t count;
};

struct step_room {
	struct step_calls speaks_to, hears; /* those alone, when given */
	struct step_hook status;
	struct step_hook wait; /* what those who wait hear */
	const char *label;
};

struct step_queue {
	struct step_hook wait;
	unsigned max_size; /* 0: as is usual */
};

struct step {
	enum step_kind kind;
	int line, column; /* in its document, from 1 */
	const char *text, *voice, *language;
	const char *markup; /* Say: the text with its SSML, as one <speak> element, or NULL: there is none */
	const char *action; /* URL asked when it is done, or NULL */
	bool post;	    /* method of action or Redirect: POST, else GET */
	bool action_when_empty; /* Gather: ask action also without digits */
	bool beep, answer_on_bridge;
	bool barge_in;			  /* Say, Play: a key ends it; Gather: a key ends its prompts */
	bool in_background;		  /* Gather: the script goes on; each key is told to action */
	double level;			  /* Say, Play: louder (to 1) or softer (to -1) */
	bool muted, starts, ends, record; /* in a conference */
	const char *beeps;		  /* none, enter, exit, both */
	unsigned max_participants;	  /* 0: as usual */
	const char *music; /* URL, file or tone that those who wait hear; NULL or "": silence */
	const char *coach; /* call that alone hears it, or NULL */
	unsigned loop;	   /* 0: for ever */
	unsigned timeout_s, max_digits, max_length_s;
	unsigned ms;
	const char *finish_on, *caller_id;
	int code; /* SIP */
	const struct step *nested;
	size_t nested_count;
	const struct step_dial *dial;
	const struct step_recording *recording;
	const struct step_speech *speech;
	const struct step_room *room;
	const struct step_stream *stream;
	const struct step_transcription *transcription;
	const struct step_queue *queue;
};

struct script_pool;

struct script {
	const struct step *steps;
	size_t count;
	struct script_pool *pool;
};

/* An empty script, or NULL. */
struct script *script_alloc(void);
void script_free(struct script *script);

/* Memory that goes with the script, zeroed; NULL when there is none. */
void *script_memory(struct script *script, size_t size);
/* A copy that goes with the script; NULL for NULL, or without memory. */
char *script_text(struct script *script, const char *text, size_t size);

/* Steps while they are gathered. */
struct step_list {
	struct step *list;
	size_t count, room;
};

/* A new step at the end, valid until the next is added; NULL without memory. */
struct step *steps_add(struct step_list *steps, enum step_kind kind, int line, int column);
/* Moves the list into the script and empties it. NULL: it was empty, or there is no memory. */
const struct step *steps_keep(struct script *script, struct step_list *steps);

/* "Say", "Play", … as users know them. */
const char *step_name(enum step_kind kind);

#endif
