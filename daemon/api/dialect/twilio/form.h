/* form: the parameters of a request, a query or a form, read one by one: the first that is wrong is kept for
 * the answer. A name that nobody asks for is ignored, as the vendors do; one that is empty is as good as not
 * there, but for form_has(). */
#ifndef OFFHOOK_API_TWILIO_FORM_H
#define OFFHOOK_API_TWILIO_FORM_H

#include "daemon/api/http/query.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* What is told to who asked. */
struct trouble {
	int status; /* HTTP; 0: there is none */
	int code;   /* Twilio's */
	char message[400];
};

struct form {
	const struct query *query;
	struct trouble trouble;
};

enum { TROUBLE_PARAMETER = 20001, TROUBLE_URL = 21205 };

void form_init(struct form *form, const struct query *query);

/* Keeps what is wrong (status 400), if it is the first. */
void form_fail(struct form *form, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Whether it is there, perhaps empty. */
bool form_has(const struct form *form, const char *name);
/* The value, or NULL. */
const char *form_text(const struct form *form, const char *name);
/* The same of an absolute http or https URL. */
const char *form_url(struct form *form, const char *name);
/* These return true when it is there and good, and leave *out otherwise. */
bool form_int(struct form *form, const char *name, int64_t min, int64_t max, int64_t *out);
bool form_bool(struct form *form, const char *name, bool *out);
/* `words` ends with NULL; without regard to capitals. */
bool form_word(struct form *form, const char *name, const char *const words[], int *out);
/* GET or POST; *out is whether it is POST. */
bool form_method(struct form *form, const char *name, bool *out);
/* The values of a name that may be repeated, or hold several words with spaces or commas between them: bit i
 * for words[i]. */
bool form_words(struct form *form, const char *name, const char *const words[], unsigned *out);
/* A date or a time: see date_read(). */
bool form_date(struct form *form, const char *name, int64_t *from, int64_t *to);
/* NAME, NAME<=, NAME>= …: a range of times [UTC ms], *from inclusive, *to exclusive, narrowed by each; 0:
 * open. */
void form_range(struct form *form, const char *name, int64_t *from, int64_t *to);

#endif
