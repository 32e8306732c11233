/* conf_source: see conf_source.h. */
#include "lib/conf_source.h"

#include "lib/conf_error.h"
#include "lib/conf_lexer.h"
#include "lib/conf_nearest.h"
#include "lib/conf_output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FILE_MAX = 16 << 20,  /* bytes of one file */
	TOTAL_MAX = 64 << 20, /* bytes of a conf and all it includes */
	INCLUDE_DEPTH_MAX = 8,
	OPTIONS_MAX = 64, /* options of one section; those beyond are unknown */
};

/* One file being read. */
struct reader {
	struct conf_source *source;
	struct conf_lexer lexer;
	struct conf_errors *errors;
	int depth;	      /* of includes */
	const cfg_opt_t *top; /* the options outside of sections */
};

static void read_statements(struct reader *reader, const cfg_opt_t *options,
			    const struct conf_token *section);

/* Reports `fmt`, with the text of `token` for its %.*s. */
static void complain(struct reader *reader, const struct conf_token *token, const char *what,
		     const char *allowed)
{
	int length = token->length > 60 ? 60 : (int)token->length;

	conf_errors_add(reader->errors, reader->lexer.file, token->line, "%s %.*s; allowed: %s", what, length,
			token->text, allowed);
}

static bool token_equals(const struct conf_token *token, const char *text)
{
	return strlen(text) == token->length && memcmp(token->text, text, token->length) == 0;
}

static bool is_value(const struct conf_token *token)
{
	return token->kind == CONF_TOKEN_WORD || token->kind == CONF_TOKEN_STRING;
}

/* Index of the option, or -1. Hidden names begin with an underscore. */
static int find_option(const cfg_opt_t *options, const struct conf_token *name)
{
	for (int i = 0; i < OPTIONS_MAX && options[i].name; i++) {
		if (options[i].name[0] != '_' && token_equals(name, options[i].name))
			return i;
	}
	return -1;
}

static void complain_unknown(struct reader *reader, const cfg_opt_t *options, const struct conf_token *name)
{
	char allowed[512] = "", meant[128];
	struct conf_nearest nearest;
	size_t used = 0;

	conf_nearest_begin(&nearest, name->text, name->length);
	for (int i = 0; options[i].name; i++) {
		size_t n = strlen(options[i].name);

		if (options[i].name[0] == '_')
			continue;
		conf_nearest_look(&nearest, options[i].name);
		if (used + n + 3 > sizeof(allowed))
			continue;
		if (used > 0) {
			memcpy(allowed + used, ", ", 2);
			used += 2;
		}
		memcpy(allowed + used, options[i].name, n + 1);
		used += n;
	}
	conf_errors_add(reader->errors, reader->lexer.file, name->line, "unknown name %.*s%s; allowed: %s",
			name->length > 60 ? 60 : (int)name->length, name->text,
			conf_nearest_text(&nearest, meant), allowed);
}

/* Skips up to the end of a block whose '{' or '(' has been taken. */
static void skip_block(struct reader *reader)
{
	for (int depth = 1; depth > 0;) {
		struct conf_token token = conf_lexer_take(&reader->lexer);

		if (token.kind == CONF_TOKEN_END)
			return;
		if (conf_token_is(&token, '{') || conf_token_is(&token, '('))
			depth++;
		else if (conf_token_is(&token, '}') || conf_token_is(&token, ')'))
			depth--;
	}
}

static bool take_if(struct reader *reader, char sign)
{
	if (!conf_token_is(conf_lexer_peek(&reader->lexer), sign))
		return false;
	conf_lexer_take(&reader->lexer);
	return true;
}

/* Skips what belongs to a name that is not known: "= value", "= { … }", "{ … }", "title { … }", "( … )". */
static void skip_statement(struct reader *reader)
{
	const struct conf_token *next = conf_lexer_peek(&reader->lexer);

	if (conf_token_is(next, '=') || next->kind == CONF_TOKEN_APPEND) {
		conf_lexer_take(&reader->lexer);
		if (take_if(reader, '{'))
			skip_block(reader);
		else if (is_value(conf_lexer_peek(&reader->lexer)))
			conf_lexer_take(&reader->lexer);
		return;
	}
	if (next->kind == CONF_TOKEN_STRING)
		conf_lexer_take(&reader->lexer);
	if (take_if(reader, '{') || take_if(reader, '('))
		skip_block(reader);
}

