#include "media/mailbox.h"

#include <errno.h>
#include <stdint.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <unistd.h>

int mailbox_open(struct mailbox *box)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (fd < 0)
		return errno;
	box->fd = fd;
	atomic_init(&box->newest, NULL);
	return 0;
}

void mailbox_close(struct mailbox *box)
{
	close(box->fd);
	box->fd = -1;
}

bool mailbox_put(struct mailbox *box, struct mail *mail)
{
	struct mail *old = atomic_load_explicit(&box->newest, memory_order_relaxed);
	do {
		mail->next = old;
	} while (!atomic_compare_exchange_weak_explicit(&box->newest, &old, mail, memory_order_acq_rel,
							memory_order_relaxed));
	return old == NULL; /* else whoever posted the first one wakes the owner */
}

void mailbox_wake(struct mailbox *box)
{
	const uint64_t one = 1;
	while (write(box->fd, &one, sizeof one) < 0 && errno == EINTR)
		;
}

void mailbox_post(struct mailbox *box, struct mail *mail)
{
	if (mailbox_put(box, mail))
		mailbox_wake(box);
}

struct mail *mailbox_take(struct mailbox *box)
{
	uint64_t count;
	while (read(box->fd, &count, sizeof count) < 0 && errno == EINTR)
		;
	struct mail *mail = atomic_exchange_explicit(&box->newest, NULL, memory_order_acq_rel);
	struct mail *first = NULL;
	while (mail) {
		struct mail *next = mail->next;
		mail->next = first;
		first = mail;
		mail = next;
	}
	return first;
}

void mailbox_run(struct mailbox *box, void *owner)
{
	struct mail *mail = mailbox_take(box);
	while (mail) {
		struct mail *next = mail->next; /* run() may free it or post it on */
		mail->run(mail, owner);
		mail = next;
	}
}
