/* trunk_line: the secret in the Contact that we register with a trunk (";line="): who sends it back is the
 * trunk. It is the same after a restart, also one that nobody asked for: a registrar that allows one contact
 * takes the new registration for the old one. It is made of what names the trunk, and of a key in
 * state-dir/trunk-lines.key that is made once. Main thread only. */
#ifndef OFFHOOK_TRUNKS_TRUNK_LINE_H
#define OFFHOOK_TRUNKS_TRUNK_LINE_H

#include "lib/conf.h"

enum { TRUNK_LINE_SIZE = 17, TRUNK_LINE_KEY_SIZE = 32 };

/* Reads the key, or makes it; waits for the disk. One that cannot be read or kept lasts as long as we run,
 * with a warning. `state_dir` NULL: likewise, without. */
void trunk_line_key(unsigned char out[TRUNK_LINE_KEY_SIZE], const char *state_dir);

/* The same for the same conf, whenever we start: a registrar that allows one contact knows ours again.
 * Another when anything has changed that makes a reload begin the trunk anew: then the registration of the
 * one before is being taken back, and that must not end the new one. */
void trunk_line_make(char out[TRUNK_LINE_SIZE], const unsigned char key[TRUNK_LINE_KEY_SIZE],
		     const struct conf_trunk *conf);

#endif
