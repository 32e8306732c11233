/* conf_lexer: see conf_lexer.h. It accepts what libConfuse's own lexer reads without an error, and nothing
 * more. */
#include "lib/conf_lexer.h"

#include "lib/conf_error.h"

#include <ctype.h>
#include <string.h>

void conf_lexer_init(struct conf_lexer *lexer, const char *file, const char *text, size_t length,
		     struct conf_errors *errors)
{
	memset(lexer, 0, sizeof(*lexer));
	lexer->file = file;
	lexer->at = text;
	lexer->end = text + length;
	lexer->line = 1;
	lexer->errors = errors;
	/* An editor's byte order mark. */
	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		lexer->at += 3;
}

bool conf_token_is(const struct conf_token *token, char sign)
{
	return token->kind == CONF_TOKEN_SIGN && token->text[0] == sign;
}

static bool starts_with(const struct conf_lexer *lexer, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(lexer->end - lexer->at) >= n && memcmp(lexer->at, text, n) == 0;
}

static void skip_line(struct conf_lexer *lexer)
{
	while (lexer->at < lexer->end && *lexer->at != '\n')
		lexer->at++;
}

static void skip_long_comment(struct conf_lexer *lexer)
{
	int first = lexer->line;

	for (lexer->at += 2; lexer->at < lexer->end; lexer->at++) {
		if (starts_with(lexer, "*/")) {
			lexer->at += 2;
			return;
		}
		if (*lexer->at == '\n')
			lexer->line++;
	}
	conf_errors_add(lexer->errors, lexer->file, first,
			"the comment that begins here has no end; allowed: */");
}

static void skip_space(struct conf_lexer *lexer)
{
	while (lexer->at < lexer->end) {
		if (*lexer->at == '\n')
			lexer->line++;
		if (isspace((unsigned char)*lexer->at))
			lexer->at++;
		else if (*lexer->at == '#' || starts_with(lexer, "//"))
			skip_line(lexer);
		else if (starts_with(lexer, "/*"))
			skip_long_comment(lexer);
		else
			return;
	}
}

/* Length of "${…}" at `at`, or 0 when it is none. */
static size_t variable_length(const char *at, const char *end)
{
	const char *p = at + 2;

	if (end - at < 3 || at[0] != '$' || at[1] != '{')
		return 0;
	while (p < end && *p != '}' && *p != '\n' && *p != '\0')
		p++;
	return p < end && *p == '}' ? (size_t)(p + 1 - at) : 0;
}

/* Checks the escape at `at` (a backslash) of a string in double quotes. Returns its length, or 0 when
 * libConfuse refuses it. */
static size_t escape_length(const char *at, const char *end)
{
	size_t digits = 0;
	int value = 0;

	while (at + 1 + digits < end && isdigit((unsigned char)at[1 + digits])) {
		if (digits >= 3 || at[1 + digits] > '7')
			return 0;
		value = value * 8 + (at[1 + digits] - '0');
		digits++;
	}
	/* A NUL would end the value without a word. */
	if (digits > 0 && (value == 0 || value > 0xff))
		return 0;
	if (digits == 0 && end - at > 3 && memcmp(at, "\\x00", 4) == 0)
		return 0;
	return 1 + (digits > 0 ? digits : 1);
}

/* Takes a quoted string at lexer->at. Returns false, having reported it, when it is not well formed. */
static bool take_string(struct conf_lexer *lexer, struct conf_token *token)
{
	char quote = *lexer->at;
	const char *start = lexer->at++;
	bool good = true;

	token->kind = CONF_TOKEN_STRING;
	while (lexer->at < lexer->end && *lexer->at != quote) {
		size_t n = 1;

		if (*lexer->at == '\\' && quote == '"') {
			n = escape_length(lexer->at, lexer->end);
			if (n == 0) {
				conf_errors_add(lexer->errors, lexer->file, lexer->line,
						"bad escape in a string; allowed: \\\\ \\\" \\n \\t \\x and "
						"two hex digits, "
						"\\ and three octal digits");
				good = false;
				n = 2;
			}
		} else if (*lexer->at == '\\') {
			n = 2;
		} else if (quote == '"' && starts_with(lexer, "${")) {
			n = variable_length(lexer->at, lexer->end);
			if (n == 0) {
				conf_errors_add(
				    lexer->errors, lexer->file, lexer->line,
				    "\"${\" without a \"}\" on its line; allowed: ${NAME} for a variable of "
				    "the environment, \\$ for a dollar");
				good = false;
				n = 2;
			}
		} else if (*lexer->at == '\n') {
			break;
		} else if (*lexer->at == '\0') {
			conf_errors_add(lexer->errors, lexer->file, lexer->line,
					"a NUL character in a string");
			good = false;
		}
		for (; n > 0 && lexer->at < lexer->end; n--)
			lexer->line += *lexer->at++ == '\n';
	}
	if (lexer->at >= lexer->end || *lexer->at != quote) {
		/* where it should have ended nobody knows: whatever else were said would follow from it */
		conf_errors_add(lexer->errors, lexer->file, token->line,
				"the string that begins here has no end on its line; allowed: %c", quote);
		lexer->errors->closed = true;
		lexer->at = lexer->end;
		return false;
	}
	lexer->at++;
	token->text = start;
	token->length = (size_t)(lexer->at - start);
	return good;
}