/* Reads "{ value, value }" after its '{'. Returns false, having reported it, when it is not well formed. */
static bool read_list(struct reader *reader)
{
	bool good = true;

	for (;;) {
		struct conf_token token = conf_lexer_take(&reader->lexer);

		if (conf_token_is(&token, '}')) {
			conf_put_token(reader->source, reader->lexer.file, &token);
			return good;
		}
		if (!is_value(&token)) {
			complain(reader, &token, "unexpected", "{ \"value\", \"value\" }");
			if (token.kind != CONF_TOKEN_END)
				skip_block(reader);
			return false;
		}
		good = good && !token.bad;
		conf_put_token(reader->source, reader->lexer.file, &token);
		token = conf_lexer_take(&reader->lexer);
		if (!conf_token_is(&token, ',') && !conf_token_is(&token, '}')) {
			complain(reader, &token, "unexpected",
				 "a comma between the values of a list, } at its end");
			if (token.kind != CONF_TOKEN_END)
				skip_block(reader);
			return false;
		}
		conf_put_token(reader->source, reader->lexer.file, &token);
		if (conf_token_is(&token, '}'))
			return good;
	}
}

static bool read_value(struct reader *reader, const cfg_opt_t *option)
{
	bool list = (option->flags & CFGF_LIST) != 0;
	const struct conf_token *next = conf_lexer_peek(&reader->lexer);
	struct conf_token token;

	if (conf_token_is(next, '{') && !list) {
		conf_errors_add(reader->errors, reader->lexer.file, next->line,
				"%s takes one value, no list; allowed: %s = \"…\"", option->name,
				option->name);
		conf_lexer_take(&reader->lexer);
		skip_block(reader);
		return false;
	}
	if (!is_value(next) && !conf_token_is(next, '{')) {
		conf_errors_add(reader->errors, reader->lexer.file, next->line,
				"%s has no value; allowed: %s = %s", option->name, option->name,
				list ? "{\"…\", \"…\"}" : "\"…\"");
		return false;
	}
	token = conf_lexer_take(&reader->lexer);
	conf_put_token(reader->source, reader->lexer.file, &token);
	return is_value(&token) ? !token.bad : read_list(reader);
}

/* Reads "name = value". */
static void read_option(struct reader *reader, const cfg_opt_t *option, const struct conf_token *name,
			int *seen)
{
	struct conf_mark mark = conf_set_mark(reader->source);
	struct conf_token sign = *conf_lexer_peek(&reader->lexer);
	bool good = true;

	if (!conf_token_is(&sign, '=') && sign.kind != CONF_TOKEN_APPEND) {
		complain(reader, &sign, "unexpected", "= after a name");
		skip_statement(reader);
		return;
	}
	conf_lexer_take(&reader->lexer);
	if (sign.kind == CONF_TOKEN_APPEND && !(option->flags & CFGF_LIST)) {
		complain(reader, &sign, "unexpected", "=, since this is no list");
		good = false;
	} else if (sign.kind != CONF_TOKEN_APPEND && *seen > 0) {
		conf_errors_add(reader->errors, reader->lexer.file, name->line,
				"%s is set twice; the first is on line %d", option->name, *seen);
		good = false;
	}
	if (sign.kind != CONF_TOKEN_APPEND)
		*seen = name->line;
	conf_put_token(reader->source, reader->lexer.file, name);
	conf_put_token(reader->source, reader->lexer.file, &sign);
	if (!read_value(reader, option) || !good)
		conf_take_back(reader->source, mark);
}

