/* conf_lexer: the tokens of libConfuse's syntax, with their lines. Internal to the conf loader. */
#ifndef OFFHOOK_LIB_CONF_LEXER_H
#define OFFHOOK_LIB_CONF_LEXER_H

#include "lib/conf.h"

#include <stddef.h>

enum conf_token_kind {
	CONF_TOKEN_END,
	CONF_TOKEN_WORD,   /* without quotes, or ${VARIABLE} */
	CONF_TOKEN_STRING, /* with its quotes */
	CONF_TOKEN_APPEND, /* += */
	CONF_TOKEN_SIGN,   /* one of = { } ( ) , */
};

struct conf_token {
	enum conf_token_kind kind;
	const char *text; /* into the lexer's text */
	size_t length;
	int line;
	bool bad; /* a string that was reported: whatever it belongs to is to be left out */
};

struct conf_lexer {
	const char *file;
	const char *at, *end;
	int line;
	struct conf_errors *errors;
	struct conf_token next; /* the token that was looked at, and not yet taken */
	bool has_next;
};

void conf_lexer_init(struct conf_lexer *lexer, const char *file, const char *text, size_t length,
		     struct conf_errors *errors);

/* Takes the next token. What is no token (a string without an end, a stray character) is reported and
 * skipped. */
struct conf_token conf_lexer_take(struct conf_lexer *lexer);

/* Looks at the next token without taking it. */
const struct conf_token *conf_lexer_peek(struct conf_lexer *lexer);

/* Whether a title and a brace come next: of `number "title" {`, behind the name. */
bool conf_lexer_is_at_title(const struct conf_lexer *lexer);

/* Whether the token is that sign. */
bool conf_token_is(const struct conf_token *token, char sign);

#endif
