/* dates: times as this dialect writes and reads them. */
#ifndef OFFHOOK_API_TWILIO_DATES_H
#define OFFHOOK_API_TWILIO_DATES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { DATE_TEXT_SIZE = 40 };

/* Writes UTC ms as RFC 2822 does, to the second: "Thu, 04 Apr 2024 18:32:15 +0000". Returns `out`. */
char *date_write(int64_t utc_ms, char out[DATE_TEXT_SIZE]);
/* The same as a new value. */
json_t *date_json(int64_t utc_ms);

/* Reads a date ("2024-01-31") or a time (RFC 3339): the first moment [UTC ms] that it means and the first one
 * after it, a day or a second later. False when it is neither. */
bool date_read(const char *text, int64_t *from, int64_t *to);

#endif
