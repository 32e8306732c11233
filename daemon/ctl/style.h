/* style: colours for people at a terminal. None where the output goes elsewhere, TERM is "dumb" or NO_COLOR
 * is set (no-color.org). */
#ifndef OFFHOOK_CTL_STYLE_H
#define OFFHOOK_CTL_STYLE_H

#include <stdio.h>

enum style { STYLE_PLAIN, STYLE_BOLD, STYLE_GOOD, STYLE_WARNING, STYLE_BAD };

/* What switches it on for what is printed next; STYLE_PLAIN ends it. "" where there are no colours. */
const char *style(enum style wanted, FILE *to);

#endif
