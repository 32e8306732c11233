#include "daemon/api/script/steps/words.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Steps to the next name in a list; false at the end. */
static bool next_word(const char **list, const char **word, size_t *length, bool *built)
{
	*list += strspn(*list, " ");
	*built = **list != '!';
	*word = *list + !*built;
	*length = strcspn(*word, " ");
	*list = *word + *length;
	return *length > 0;
}

static enum word look_up(const char *list, const char *name, char *exact, size_t size)
{
	const size_t wanted = strlen(name);
	const char *word;
	size_t length;
	bool built;

	while (next_word(&list, &word, &length, &built)) {
		if (length != wanted ||
		    (exact ? strncasecmp(word, name, length) : memcmp(word, name, length)))
			continue;
		if (exact)
			snprintf(exact, size, "%.*s", (int)length, word);
		return built ? WORD_BUILT : WORD_NOT_BUILT;
	}
	return WORD_UNKNOWN;
}

enum word words_find(const char *list, const char *name)
{
	return look_up(list, name, NULL, 0);
}

enum word words_like(const char *list, const char *name, char *exact, size_t size)
{
	return look_up(list, name, exact, size);
}

void words_possible(const char *list, char *out, size_t size)
{
	const char *word;
	size_t length, used = 0;
	bool built;

	snprintf(out, size, "none");
	while (next_word(&list, &word, &length, &built))
		if (built && used < size)
			used += (size_t)snprintf(out + used, size - used, "%s%.*s", used ? ", " : "",
						 (int)length, word);
}
