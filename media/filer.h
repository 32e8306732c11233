/* filer: the thread that touches files, so that nobody else has to wait for a disk.
 *
 * Players and recorders post their mails to it (filer_post()); `run` gets the struct filer. Errors of files
 * are theirs. Who has next to nothing left to be heard posts with filer_hurry(): such a mail is run before
 * all that others have posted, also before what its sender posts later. What is not urgent is run in the
 * order in which it came.
 *
 * Shutdown. filer_stop() when no player and no recorder is left. */
#ifndef OFFHOOK_MEDIA_FILER_H
#define OFFHOOK_MEDIA_FILER_H

#include "media/mailbox.h"

#include <pthread.h>
#include <stdbool.h>

struct filer {
	struct mailbox mailbox, urgent;
	pthread_t thread;
	bool started, stop;
};

/* Returns 0, EMFILE, EAGAIN. */
int filer_start(struct filer *filer) __attribute__((warn_unused_result));
void filer_stop(struct filer *filer);

static inline void filer_post(struct filer *filer, struct mail *mail)
{
	mailbox_post(&filer->mailbox, mail);
}

/* Any thread: before all that waits. */
static inline void filer_hurry(struct filer *filer, struct mail *mail)
{
	mailbox_post(&filer->urgent, mail);
}

#endif
