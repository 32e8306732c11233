/* convert: recordings as somebody wants to have them: fetched from the store that they have gone to,
 * decrypted, in another format, with another number of channels.
 *
 * That is done in a thread, a recording after the other, into a file that has no name; what was encrypted,
 * and is not too large for it, goes to a file in memory, and not to the disk. The newest are kept open for a
 * while, for who asks for parts of them; nothing is left of them when they are closed, or the process ends.
 *
 * Threads: all functions and the handlers on the event base's thread; conversion in a thread of its own.
 * Shutdown: convert_free() waits for the conversion that is being made to stop and drops the rest without
 * calling their handlers. */
#ifndef OFFHOOK_API_CONVERT_H
#define OFFHOOK_API_CONVERT_H

#include "lib/conf.h"
#include "lib/key_file.h"

#include <stdint.h>

struct convert;
struct event_base;

enum { CONVERT_KEPT_MAX = 8, CONVERT_WAITING_MAX = 64, CONVERT_KEPT_S = 300, CONVERT_MEMORY = 64 << 20 };

struct convert_setup {
	struct event_base *base;
	const char *folder;	     /* where files are made */
	uint64_t kept_bytes;	     /* of those that are kept open together */
	const struct conf_s3 *s3;    /* where objects are */
	const struct key_ring *ring; /* what they are decrypted with */
};

/* What `setup` points to has to stay. */
int convert_alloc(struct convert **out, const struct convert_setup *setup)
    __attribute__((warn_unused_result));
void convert_free(struct convert *convert);

struct convert_wish {
	const char *id;	    /* of the recording */
	int64_t time_ms;    /* what the file made is dated with */
	bool sealed;	    /* what it is made of is encrypted */
	const char *object; /* what it is made of is fetched; NULL: it is a file */
	bool as_it_is;	    /* neither format nor channels are looked at */
	enum conf_sound format;
	int channels; /* 1: mixed; 2; 0: as many as it has */
};

/* `fd`: of the file, open for reading from its beginning, the handler's; -1: it could not be made, *err says
 * why (an errno; EINVAL: it is no sound; ENOENT: it is gone; ENOKEY, EBADMSG: sealed.h; EAGAIN: the store is
 * out of reach). */
typedef void convert_h(int fd, int err, void *arg);

/* Converts the file of `fd` (taken; -1 with an object). Returns 0 (the handler is called, perhaps before this
 * returns), or EAGAIN (too many waiting), ENOMEM: then it is not. */
int convert_start(struct convert *convert, const struct convert_wish *wish, int fd, convert_h *handler,
		  void *arg) __attribute__((warn_unused_result));

/* Nothing of that recording is kept any more. */
void convert_forget(struct convert *convert, const char *id);

#endif
