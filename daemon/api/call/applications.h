/* applications: documents and callbacks under one id, which calls and numbers are handed to.
 *
 * The settings of an application, and of a number (numbers.h), are members of an object: "voice_url",
 * "fallback_url", "status_callback", and "voice_method", "fallback_method", "status_callback_method" ("GET",
 * else by POST); a dialect may keep more there, which nobody else looks at. */
#ifndef OFFHOOK_API_CALL_APPLICATIONS_H
#define OFFHOOK_API_CALL_APPLICATIONS_H

#include "daemon/api/call/desk.h"

enum { APPLICATIONS_MAX = 1000 /* of an account */, APPLICATION_NAME_MAX = 64 /* characters */ };

/* What is asked for; NULL: as it is. */
struct entry_wish {
	const char *name;
	json_t *settings; /* members that take the place of those of the same name; null: of nothing */
	/* Of a number: its application's id, "" for none. */
	const char *application;
};

/* False: *fault says why, *out is empty. */
bool application_find(const struct asker *by, const char *id, struct entry_row *out, struct fault *fault);
/* Those of the account; `name` NULL: all. */
bool application_page(const struct asker *by, const char *name, const struct rows_page *page, entry_h *each,
		      void *arg, struct fault *fault);
/* Makes one (id NULL), or changes it: calls that come from now on, also to numbers that are handed to it. */
void application_put(const struct asker *by, const char *id, const struct entry_wish *wish,
		     entry_done_h *handler, void *arg);
/* Numbers that were handed to it have their own settings again. */
void application_delete(const struct asker *by, const char *id, done_h *handler, void *arg);

/* Whether a member of the settings is "GET", and not POST, as without it. */
bool entry_is_get(const json_t *settings, const char *name);

/* Inside of applications and numbers: the settings with the wish's in them. */
void entry_apply(struct entry_row *row, const struct entry_wish *wish);
/* Whether its URLs are such, its name not too long. */
bool entry_check(const struct entry_wish *wish, struct fault *fault);

#endif
