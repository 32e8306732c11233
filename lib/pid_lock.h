/* pid_lock: one process of a name for a folder. The lock is the kernel's (flock), so that it ends with its
 * process however that ends; the file has the process id, to be read by people, and stays.
 *
 * Threads: any. */
#ifndef OFFHOOK_LIB_PID_LOCK_H
#define OFFHOOK_LIB_PID_LOCK_H

#include <stddef.h>

/* Takes dir/name.lock. On success *fd holds it until pid_lock_drop() or the end of the process; a program
 * that is executed in its place has to take it anew. Returns 0, EBUSY (another process has it) or the errno
 * of the file, with *error (of `size` bytes) in one sentence that names the file and what to do. */
int pid_lock_take(int *fd, const char *dir, const char *name, char *error, size_t size)
    __attribute__((warn_unused_result));
/* −1 is allowed. */
void pid_lock_drop(int fd);

#endif
