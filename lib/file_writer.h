/* file_writer: one file that is replaced whole, again and again, without anybody waiting for the disk.
 *
 * A thread writes each new content beside the file, syncs it, and renames it over the old one, so that a
 * crash at any moment leaves one or the other. Contents that come while it is busy take each other's place:
 * only the newest is written. When the disk fails it complains and tries again every few seconds.
 *
 * Threads: alloc, put and free are for one thread.
 * Shutdown: file_writer_free() waits until the last content is written, or has failed once more. */
#ifndef OFFHOOK_LIB_FILE_WRITER_H
#define OFFHOOK_LIB_FILE_WRITER_H

#include <stddef.h>

struct file_writer;

/* `path` is copied. Returns 0, ENAMETOOLONG, ENOMEM, or the errno of pthread_create(). */
int file_writer_alloc(struct file_writer **out, const char *path) __attribute__((warn_unused_result));

/* Gives the new content, malloc'ed and stolen. */
void file_writer_put(struct file_writer *writer, char *bytes, size_t length);

/* NULL is allowed. */
void file_writer_free(struct file_writer *writer);

#endif
