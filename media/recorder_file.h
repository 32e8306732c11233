/* recorder_file: the file thread's half of a recorder. */
#ifndef OFFHOOK_MEDIA_RECORDER_FILE_H
#define OFFHOOK_MEDIA_RECORDER_FILE_H

#include "media/mailbox.h"

/* Makes the file if it is not there, and writes what is in the ring. `mail` is the recorder's `flush`. */
void recorder_file_flush(struct mail *mail, void *filer);

/* Writes the rest, closes, and posts the recorder to the main thread. `mail` is its `done`. */
void recorder_file_close(struct mail *mail, void *filer);

#endif
