/* twiml: documents whose root is <Response> (TwiML, LaML) to steps.
 *
 * A document runs as far as it can be understood, as its vendors run it: elements and attributes that nobody
 * knows, or that are not built here, are passed over; a value out of range is its default; each time with a
 * warning that names line, column and what is possible there. An error is only what is no XML, has another
 * root, or is beyond the limits. Parsed without network and without files: entities of its own are expanded
 * within libxml2's limits, others are empty. Any encoding that iconv knows. One thread at a time. */
#ifndef OFFHOOK_API_TWIML_H
#define OFFHOOK_API_TWIML_H

#include "daemon/api/script/steps/problem.h"
#include "daemon/api/script/steps/step.h"

enum { TWIML_SIZE_MAX = 256 * 1024, TWIML_STEPS_MAX = 500, TWIML_TEXT_MAX = 4096 };

/* Compiles `size` bytes; `charset` is that of their Content-Type, or NULL. Adds to *problems. Returns 0 with
 * a new script, EINVAL when there is an error among the problems, or ENOMEM. */
int twiml_compile(struct script **out, const char *bytes, size_t size, const char *charset,
		  struct problems *problems) __attribute__((warn_unused_result));
/* The same; *text (`text` may be NULL) is then the document in UTF-8, a new string. */
int twiml_compile_kept(struct script **out, char **text, const char *bytes, size_t size, const char *charset,
		       struct problems *problems) __attribute__((warn_unused_result));

#endif
