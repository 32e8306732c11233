/* keep_job: one thing that is done with a recording's file, by a thread that may wait: it knows neither
 * database nor event loop. Internal to the keeper. */
#ifndef OFFHOOK_API_KEEP_JOB_H
#define OFFHOOK_API_KEEP_JOB_H

#include "daemon/api/vault/s3.h"
#include "lib/conf.h"
#include "lib/key_file.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { KEEP_PATH_SIZE = 4096, KEEP_ID_SIZE = 40 };

enum keep_kind {
	KEEP_MAKE,	  /* another file of it */
	KEEP_UPLOAD,	  /* puts the file into the store */
	KEEP_REWRAP,	  /* the file's key under another one */
	KEEP_DROP_FILE,	  /* deletes the file */
	KEEP_DROP_OBJECT, /* deletes the object */
	KEEP_KINDS
};

struct keep_job {
	enum keep_kind kind;
	char id[KEEP_ID_SIZE]; /* of the recording, or "" */
	int64_t nr;	       /* of what is left over */
	int64_t tried;	       /* so many times before */
	char file[KEEP_PATH_SIZE];
	char object[KEEP_PATH_SIZE];
	enum conf_sound format; /* of the file; KEEP_MAKE: what it is made into, and then what it was */
	enum conf_sound wanted;
	bool sealed; /* the file is encrypted, or (KEEP_MAKE) was then */
	const struct conf_s3 *s3;
	const struct key_ring *ring;
	/* what came of it */
	int err; /* 0 or an errno; EAGAIN: of the store */
	char error[S3_ERROR_SIZE];
	char made[KEEP_PATH_SIZE]; /* the new file; the old one, when it is good as it is */
	int64_t bytes;		   /* of it, as it is heard: without what encryption adds */
	int64_t sent_bytes;
	double seconds;
};

void keep_job_do(struct keep_job *job, const atomic_bool *stop);

#endif
