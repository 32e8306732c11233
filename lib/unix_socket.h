/* unix_socket: Unix stream sockets that others connect to, at a path. Threads: any. */
#ifndef OFFHOOK_LIB_UNIX_SOCKET_H
#define OFFHOOK_LIB_UNIX_SOCKET_H

#include <sys/types.h>

/* Binds at `path` with that mode, and listens; a socket that nobody listens at any more is replaced. On
 * success *fd is the descriptor, non-blocking and closed on exec, and *inode (may be NULL) that of the path.
 * Returns 0, EADDRINUSE (somebody listens there), ENAMETOOLONG, EEXIST (there is something that is no
 * socket), or another errno. */
int unix_socket_listen(const char *path, mode_t mode, int backlog, int *fd, ino_t *inode)
    __attribute__((warn_unused_result));

#endif
