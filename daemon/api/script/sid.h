/* sid: ids as documents have them: two letters and 32 hexadecimal digits, or as they are. Pure. */
#ifndef OFFHOOK_API_SCRIPT_SID_H
#define OFFHOOK_API_SCRIPT_SID_H

#include <stdbool.h>

enum { SID_UUID_SIZE = 37 };

/* The UUID that `text` stands for, with those letters or without. False: for none. */
bool script_sid_read(const char *letters, const char *text, char out[SID_UUID_SIZE]);

#endif