/* Reads "name { … }" or "name title { … }". */
static void read_section(struct reader *reader, const cfg_opt_t *option, const struct conf_token *name,
			 int *seen)
{
	bool titled = option->subopts[0].name && strcmp(option->subopts[0].name, CONF_TITLE) == 0;
	struct conf_mark mark = conf_set_mark(reader->source);
	struct conf_token title = *conf_lexer_peek(&reader->lexer);
	struct conf_token brace;
	bool good = true;

	if (is_value(&title))
		conf_lexer_take(&reader->lexer);
	if (title.bad) {
		good = false;
	} else if (titled != is_value(&title)) {
		complain(reader, &title, "unexpected",
			 titled ? "a title in double quotes after this section's name"
				: "{ after this section's name");
		good = false;
	}
	brace = *conf_lexer_peek(&reader->lexer);
	if (!take_if(reader, '{')) {
		if (good)
			complain(reader, &brace, "unexpected", "{ to open the section");
		/* Whatever else stands on this line goes with it. */
		while (is_value(conf_lexer_peek(&reader->lexer)) &&
		       conf_lexer_peek(&reader->lexer)->line == name->line)
			conf_lexer_take(&reader->lexer);
		skip_statement(reader);
		return;
	}
	if (!(option->flags & CFGF_MULTI) && *seen > 0) {
		conf_errors_add(reader->errors, reader->lexer.file, name->line,
				"section %s is there twice; the first is on line %d", option->name, *seen);
		good = false;
	}
	*seen = name->line;
	conf_put_token(reader->source, reader->lexer.file, name);
	conf_put_sign(reader->source, reader->lexer.file, "{", name->line);
	if (titled && good) {
		conf_put_sign(reader->source, reader->lexer.file, CONF_TITLE " =", name->line);
		conf_put_token(reader->source, reader->lexer.file, &title);
	}
	read_statements(reader, option->subopts, name);
	conf_put_sign(reader->source, reader->lexer.file, "}", reader->lexer.line);
	if (!good)
		conf_take_back(reader->source, mark);
}

int conf_source_read_file(const char *path, char **out, size_t *out_length)
{
	struct stat st;
	char *text = NULL;
	size_t used = 0;
	ssize_t n = 1;
	int err = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return errno;
	if (fstat(fd, &st) < 0)
		err = errno;
	else if (!S_ISREG(st.st_mode))
		err = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	else if (st.st_size > FILE_MAX)
		err = EFBIG;
	else if (!(text = malloc((size_t)st.st_size + 1)))
		err = ENOMEM;
	while (err == 0 && n > 0 && used < (size_t)st.st_size) {
		n = read(fd, text + used, (size_t)st.st_size - used);
		if (n < 0)
			err = errno;
		else
			used += (size_t)n;
	}
	close(fd);
	if (err != 0) {
		free(text);
		return err;
	}
	text[used] = '\0';
	*out = text;
	*out_length = used;
	return 0;
}

/* Keeps the name of a file for the places that point to it. Returns the kept name, or NULL without memory. */
static const char *keep_file(struct conf_source *source, const char *name)
{
	char **files = realloc(source->files, (source->file_count + 1) * sizeof(*files));

	if (!files)
		goto no_memory;
	source->files = files;
	files[source->file_count] = strdup(name);
	if (!files[source->file_count])
		goto no_memory;
	return files[source->file_count++];

no_memory:
	source->no_memory = true;
	return NULL;
}

/* Path of an included file, beside the file that includes it. NULL without memory. */
static char *include_path(const char *from, const struct conf_token *name)
{
	const char *slash = strrchr(from, '/');
	size_t folder = slash ? (size_t)(slash + 1 - from) : 0;
	const char *text = name->text;
	size_t length = name->length;
	char *path;

	if (name->kind == CONF_TOKEN_STRING) {
		text++;
		length -= 2;
	}
	if (length > 0 && text[0] == '/')
		folder = 0;
	path = malloc(folder + length + 1);
	if (!path)
		return NULL;
	memcpy(path, from, folder);
	memcpy(path + folder, text, length);
	path[folder + length] = '\0';
	return path;
}

static void include_file(struct reader *from, const char *path, const cfg_opt_t *options, int line)
{
	struct reader reader = {
		.source = from->source, .errors = from->errors, .depth = from->depth + 1, .top = from->top
	};
	char *text = NULL;
	size_t length = 0;
	const char *file;
	int err;

	if (reader.depth > INCLUDE_DEPTH_MAX) {
		conf_errors_add(from->errors, from->lexer.file, line,
				"include(\"%s\"): more than %d files deep", path, INCLUDE_DEPTH_MAX);
		return;
	}
	err = conf_source_read_file(path, &text, &length);
	if (err == 0 && from->source->bytes_read + length > TOTAL_MAX) {
		free(text);
		err = EFBIG;
	}
	if (err != 0) {
		conf_errors_add(from->errors, from->lexer.file, line,
				"include(\"%s\"): %s; allowed: a file that can be read", path, strerror(err));
		return;
	}
	from->source->bytes_read += length;
	file = keep_file(from->source, path);
	if (file) {
		conf_lexer_init(&reader.lexer, file, text, length, from->errors);
		read_statements(&reader, options, NULL);
	}
	free(text);
}

