/* problem: what a compiler has to say about a document: where, how grave, and in one sentence what, with what
 * would be right. A list of them is bounded; what is beyond is counted. Pure data; one thread at a time. */
#ifndef OFFHOOK_API_PROBLEM_H
#define OFFHOOK_API_PROBLEM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

enum { PROBLEMS_MAX = 100 };

struct problem {
	int line, column;	   /* from 1, in characters; 0: of the document as a whole */
	bool error;		   /* it does not run at all; else a warning */
	char *message;		   /* one sentence */
	char *element, *attribute; /* NULL: it is of none */
};

struct problems {
	struct problem *list;
	size_t count;
	size_t more; /* that were not kept */
	bool failed; /* there is an error among them */
};

/* Where something stands. Strings may be NULL, and are copied. */
struct problem_place {
	int line, column;
	const char *element, *attribute;
};

/* Adds one; without memory it is counted as one more. */
void problems_add(struct problems *problems, bool error, const struct problem_place *place,
		  const char *format, ...) __attribute__((format(printf, 4, 5)));
void problems_vadd(struct problems *problems, bool error, const struct problem_place *place,
		   const char *format, va_list args) __attribute__((format(printf, 4, 0)));

/* Whether no warning more is kept; then it is counted here, and need not be added. Asked before a place is
 * looked up: that takes as long as the document is, and a document may have a problem in each of its bytes.
 */
bool problems_full(struct problems *problems);

/* "Line 3, column 7, <Dial>: …" of the first error, or of the first problem. Empty when there is none. */
void problems_say(const struct problems *problems, char *out, size_t size);

/* Frees what is in it. */
void problems_clear(struct problems *problems);

#endif
