/* thread: the thread that all peers live on, so that neither calls nor media wait for anybody's network.
 *
 * Main thread, but for what is said to be the thread's. Shutdown: stream_thread_stop() ends it with all its
 * peers, without final reports; stream_thread_close() closes the bell, after the media engine is gone. */
#ifndef OFFHOOK_STREAM_THREAD_H
#define OFFHOOK_STREAM_THREAD_H

#include "daemon/offhookd/stream/peer.h"

struct stream_thread;

/* `to`: where reports are posted, whose mails' `run` is `on_report`. Returns 0 or an errno. */
int stream_thread_start(struct stream_thread **out, const struct conf *conf, struct mailbox *to,
			void (*on_report)(struct mail *mail, void *owner))
    __attribute__((warn_unused_result));
void stream_thread_stop(struct stream_thread *thread);
void stream_thread_close(struct stream_thread *thread);

/* For media_session_tap(). */
int stream_thread_bell(const struct stream_thread *thread);

/* The peer is the thread's from here on. Returns its number, by which it is asked for things; 0: out of
 * memory, and it is not the thread's. */
uint64_t stream_thread_begin(struct stream_thread *thread, struct peer *peer)
    __attribute__((warn_unused_result));
/* What is asked of a peer; nothing happens when it is gone, or without memory. */
void stream_thread_end(struct stream_thread *thread, uint64_t number);
void stream_thread_digit(struct stream_thread *thread, uint64_t number, char digit, unsigned duration_ms);
void stream_thread_say(struct stream_thread *thread, uint64_t number, const char *text);

#endif
