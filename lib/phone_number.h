/* phone_number: how a number that somebody dials is understood.
 *
 * Inside Offhook a number is E.164 with its "+". What is dialled may be the number as it is dialled in a
 * country ("030 1234567"), which only that country's plan can tell (libphonenumber, behind the functions with
 * `country`); or a short number, which is none of E.164's and stays as it was dialled: emergency numbers,
 * services of a network, extensions, star codes.
 *
 * Countries are ISO 3166-1 codes in capitals. Threads: any. */
#ifndef OFFHOOK_LIB_PHONE_NUMBER_H
#define OFFHOOK_LIB_PHONE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	PHONE_NUMBER_SIZE = 32,	   /* of a text that holds any number */
	PHONE_NUMBER_SHORT_MAX = 6 /* digits; no country has numbers of E.164 so short */
};

/* Writes what was dialled without what people put between digits (spaces, - . ( )): a "+" at its front,
 * digits, * and #. False when there is anything else, nothing, or more than fits. */
bool phone_number_bare(char out[PHONE_NUMBER_SIZE], const char *text);

/* Whether a bare text is a short number: 2 to 6 digits, or up to 8 characters that begin with * or #. */
bool phone_number_is_short(const char *text);

/* Whether there is a numbering plan for it: "DE". */
bool phone_number_is_country(const char *country);

/* Whether a bare text is one that networks everywhere take for an emergency number. */
bool phone_number_is_emergency_everywhere(const char *text);

/* Whether a bare text is an emergency number in `country`; those that networks everywhere take for one (3GPP
 * TS 22.101, 10.1.1) are, also with country NULL. */
bool phone_number_is_emergency(const char *text, const char *country);

/* Its calling code: 49 for "DE"; 0: none. */
unsigned phone_number_country_code(const char *country);

/* Reads a bare text as it is dialled in `country`, with the country's prefixes: E.164 in `out`. False when no
 * such number can be. */
bool phone_number_read(char out[PHONE_NUMBER_SIZE], const char *text, const char *country);

/* What kind of number of E.164 it is, by its country's plan; LOCAL where that does not say. */
enum phone_number_kind { PHONE_NUMBER_LOCAL, PHONE_NUMBER_MOBILE, PHONE_NUMBER_TOLL_FREE };
enum phone_number_kind phone_number_kind(const char *e164);

enum { PHONE_NUMBER_COUNTRY_SIZE = 4 };
/* The country of a number, or of the beginning of one: "DE"; of those that share a calling code the main one,
 * where the number does not tell. Returns `out`; empty: there is none. */
char *phone_number_country(char out[PHONE_NUMBER_COUNTRY_SIZE], const char *e164);

/* How many digits numbers usually have that begin like this one, with the country's code; 0: nobody knows. */
unsigned phone_number_usual_length(const char *e164);

enum { PHONE_NUMBER_SHOWN_SIZE = 48 };

/* Writes a number of E.164 as people read it: as in their own country for those of the North American plan,
 * "(555) 000-1001", else with the country, "+49 30 1234567". What is no such number stays as it is, cut to
 * fit. Returns `out`. */
char *phone_number_show(char out[PHONE_NUMBER_SHOWN_SIZE], const char *e164);

#ifdef __cplusplus
}
#endif

#endif
