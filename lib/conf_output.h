/* conf_output: the text that libConfuse is given, and where each of its lines comes from. Internal to the
 * conf loader. Without memory source->no_memory is set, and nothing more is written. */
#ifndef OFFHOOK_LIB_CONF_OUTPUT_H
#define OFFHOOK_LIB_CONF_OUTPUT_H

#include "lib/conf_lexer.h"
#include "lib/conf_source.h"

/* Where the output stood, to take back what a bad statement has put out. */
struct conf_mark {
	size_t length, line_count;
};

/* Makes it an empty text. */
void conf_put_begin(struct conf_source *source);
/* Puts out a token of `file`, on a line of the output that stands for the token's. */
void conf_put_token(struct conf_source *source, const char *file, const struct conf_token *token);
/* The same for a sign of our own. */
void conf_put_sign(struct conf_source *source, const char *file, const char *sign, int line);

struct conf_mark conf_set_mark(const struct conf_source *source);
void conf_take_back(struct conf_source *source, struct conf_mark mark);

#endif
