/* sound_file: names of files that are kept by what they are made of, and writing them whole. */
#ifndef OFFHOOK_API_SOUND_FILE_H
#define OFFHOOK_API_SOUND_FILE_H

#include <stddef.h>

enum { SOUND_PATH_SIZE = 1024 };

/* folder/PREFIX-DIGEST(a, b)SUFFIX. "" when that is too long. */
void sound_file_name(char out[SOUND_PATH_SIZE], const char *folder, const char *prefix, const char *a,
		     const char *b, const char *suffix);

/* Writes beside and renames, so that nobody plays half a file. Returns 0 or an errno. */
int sound_file_write(const char *file, const char *body, size_t size) __attribute__((warn_unused_result));

#endif