static bool is_word_character(char c)
{
	return (unsigned char)c > ' ' && c != 0x7f && !strchr("#\"'={}()+,*", c);
}

static void take_word(struct conf_lexer *lexer, struct conf_token *token)
{
	size_t n = variable_length(lexer->at, lexer->end);

	token->kind = CONF_TOKEN_WORD;
	token->text = lexer->at;
	if (n > 0)
		lexer->at += n;
	else
		while (lexer->at < lexer->end && is_word_character(*lexer->at))
			lexer->at++;
	token->length = (size_t)(lexer->at - token->text);
}

/* Tries to take a token at lexer->at, which is no space. Returns false, having moved on, when there is none.
 */
static bool take_at(struct conf_lexer *lexer, struct conf_token *token)
{
	char c = *lexer->at;

	token->text = lexer->at;
	token->length = 1;
	token->line = lexer->line;
	if (c == '"' || c == '\'')
		return take_string(lexer, token);
	if (starts_with(lexer, "+=")) {
		token->kind = CONF_TOKEN_APPEND;
		token->length = 2;
		lexer->at += 2;
		return true;
	}
	if (c && strchr("={}(),", c)) {
		token->kind = CONF_TOKEN_SIGN;
		lexer->at++;
		return true;
	}
	if (is_word_character(c)) {
		take_word(lexer, token);
		return true;
	}
	if (isprint((unsigned char)c))
		conf_errors_add(lexer->errors, lexer->file, lexer->line,
				"unexpected '%c'; a value with it goes into double quotes", c);
	else
		conf_errors_add(lexer->errors, lexer->file, lexer->line, "unexpected character 0x%02x",
				(unsigned char)c);
	lexer->at++;
	return false;
}

struct conf_token conf_lexer_take(struct conf_lexer *lexer)
{
	struct conf_token token = { .kind = CONF_TOKEN_END, .text = "the end of the file", .length = 19 };

	if (lexer->has_next) {
		lexer->has_next = false;
		return lexer->next;
	}
	for (;;) {
		skip_space(lexer);
		token.line = lexer->line;
		if (lexer->at >= lexer->end) {
			token.kind = CONF_TOKEN_END;
			token.text = "the end of the file";
			token.length = strlen(token.text);
			return token;
		}
		if (take_at(lexer, &token))
			return token;
		/* A string that was refused still stands for a value, so that only it is reported. */
		if (token.kind == CONF_TOKEN_STRING) {
			token.text = "\"\"";
			token.length = 2;
			token.bad = true;
			return token;
		}
	}
}

const struct conf_token *conf_lexer_peek(struct conf_lexer *lexer)
{
	if (!lexer->has_next) {
		lexer->next = conf_lexer_take(lexer);
		lexer->has_next = true;
	}
	return &lexer->next;
}

bool conf_lexer_is_at_title(const struct conf_lexer *lexer)
{
	struct conf_errors none = { 0 };
	struct conf_lexer ahead = *lexer; /* a look at what will be taken later: what is wrong is said then */
	struct conf_token title, brace;

	ahead.errors = &none;
	title = conf_lexer_take(&ahead);
	brace = conf_lexer_take(&ahead);
	conf_errors_free(&none);
	return title.kind == CONF_TOKEN_STRING && conf_token_is(&brace, '{');
}
