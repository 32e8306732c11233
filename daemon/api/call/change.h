/* change: inside of the changes of calls, for change.c and control.c alone. */
#ifndef OFFHOOK_API_CHANGE_H
#define OFFHOOK_API_CHANGE_H

#include "daemon/api/call/calls.h"

/* A call that is in progress is muted, held, sent digits or handed over. */
void call_control(const struct desk *desk, const char *id, const struct call_change *change, call_h *handler,
		  void *arg);

#endif
