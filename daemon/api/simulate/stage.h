/* stage: the switch of a simulation: takes what the engine asks a switch for (doc/control-protocol.md), has
 * the calls of the story, lets those who make them and those who are dialled do what the story says, and
 * tells what happens as events. Everything takes the time that it would take, on the clock of the simulation.
 *
 * Filled in: stage_begin(), then `link`. It knows no route, price, limit or codec: whoever is dialled is
 * there. Threads: one. Shutdown: stage_clear() before the clock ends; answers that wait are dropped. */
#ifndef OFFHOOK_API_STAGE_H
#define OFFHOOK_API_STAGE_H

#include "daemon/api/simulate/story.h"
#include "daemon/api/simulate/ticks.h"
#include "daemon/api/simulate/transcript.h"
#include "lib/control_client.h"

enum { STAGE_ID_SIZE = 40, STAGE_CALLS_MAX = 200, STAGE_KEYS_SIZE = 128 };

struct link;
struct stage;
struct stage_room;

/* What a name stands for that the engine has played. */
struct stage_sound {
	struct stage_sound *next;
	char name[24];
	json_t *shown; /* {"say"|"play"|"silence": …} */
	int64_t lasts_ms;
};

struct stage_call {
	struct stage_call *next;
	struct stage *stage;
	char id[STAGE_ID_SIZE];
	json_t *snapshot;
	bool over, answered;
	/* what it does of itself */
	const struct story_call *told;
	const struct story_callee *callee;
	struct story_act own; /* of a callee: the keys that it presses */
	const struct story_act *acts;
	size_t act_count, act;
	int64_t acted_ms;     /* when the act before was */
	const char *keys;     /* the rest of those that are being pressed */
	struct tick acting;   /* its next act, or key */
	struct tick due;      /* its beginning; of a callee: what becomes of it */
	struct tick leaving;  /* a callee hangs up; a time limit */
	struct tick unwanted; /* it has rung long enough */
	/* what it hears, and what is listened for */
	int64_t play_id; /* 0: nothing */
	json_t *heard;	 /* of the transcript, or NULL */
	bool barge_in;
	struct tick play;
	bool collecting;
	char digits[STAGE_KEYS_SIZE], finish_on[STAGE_KEYS_SIZE];
	size_t max_digits;
	int64_t digit_timeout_ms;
	struct tick collect;
	/* recordings */
	struct stage_recording *recordings;
	struct stage_stream *streams;
	int64_t spoke_until_ms; /* it speaks until then */
	/* whom it talks to */
	struct stage_call *parent, *bridge;
	bool screened; /* it is connected only when the script says so */
	int64_t time_limit_ms;
	bool moderates, ends; /* of its conference */
	struct stage_room *room;
};

struct stage_recording {
	struct stage_recording *next;
	struct stage_call *call;
	char id[STAGE_ID_SIZE];
	int64_t begun_ms, begun_utc_ms, silence_ms; /* 0: any silence */
	int channels;
	bool trim, spoken, bounded; /* somebody spoke; it is a script's that waits for it */
	struct tick longest, silent;
};

struct stage_stream {
	struct stage_stream *next;
	struct stage_call *call;
	json_t *asked; /* params of its call.stream */
	struct tick next_state;
};

struct stage_room {
	struct stage_room *next;
	char id[STAGE_ID_SIZE];
	char *name;
	const char *account;
	const char *status;
	int64_t created, started;
	int64_t max;
	bool waits;
	unsigned count;
};

struct stage_start {
	struct tick tick;
	struct stage *stage;
	size_t index; /* of the story's calls */
};

struct stage_reply {
	struct stage_reply *next;
	control_client_reply_h *reply;
	void *arg;
	json_t *result, *error;
};

struct stage_setup {
	struct ticks *ticks;
	struct transcript *transcript;
	const struct story *story;
	const char *account;
	/* A call of the story is there, and its script may begin: inbound and ringing, or outbound and
	 * answered. */
	void (*begin)(const char *call, const struct story_call *told, void *arg);
	void *arg;
};

