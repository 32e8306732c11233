/* lexicon: how English words are pronounced: as the dictionary of the model has them, and those that it has
 * not by flite's rules.
 *
 * The dictionary is held in memory; one thread. */
#ifndef OFFHOOK_HEAR_LEXICON_H
#define OFFHOOK_HEAR_LEXICON_H

struct lexicon;

/* Returns 0, ENOMEM, or the errno of the file. */
int lexicon_open(struct lexicon **out, const char *file) __attribute__((warn_unused_result));
void lexicon_close(struct lexicon *lexicon);

/* `phones` as "HH AH L OW". */
typedef void lexicon_h(const char *phones, void *arg);
/* Each pronunciation of a word in small letters, the usual one first. Returns how many there are. */
unsigned lexicon_find(const struct lexicon *lexicon, const char *word, lexicon_h *handler, void *arg);

#endif
