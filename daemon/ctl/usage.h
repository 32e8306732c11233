/* usage: what offhookctl says of itself. */
#ifndef OFFHOOK_CTL_USAGE_H
#define OFFHOOK_CTL_USAGE_H

/* All of it. */
const char *usage_text(void);

#endif
