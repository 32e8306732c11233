/* convert: recordings as somebody wants to have them: as MP3, or with another number of channels.
 *
 * A file is converted in a thread, a recording after the other, into one that has no name. The newest are
 * kept open for a while, for who asks for parts of them; nothing is left of them when they are closed, or the
 * process ends.
 *
 * Threads: all functions and the handlers on the event base's thread; conversion in a thread of its own.
 * Shutdown: convert_free() waits for the conversion that is being made to stop and drops the rest without
 * calling their handlers. */
#ifndef OFFHOOK_API_CONVERT_H
#define OFFHOOK_API_CONVERT_H

#include <stdint.h>

struct convert;
struct event_base;

enum { CONVERT_KEPT_MAX = 8, CONVERT_WAITING_MAX = 64, CONVERT_KEPT_S = 300 };

/* `folder`: where files are made. `kept_bytes`: of those that are kept open together. */
int convert_alloc(struct convert **out, struct event_base *base, const char *folder, uint64_t kept_bytes)
    __attribute__((warn_unused_result));
void convert_free(struct convert *convert);

enum convert_format { CONVERT_WAV, CONVERT_MP3 };

struct convert_wish {
	const char *id; /* of the recording */
	enum convert_format format;
	int channels; /* 1: mixed; 2 */
};

/* `fd`: of the file, open for reading from its beginning, the handler's; -1: it could not be made, *err says
 * why (an errno; EINVAL: it is no sound). */
typedef void convert_h(int fd, int err, void *arg);

/* Converts the file of `fd` (taken). Returns 0 (the handler is called, perhaps before this returns), or
 * EAGAIN (too many waiting), ENOMEM: then it is not. */
int convert_start(struct convert *convert, const struct convert_wish *wish, int fd, convert_h *handler,
		  void *arg) __attribute__((warn_unused_result));

/* Nothing of that recording is kept any more. */
void convert_forget(struct convert *convert, const char *id);

#endif
