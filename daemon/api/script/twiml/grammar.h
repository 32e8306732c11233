/* grammar: what TwiML and LaML have: each element with its attributes, where it may stand, and what of it is
 * built. Data alone; the readers ask it what to say of things that they pass over. */
#ifndef OFFHOOK_API_TWIML_GRAMMAR_H
#define OFFHOOK_API_TWIML_GRAMMAR_H

struct twiml_element {
	const char *name;
	/* Words (words.h). */
	const char *attributes, *children;
	const char *vendors; /* NULL: Twilio and SignalWire */
};

/* The element of that name inside of `parent` (NULL: the root), or NULL: nobody knows it there. */
const struct twiml_element *grammar_element(const char *parent, const char *name);

#endif
