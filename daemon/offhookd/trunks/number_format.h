/* number_format: numbers as a trunk writes them, and as we do. Pure functions, no state.
 *
 * Inside Offhook a number is E.164 with its "+" ("+15551234567"). A carrier may want it without the "+", or
 * as it is dialled in its country ("05551234567", and "00" before a foreign one), with digits of its own in
 * front; and it sends them in some such writing too. Short numbers (112, 100: phone_number.h) are the same in
 * every writing. What is no number (a name, "anonymous", "*98") passes as it is. */
#ifndef OFFHOOK_SWITCH_NUMBER_FORMAT_H
#define OFFHOOK_SWITCH_NUMBER_FORMAT_H

#include "lib/conf.h"

enum { NUMBER_TEXT_MAX = 256 };

/* The number that is dialled, as the trunk wants it: written in its way, then `strip_out` characters taken
 * from the front, then `prepend_out` put there. */
void number_format_out(char out[NUMBER_TEXT_MAX], const struct conf_numbering *numbering, const char *number);

/* A caller's number, as the trunk wants it: written in its way. */
void number_format_caller(char out[NUMBER_TEXT_MAX], const struct conf_numbering *numbering,
			  const char *number);

/* What the trunk says was dialled, in E.164 where it is a number: `strip_in` characters taken from the front,
 * `prepend_in` put there, then read in its writing. Returns whether it is a number. */
bool number_format_in(char out[NUMBER_TEXT_MAX], const struct conf_numbering *numbering, const char *text);

/* A caller as the trunk says it, in E.164 where it is a number. Returns whether it is one. */
bool number_format_caller_in(char out[NUMBER_TEXT_MAX], const struct conf_numbering *numbering,
			     const char *text);

#endif