/* Reads "include("file")". */
static void read_include(struct reader *reader, const cfg_opt_t *options, const struct conf_token *name)
{
	struct conf_token open = conf_lexer_take(&reader->lexer);
	struct conf_token file = { .kind = CONF_TOKEN_END };
	char *path;

	if (conf_token_is(&open, '('))
		file = conf_lexer_take(&reader->lexer);
	if (!is_value(&file) || !take_if(reader, ')')) {
		conf_errors_add(reader->errors, reader->lexer.file, name->line,
				"include is not well formed; allowed: include(\"file\")");
		return;
	}
	path = include_path(reader->lexer.file, &file);
	if (!path) {
		reader->source->no_memory = true;
		return;
	}
	include_file(reader, path, options, name->line);
	free(path);
}

/* Whether a name begins a section of the top of a conf here: one that stands in another has lost a "}" before
 * it. */
static bool is_section_of_the_top(struct reader *reader, const struct conf_token *name)
{
	const struct conf_token *next = conf_lexer_peek(&reader->lexer);
	int i = find_option(reader->top, name);

	return i >= 0 && reader->top[i].type == CFGT_SEC &&
	       (next->kind == CONF_TOKEN_STRING || conf_token_is(next, '{'));
}

/* Reads one statement that begins with `name`, in `section` or at the top (NULL). */
static void read_statement(struct reader *reader, const cfg_opt_t *options, const struct conf_token *name,
			   const struct conf_token *section, int *seen)
{
	int i;

	if (name->kind != CONF_TOKEN_WORD) {
		complain(reader, name, "unexpected", "a name here, as in name = \"value\" or name { … }");
		if (is_value(name))
			skip_statement(reader);
		return;
	}
	if (token_equals(name, "include")) {
		read_include(reader, options, name);
		return;
	}
	i = find_option(options, name);
	if (section && is_section_of_the_top(reader, name) &&
	    (i < 0 || (options[i].type != CFGT_SEC && conf_lexer_is_at_title(&reader->lexer)))) {
		conf_errors_add(reader->errors, reader->lexer.file, section->line,
				"section %.*s has no end; allowed: } before %.*s { on line %d",
				(int)section->length, section->text, (int)name->length, name->text,
				name->line);
		reader->errors->closed = true; /* as in a string without an end */
	} else if (i < 0) {
		complain_unknown(reader, options, name);
		skip_statement(reader);
	} else if (options[i].type == CFGT_SEC) {
		read_section(reader, &options[i], name, &seen[i]);
	} else {
		read_option(reader, &options[i], name, &seen[i]);
	}
}

/* Reads up to the end of the section that `section` opened, or of the file when it is NULL. */
static void read_statements(struct reader *reader, const cfg_opt_t *options, const struct conf_token *section)
{
	int seen[OPTIONS_MAX] = { 0 }; /* line on which each option was set first */

	while (!reader->source->no_memory) {
		struct conf_token token = conf_lexer_take(&reader->lexer);

		if (token.kind == CONF_TOKEN_END) {
			if (section)
				conf_errors_add(reader->errors, reader->lexer.file, section->line,
						"section %.*s has no end; allowed: }", (int)section->length,
						section->text);
			return;
		}
		if (conf_token_is(&token, '}') && section)
			return;
		read_statement(reader, options, &token, section, seen);
	}
}

int conf_source_prepare(struct conf_source *source, const char *name, const char *text, size_t length,
			const cfg_opt_t *options, struct conf_errors *errors)
{
	struct reader reader = { .source = source, .errors = errors, .top = options };
	const char *file;

	memset(source, 0, sizeof(*source));
	source->bytes_read = length;
	conf_put_begin(source);
	file = keep_file(source, name);
	if (file) {
		conf_lexer_init(&reader.lexer, file, text, length, errors);
		read_statements(&reader, options, NULL);
	}
	return source->no_memory ? ENOMEM : 0;
}

void conf_source_free(struct conf_source *source)
{
	for (size_t i = 0; i < source->file_count; i++)
		free(source->files[i]);
	free(source->files);
	free(source->lines);
	free(source->text);
	memset(source, 0, sizeof(*source));
}
