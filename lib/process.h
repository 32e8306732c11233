/* process: what this process uses of the machine (proc(5)), for those who watch it. */
#ifndef OFFHOOK_LIB_PROCESS_H
#define OFFHOOK_LIB_PROCESS_H

#include <jansson.h>
#include <stdint.h>

struct process_use {
	double cpu_s; /* user and system, of all threads, since its start */
	uint64_t resident_bytes, virtual_bytes;
	uint64_t threads, open_fds, max_fds;
	double started; /* UTC seconds */
};

/* What cannot be read is 0. Takes some tens of microseconds, and more with thousands of descriptors. */
void process_read(struct process_use *out);
/* {"cpu_s", "resident_bytes", "virtual_bytes", "threads", "open_fds", "max_fds", "started"}: new, or NULL
 * without memory. */
json_t *process_json(void);

#endif
