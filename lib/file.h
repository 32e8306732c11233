/* file: writing files so that a crash at any moment leaves them whole, and opening what is one. Every
 * function waits for the disk: it is for threads that may. No state is shared. */
#ifndef OFFHOOK_LIB_FILE_H
#define OFFHOOK_LIB_FILE_H

#include <stddef.h>
#include <sys/types.h>

/* Longest path that file_replace() takes, with its end. */
enum { FILE_PATH_SIZE = 4096 };

/* Opens a file that is one: no link, folder or device. `flags` are open()'s. Returns a descriptor, or -1 with
 * errno; ENOENT for anything else of that name. */
int file_open_regular(const char *path, int flags);

/* Writes all of it. Returns 0 or an errno; then some of it may be written. */
int file_write_all(int fd, const char *bytes, size_t length) __attribute__((warn_unused_result));

/* Puts a file (mode 0640) in the place of another, or of none: it is written beside it as PATH.new, synced,
 * and renamed. That lasts after file_sync_folder() only. Returns 0 or an errno; the old one stands then. */
int file_replace(const char *path, const char *bytes, size_t length) __attribute__((warn_unused_result));

/* The same with a mode of its own, for what not everybody may read: what is written beside it is always a new
 * file, so that nobody has it open already, or had it with another mode. Returns EEXIST, too. */
int file_replace_mode(const char *path, const char *bytes, size_t length, mode_t mode)
    __attribute__((warn_unused_result));

/* Makes new, renamed and deleted names in a folder last. Returns 0 or an errno. */
int file_sync_folder(const char *folder) __attribute__((warn_unused_result));

#endif
