/* link_private: inside of link, for link*.c alone. */
#ifndef OFFHOOK_API_LINK_PRIVATE_H
#define OFFHOOK_API_LINK_PRIVATE_H

#include "daemon/api/switch/one.h"

struct gather;

struct link {
	struct link_setup setup;
	struct one **ones;
	struct control_tls **tls;     /* of each of them, or NULL */
	struct control_place *places; /* theirs */
	size_t count;
	struct one *back; /* while it is told that it is */
	struct gather *gathers;
	size_t turn; /* where the search for the least loaded one begins */
	char *socket;
};

/* link_route.c: to which switch a request goes, of several. */
int link_route(struct link *link, const char *method, json_t *params, control_client_reply_h *reply,
	       void *arg);
struct one *link_by_name(const struct link *link, const char *name);
/* The one that has the call or the conference; NULL: that is not known. */
struct one *link_of_call(const struct link *link, const char *call);
struct one *link_of_conference(const struct link *link, const char *conference);

/* link_gather.c: what is asked of all switches, or cannot be asked. */
enum gathering {
	GATHER_ALL,	 /* arrays of the answers one behind another; of what is no array, the first's */
	GATHER_SUM,	 /* figures, added up */
	GATHER_ANY_GOOD, /* the first answer that is no error, once all have answered; else the first error */
};
/* As link_call(), of every switch that is ready. */
int gather_start(struct link *link, enum gathering kind, const char *method, json_t *params,
		 control_client_reply_h *reply, void *arg);
/* `reply` gets this error, later. */
int gather_refuse(struct link *link, int code, const char *message, control_client_reply_h *reply, void *arg);
/* link_sum.c: adds numbers to those of the same name; rows of an array are the same where their texts are,
 * and `bounds` of histograms stay. */
void gather_add_figures(json_t *to, const json_t *from);
/* Nobody is answered any more. */
void gather_end(struct link *link);

#endif
