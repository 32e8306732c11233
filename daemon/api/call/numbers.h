/* numbers: the account's numbers: those of the conf, and those that were set up here (lib/conf_numbers.h).
 *
 * What was set is in the database; at the start it is put on top of the conf, where scripts, webhooks and
 * everybody else find it, and the switch is told whenever it can be talked to: which numbers there are, and
 * whether their calls are ours to take. */
#ifndef OFFHOOK_API_CALL_NUMBERS_H
#define OFFHOOK_API_CALL_NUMBERS_H

#include "daemon/api/call/applications.h"
#include "lib/phone_number.h"
#include "lib/random.h"

enum { NUMBERS_MAX = 10000 /* that an account may have set up */ };

struct number_info {
	const struct conf_number *number; /* as it is in force */
	char id[UUID_TEXT_SIZE];
	bool in_file;	      /* the conf file has it */
	struct entry_row row; /* what was set; empty (nr 0): nothing */
};
void number_info_clear(struct number_info *info);

/* False: *fault says why, *out is empty. */
bool number_find(const struct asker *by, const char *id, struct number_info *out, struct fault *fault);

struct number_filter {
	const char *part; /* of the number; "*" is any digit; NULL: any */
	const char *friendly_name;
	const enum phone_number_kind *kind; /* NULL: any */
};
typedef bool number_h(const struct number_info *info, void *arg);
/* Those of the account, the conf file's first, in an order that stays; `offset` are left out in front. */
bool number_list(const struct asker *by, const struct number_filter *filter, int64_t offset, int64_t limit,
		 number_h *each, void *arg, struct fault *fault);

/* Numbers that the account could set up: of its account { numbers }, that nobody has. */
struct number_offer {
	const char *country; /* or NULL: any */
	enum phone_number_kind kind;
	const char *area; /* digits behind the country's code; or NULL */
	const char *part; /* as of number_filter, and its end with "*" for any; or NULL */
};
typedef bool number_offer_h(const char *number, void *arg);
/* In their order, until `each` says false; of a beginning that stands for more than 1,000 the first of them.
 */
void number_offers(const struct asker *by, const struct number_offer *offer, number_offer_h *each, void *arg);
/* The countries of which it has such beginnings, each once. */
typedef void number_country_h(const char *country, void *arg);
void number_countries(const struct asker *by, number_country_h *each, void *arg);
/* Whether `part` is somewhere in the number; "*" is any digit. */
bool number_has_part(const char *number, const char *part);

typedef void number_done_h(const struct fault *fault, const struct number_info *info, void *arg);
/* A new number, E.164 or as it is dialled in the account's country, that nobody has; a trunk of the account
 * has to bring it, unless there are no trunks at all. Its calls are taken once it is told. */
void number_create(const struct asker *by, const char *number, const struct entry_wish *wish,
		   number_done_h *handler, void *arg);
void number_change(const struct asker *by, const char *id, const struct entry_wish *wish,
		   number_done_h *handler, void *arg);
/* One that the conf file does not have. */
void number_delete(const struct asker *by, const char *id, done_h *handler, void *arg);

/* At the start: what was set is put on top of the conf. Returns 0 or EIO. */
int numbers_load(const struct conf *conf, struct store *store) __attribute__((warn_unused_result));
/* The switch can be talked to (again). */
void numbers_ready(const struct desk *desk);
/* An application is another now; or is gone. */
void numbers_renew(const struct desk *desk, const char *application);
void numbers_leave(const struct desk *desk, const char *application);

/* Inside of numbers: puts one on top of the conf; 0 or as conf_numbers_set(), or EIO. */
int numbers_put_in_force(const struct conf *conf, struct store *store, const struct entry_row *row);
/* As the database has it, here and in the switch. */
void numbers_restore(const struct desk *desk, const char *number);
/* What the switch is told of it: a new object. */
json_t *numbers_told(const struct conf_number *number);

#endif
