/* wav_head: the head of a WAV file that ends when it ends. */
#ifndef OFFHOOK_API_WAV_HEAD_H
#define OFFHOOK_API_WAV_HEAD_H

struct evbuffer;

/* Adds RIFF, fmt and the beginning of data: 16-bit samples; the lengths are the greatest there are, which
 * readers take for "until the end". Returns 0 or ENOMEM. */
int wav_head_endless(struct evbuffer *out, unsigned channels, unsigned rate)
    __attribute__((warn_unused_result));

#endif