struct stage {
	struct stage_setup with;
	struct link *link;
	char switch_id[STAGE_ID_SIZE];
	int64_t seq, plays;
	unsigned sound_count;
	size_t call_count, dialled;
	bool taken[STORY_CALLEES_MAX]; /* those of the story that were dialled */
	struct stage_start starts[STORY_CALLS_MAX];
	size_t to_start; /* calls of the story that have not begun */
	struct stage_call *calls;
	struct stage_room *rooms;
	struct stage_sound *sounds;
	struct stage_reply *replies, **last_reply;
	/* A call is about to be over; is over. */
	void (*leaves)(struct stage_call *call);
	void (*ended)(struct stage_call *call);
};

void stage_begin(struct stage *stage, const struct stage_setup *setup);
void stage_clear(struct stage *stage);

/* A link_stage_h; `arg` is the stage. */
int stage_request(const char *method, json_t *params, control_client_reply_h *reply, void *reply_arg,
		  void *arg);
/* Gives the answers that wait. False: there were none. */
bool stage_answer(struct stage *stage);
/* Nothing happens before the clock moves on: those act who wait for being listened to. */
void stage_idle(struct stage *stage);
/* Nothing will happen any more: whoever has something left to do does it. False: nobody has. */
bool stage_nudge(struct stage *stage);
/* Whether all calls of the story are over. */
bool stage_is_over(const struct stage *stage);
/* A name for something to be played; NULL without memory. `shown` is stolen. */
const char *stage_sound(struct stage *stage, json_t *shown, int64_t lasts_ms);
/* The calls, as they were in the end. New reference. */
json_t *stage_calls(const struct stage *stage);

/* ---- for the stage_*.c alone ---- */

typedef json_t *stage_method_h(struct stage *stage, struct stage_call *call, const json_t *params,
			       json_t **error);
struct stage_method {
	const char *name;
	stage_method_h *run;
	bool needs_call; /* one that is not over */
};
extern const struct stage_method stage_sound_methods[], stage_join_methods[], stage_room_methods[],
    stage_stream_methods[];

/* stage_call.c */
/* {"code", "message"}. */
json_t *stage_fault(int code, const char *message);
/* {"call": snapshot}. */
json_t *stage_shown(const struct stage_call *call);
struct stage_call *stage_find(const struct stage *stage, const char *id);
/* A new call, queued; NULL: there are too many. `id` NULL: drawn. Strings are copied. */
struct stage_call *stage_call_new(struct stage *stage, const char *id, const char *name, const char *from,
				  const char *to, bool outbound, struct stage_call *parent);
/* Tells an event of a call; `more` (stolen, may be NULL) goes with it. */
void stage_tell(const struct stage_call *call, const char *type, json_t *more);
/* An event with those params (stolen). */
void stage_publish(struct stage *stage, const char *type, json_t *params);
void stage_state(struct stage_call *call, const char *status);
/* `reason` may be NULL; code 0: none. */
void stage_end(struct stage_call *call, const char *status, const char *by, int code, const char *reason);

/* stage_sound.c */
void stage_press(struct stage_call *call, char key);
void stage_speak(struct stage_call *call, int64_t ms);
void stage_silence(struct stage_call *call); /* nothing is played, collected or recorded any more */
bool stage_listens(const struct stage_call *call);

/* stage_join.c */
void stage_connect(struct stage_call *a, struct stage_call *b);
void stage_part(struct stage_call *call);
/* The call is over: whoever was dialled for it is hung up. */
void stage_drop_children(struct stage_call *call);

/* stage_stream.c */
void stage_end_streams(struct stage_call *call);  /* they stop */
void stage_drop_streams(struct stage_call *call); /* and nobody is told */

/* stage_room.c */
void stage_leave_room(struct stage_call *call);

/* stage_act.c */
/* A call of the story will begin when it is to. */
void stage_start_call(struct stage *stage, size_t index);
/* The call begins to do what it does. */
void stage_act_begin(struct stage_call *call, const struct story_act *acts, size_t count);

#endif
