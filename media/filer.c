#include "media/filer.h"

#include <poll.h>
#include <string.h>
#include <sys/prctl.h>

static void *run(void *arg)
{
	struct filer *filer = arg;
	prctl(PR_SET_NAME, "media-files");
	struct pollfd p = { .fd = filer->mailbox.fd, .events = POLLIN };
	while (!filer->stop) {
		poll(&p, 1, -1);
		mailbox_run(&filer->mailbox, filer);
	}
	return NULL;
}

int filer_start(struct filer *filer)
{
	memset(filer, 0, sizeof *filer);
	int err = mailbox_open(&filer->mailbox);
	if (err)
		return err;
	err = pthread_create(&filer->thread, NULL, run, filer);
	if (err) {
		mailbox_close(&filer->mailbox);
		return err;
	}
	filer->started = true;
	return 0;
}

static void stop(struct mail *mail, void *owner)
{
	struct filer *filer = owner;
	(void)mail;
	filer->stop = true;
}

void filer_stop(struct filer *filer)
{
	if (!filer->started)
		return;
	struct mail end = { .run = stop };
	filer_post(filer, &end);
	pthread_join(filer->thread, NULL);
	mailbox_close(&filer->mailbox);
	filer->started = false;
}
