/* s3: objects of a store that speaks Amazon's S3 (AWS, MinIO, Ceph, Garage, R2 …), signed by libcurl
 * (AWS Signature Version 4).
 *
 * Threads: no state; each call waits for the network, and is for threads that may. curl_global_init() was
 * called before. */
#ifndef OFFHOOK_API_S3_H
#define OFFHOOK_API_S3_H

#include "lib/conf.h"

#include <stdatomic.h>

enum { S3_ERROR_SIZE = 300 };

/* Each returns 0, or: ENOENT (no such object), ECANCELED (*stop came to be true), ENOSPC and EIO (our disk),
 * EAGAIN: all else, and it may be tried again; *error says what happened, in one sentence without a full
 * stop. */

/* Puts the whole file, of that media type, under that name (with the conf's prefix already); a text that was
 * there is replaced. */
int s3_put(const struct conf_s3 *s3, const char *object, int file, const char *type, const atomic_bool *stop,
	   char error[S3_ERROR_SIZE]) __attribute__((warn_unused_result));
/* Writes the object where `file` stands. */
int s3_get(const struct conf_s3 *s3, const char *object, int file, const atomic_bool *stop,
	   char error[S3_ERROR_SIZE]) __attribute__((warn_unused_result));
/* Deletes it; one that is not there is no error. */
int s3_delete(const struct conf_s3 *s3, const char *object, const atomic_bool *stop,
	      char error[S3_ERROR_SIZE]) __attribute__((warn_unused_result));

#endif
