/* grammar: what TwiML and LaML have: each element with its attributes, where it may stand, and what of it is
 * built. Data alone; the readers ask it what to say of things that they pass over. */
#ifndef OFFHOOK_API_TWIML_GRAMMAR_H
#define OFFHOOK_API_TWIML_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>

struct twiml_element {
	const char *name;
	/* Names, separated by blanks; one with "!" before it is known to the vendors, and not built here. */
	const char *attributes, *children;
	const char *vendors; /* NULL: Twilio and SignalWire */
};

/* The element of that name inside of `parent` (NULL: the root), or NULL: nobody knows it there. */
const struct twiml_element *grammar_element(const char *parent, const char *name);

enum grammar_word { GRAMMAR_UNKNOWN, GRAMMAR_NOT_BUILT, GRAMMAR_BUILT };
/* What a list of names says of one. Case counts. */
enum grammar_word grammar_word(const char *list, const char *name);
/* The same, whatever the case; *exact gets the name as it is written right, of `size` bytes. */
enum grammar_word grammar_like(const char *list, const char *name, char *exact, size_t size);

/* Writes those that are built as "a, b, c"; "none" when there is none. */
void grammar_possible(const char *list, char *out, size_t size);

#endif
