/* conf_value: values of a conf, from text to their type. Internal to the conf loader.
 *
 * Each function reads value 0 of an option (or the one asked for), reports what is wrong with it and what is
 * allowed, and leaves *out, which holds the default, when the option is not set or wrong. */
#ifndef OFFHOOK_LIB_CONF_VALUE_H
#define OFFHOOK_LIB_CONF_VALUE_H

#include "lib/conf_options.h"

/* A whole number from `min` to `max`. */
void conf_get_number(const struct conf_section *section, const char *option, uint64_t min, uint64_t max,
		     unsigned *out);
/* The same for value `index` of a list. */
void conf_get_number_at(const struct conf_section *section, const char *option, size_t index, uint64_t min,
			uint64_t max, unsigned *out);
/* Bytes: a number, K, M or G (KiB, MiB, GiB) behind it for powers of 1024. */
void conf_get_size(const struct conf_section *section, const char *option, uint64_t min, uint64_t max,
		   size_t *out);
/* Seconds, or with a unit behind it: ms, s, m, h, d. Limits and *out in milliseconds. */
void conf_get_time_ms(const struct conf_section *section, const char *option, uint64_t min_ms,
		      uint64_t max_ms, unsigned *out_ms);
/* The same in whole seconds. */
void conf_get_time_s(const struct conf_section *section, const char *option, uint64_t min_s, uint64_t max_s,
		     unsigned *out_s);
/* true, on, yes, false, off, no. */
void conf_get_bool(const struct conf_section *section, const char *option, bool *out);
/* A copy of the text in *out, which was NULL or malloc'ed; an empty one is refused. False without memory. */
bool conf_get_text(const struct conf_section *section, const char *option, char **out);
/* The same, and "" counts as not set. */
bool conf_get_optional_text(const struct conf_section *section, const char *option, char **out);
/* All values of a list. False without memory. */
bool conf_get_texts(const struct conf_section *section, const char *option, struct conf_strings *out);

/* All values of a list of beginnings of numbers: "+" and digits, those of short numbers, or "none". False
 * without memory. */
bool conf_get_prefixes(const struct conf_section *section, const char *option, struct conf_strings *out);

/* "+" and 2 to 15 digits, the first not 0 (E.164). */
bool conf_is_e164(const char *text);
/* 1 to 64 characters that may stand in a SIP address and in a URL's path without escapes: letters, digits, -
 * . _ ~ + */
bool conf_is_name(const char *text);
/* A host name or a numeric address, IPv6 without brackets. */
bool conf_is_host(const char *text);
/* A numeric IPv4 or IPv6 address. */
bool conf_is_address(const char *text);
/* http:// or https:// with a host, without spaces. */
bool conf_is_web_url(const char *text);
bool conf_is_uuid(const char *text);

/* Splits "host", "host:port", "[v6]" or "[v6]:port". *port stays when there is none. Returns false when it is
 * none of these. */
bool conf_split_host_port(const char *text, char *host, size_t size, uint16_t *port);

#endif
