/* conference_private: what conference.c and conference_media.c share. */
#ifndef OFFHOOK_SWITCH_CONFERENCE_PRIVATE_H
#define OFFHOOK_SWITCH_CONFERENCE_PRIVATE_H

#include "daemon/offhookd/conference/conference.h"

enum conference_status { CONFERENCE_INIT, CONFERENCE_IN_PROGRESS, CONFERENCE_COMPLETED };

struct participant {
	struct call_owner owner;	 /* first: of its call */
	struct participant *prev, *next; /* of the conference, first come first */
	struct conference *conference;
	struct call *call; /* held */
	struct conference_how how;
	bool talking;
	int64_t joined; /* UTC ms */
};

struct conference {
	UT_hash_handle hh;
	struct conferences *all;
	struct event *empty;	 /* ends it when nobody comes; NULL: somebody has, or it waits for ever */
	struct media_room *room; /* NULL when it is over */
	char id[UUID_TEXT_SIZE];
	char *name, *account;
	enum conference_status status;
	enum conference_why why;	 /* it ended, when it has */
	char ended_by[UUID_TEXT_SIZE];	 /* the call whose leaving did, or "" */
	int64_t created, started, ended; /* UTC ms; 0: not yet */
	unsigned max;
	bool wait, record, trim_silence, ending;
	bool pairs; /* not all hear all, or it was so once */
	struct participant *list;
	size_t count;
	struct recording recording;
};

/* How the call takes part, or NULL: in none. */
struct participant *participant_of(const struct call *call);

/* conference_hearing.c: where not all hear all (`pairs`). Whom one does not hear. */
struct hearing_unheard {
	struct media_session *list[MEDIA_UNHEARD_MAX];
	size_t count; /* may be more */
};
void hearing_find(struct hearing_unheard *out, const struct participant *participant);
/* How it takes part, as media has it. What it points to is in *unheard, which is filled. */
struct media_member hearing_member(const struct participant *participant, struct hearing_unheard *unheard);
/* Whether media can keep apart those that do not hear each other. */
bool hearing_is_possible(const struct conference *conference);
/* Tells media whom each hears but `participant` (or NULL), whose coming or change it is about. */
void hearing_settle(struct conference *conference, const struct participant *participant);

/* params {"conference": snapshot without participants} and `more` (stolen, may be NULL). */
void conference_publish(struct conference *conference, const char *method, json_t *more);

#endif
