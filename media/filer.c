#include "media/filer.h"

#include <poll.h>
#include <string.h>
#include <sys/prctl.h>

/* Each mail that is not urgent waits for those that are by then. What its sender has posted as urgent before
 * it is there when it is. */
static void work(struct filer *filer)
{
	struct mail *mail = mailbox_take(&filer->mailbox);

	while (mail) {
		struct mail *next = mail->next; /* run() may free it or post it on */

		if (!mailbox_is_empty(&filer->urgent))
			mailbox_run(&filer->urgent, filer);
		mail->run(mail, filer);
		mail = next;
	}
}

static void *run(void *arg)
{
	struct filer *filer = arg;
	prctl(PR_SET_NAME, "media-files");
	struct pollfd p[] = { { .fd = filer->urgent.fd, .events = POLLIN },
			      { .fd = filer->mailbox.fd, .events = POLLIN } };
	while (!filer->stop) {
		poll(p, 2, -1);
		mailbox_run(&filer->urgent, filer);
		work(filer);
	}
	return NULL;
}

int filer_start(struct filer *filer)
{
	memset(filer, 0, sizeof *filer);
	int err = mailbox_open(&filer->mailbox);
	if (err)
		return err;
	err = mailbox_open(&filer->urgent);
	if (err) {
		mailbox_close(&filer->mailbox);
		return err;
	}
	err = pthread_create(&filer->thread, NULL, run, filer);
	if (err) {
		mailbox_close(&filer->mailbox);
		mailbox_close(&filer->urgent);
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
	mailbox_close(&filer->urgent);
	filer->started = false;
}
