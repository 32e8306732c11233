#include "daemon/hear/lexicon.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <flite/flite.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

cst_lexicon *cmu_lex_init(void); /* of flite_cmulex, which has no header */

enum { PHONES_MAX = 200, WORD_MAX = 60, PRONUNCIATIONS_MAX = 6 };

struct lexicon {
	char *text; /* lines "word AH B" and "word(2) AH B" */
	size_t size;
	const char **lines; /* sorted by the word, the usual pronunciation first */
	size_t count;
	cst_lexicon *rules;
};

static size_t word_size(const char *line)
{
	return strcspn(line, " (\n");
}

static int compare_words(const char *a, size_t a_size, const char *b, size_t b_size)
{
	const int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

	return order ? order : (a_size > b_size) - (a_size < b_size);
}

static int compare(const void *a, const void *b)
{
	const char *one = *(const char *const *)a, *other = *(const char *const *)b;
	const int order = compare_words(one, word_size(one), other, word_size(other));

	return order ? order : strcmp(one + word_size(one), other + word_size(other)) > 0 ? 1 : -1;
}

/* "word AH" has a blank where "word(2) AH" has a parenthesis: it sorts first. */
static int list_lines(struct lexicon *l)
{
	size_t room = 0;

	for (const char *at = l->text; (at = strchr(at, '\n')); at++)
		room++;
	l->lines = malloc((room + 1) * sizeof *l->lines);
	if (!l->lines)
		return ENOMEM;
	for (const char *at = l->text; at && *at && l->count <= room;
	     at = strchr(at, '\n'), at = at ? at + 1 : at)
		if (word_size(at))
			l->lines[l->count++] = at;
	qsort(l->lines, l->count, sizeof *l->lines, compare);
	return 0;
}

int lexicon_open(struct lexicon **out, const char *file)
{
	const int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct lexicon *l = fd < 0 ? NULL : calloc(1, sizeof *l);
	struct stat status;
	int err = fd < 0 ? errno : l ? 0 : ENOMEM;

	if (!err && (fstat(fd, &status) || status.st_size <= 0))
		err = EINVAL;
	if (!err) {
		l->size = (size_t)status.st_size;
		l->text = malloc(l->size + 1);
		err = l->text ? read(fd, l->text, l->size) == (ssize_t)l->size ? 0 : EIO : ENOMEM;
	}
	if (!err) {
		l->text[l->size] = '\0';
		err = list_lines(l);
	}
	if (fd >= 0)
		close(fd);
	if (err) {
		lexicon_close(l);
		return err;
	}
	l->rules = cmu_lex_init();
	*out = l;
	return 0;
}

void lexicon_close(struct lexicon *l)
{
	if (!l)
		return;
	free(l->text);
	free(l->lines);
	free(l);
}

/* ---- by rules ---- */

/* flite's phones are the dictionary's in small letters, with a stress behind vowels, and one of its own. */
static bool translate(const cst_val *phones, char out[PHONES_MAX])
{
	size_t n = 0;

	for (const cst_val *v = phones; v; v = val_cdr(v)) {
		const char *phone = val_string(val_car(v));
		char name[4] = "";

		if (!strncmp(phone, "ax", 2))
			phone = "ah";
		for (size_t i = 0; i < 2 && isalpha((unsigned char)phone[i]); i++)
			name[i] = (char)toupper((unsigned char)phone[i]);
		if (!*name || n + 5 > PHONES_MAX)
			return false;
		n += (size_t)sprintf(out + n, "%s%s", n ? " " : "", name);
	}
	return n > 0;
}

static unsigned by_rules(const struct lexicon *l, const char *word, lexicon_h *handler, void *arg)
{
	char phones[PHONES_MAX] = "";
	cst_val *found = l->rules ? lex_lookup(l->rules, word, NULL, NULL) : NULL;
	const bool good = found && translate(found, phones);

	if (found)
		delete_val(found);
	if (good)
		handler(phones, arg);
	return good;
}

/* ---- by the dictionary ---- */

static size_t first_of(const struct lexicon *l, const char *word, size_t size)
{
	size_t low = 0, high = l->count;

	while (low < high) {
		const size_t middle = (low + high) / 2;
		const char *line = l->lines[middle];

		if (compare_words(line, word_size(line), word, size) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

unsigned lexicon_find(const struct lexicon *l, const char *word, lexicon_h *handler, void *arg)
{
	const size_t size = strlen(word);
	unsigned found = 0;

	if (!size || size > WORD_MAX)
		return 0;
	for (size_t i = first_of(l, word, size); i < l->count && found < PRONUNCIATIONS_MAX; i++) {
		const char *line = l->lines[i], *phones = strchr(line, ' ');
		char copy[PHONES_MAX];

		if (word_size(line) != size || memcmp(line, word, size) != 0 || !phones)
			break;
		snprintf(copy, sizeof copy, "%.*s", (int)strcspn(phones + 1, "\r\n"), phones + 1);
		handler(copy, arg);
		found++;
	}
	return found ? found : by_rules(l, word, handler, arg);
}
