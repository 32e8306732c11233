/* See sdp_crypto.h. */
#include "daemon/offhookd/ua/sdp_crypto.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { TAG_DIGITS = 9, LIFETIME_POWER_MAX = 48, LIFETIME_DIGITS = 15, MKI_DIGITS = 19 };

static const struct {
	const char *name;
	uint8_t key_size; /* with salt */
} suites[] = {
	{ "AES_CM_128_HMAC_SHA1_80", 30 }, { "AES_CM_128_HMAC_SHA1_32", 30 },
	{ "AES_256_CM_HMAC_SHA1_80", 46 }, { "AES_256_CM_HMAC_SHA1_32", 46 },
	{ "AEAD_AES_128_GCM", 28 },	   { "AEAD_AES_256_GCM", 44 },
};

/* ---- pieces of text ---- */

struct piece {
	const char *at, *end;
};

static bool piece_is(const struct piece *p, const char *text)
{
	return (size_t)(p->end - p->at) == strlen(text) && strncasecmp(p->at, text, strlen(text)) == 0;
}

static bool piece_begins(const struct piece *p, const char *text)
{
	return (size_t)(p->end - p->at) >= strlen(text) && strncasecmp(p->at, text, strlen(text)) == 0;
}

/* The next word; false at the end. */
static bool next_word(const char **at, struct piece *out)
{
	*at += strspn(*at, " \t");
	out->at = *at;
	*at += strcspn(*at, " \t");
	out->end = *at;
	return out->end > out->at;
}

/* Takes what stands before `separator` off `rest`, or all of it. */
static struct piece cut(struct piece *rest, char separator)
{
	struct piece p = *rest;
	const char *at = memchr(rest->at, separator, (size_t)(rest->end - rest->at));

	if (at)
		p.end = at;
	rest->at = at ? at + 1 : rest->end;
	return p;
}

/* A whole number of 1 to `max_digits` digits. */
static bool read_number(const struct piece *p, size_t max_digits, uint64_t *out)
{
	size_t n = (size_t)(p->end - p->at);
	uint64_t value = 0;

	if (n == 0 || n > max_digits)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (p->at[i] < '0' || p->at[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(p->at[i] - '0');
	}
	*out = value;
	return true;
}

/* ---- base64 ---- */

static const char digits64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Exactly `size` bytes; there are phones that leave the padding out. */
static bool decode(const struct piece *p, uint8_t *out, size_t size)
{
	const char *end = p->end;
	size_t at = 0, bits = 0;
	uint32_t value = 0;

	while (end > p->at && end[-1] == '=' && p->end - end < 2)
		end--;
	for (const char *c = p->at; c < end; c++) {
		const char *digit = *c ? strchr(digits64, *c) : NULL;

		if (!digit)
			return false;
		value = (value << 6 | (uint32_t)(digit - digits64)) & 0xffffff;
		bits += 6;
		if (bits < 8)
			continue;
		if (at == size)
			return false;
		bits -= 8;
		out[at++] = (uint8_t)(value >> bits);
	}
	return at == size && bits < 6;
}

static size_t encode(const uint8_t *bytes, size_t size, char *out)
{
	char *begin = out;

	for (size_t i = 0; i < size; i += 3) {
		size_t left = size - i;
		uint32_t value = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
				 (left > 2 ? bytes[i + 2] : 0);

		*out++ = digits64[value >> 18];
		*out++ = digits64[value >> 12 & 63];
		*out++ = left > 1 ? digits64[value >> 6 & 63] : '=';
		*out++ = left > 2 ? digits64[value & 63] : '=';
	}
	*out = '\0';
	return (size_t)(out - begin);
}

/* ---- the line ---- */

/* "2^20" or a number of packets */
static bool is_lifetime(struct piece p)
{
	uint64_t value;

	if (piece_begins(&p, "2^")) {
		p.at += 2;
		return read_number(&p, 2, &value) && value <= LIFETIME_POWER_MAX;
	}
	return read_number(&p, LIFETIME_DIGITS, &value) && value > 0;
}

/* "1:4": the identifier, in so many bytes */
static bool read_mki(struct ua_sdp_crypto *out, struct piece p)
{
	struct piece number = cut(&p, ':');
	uint64_t value, size;

	if (!read_number(&number, MKI_DIGITS, &value) || !read_number(&p, 3, &size) || size == 0 ||
	    size > UA_SDP_MKI_MAX || (size < 8 && value >> 8 * size))
		return false;
	out->mki_size = (uint8_t)size;
	for (size_t i = 0; i < size; i++)
		out->mki[size - 1 - i] = (uint8_t)(value >> 8 * i);
	return true;
}

/* "inline:KEY", "inline:KEY|LIFETIME", "inline:KEY|MKI", "inline:KEY|LIFETIME|MKI" */
static bool read_key(struct ua_sdp_crypto *out, struct piece p)
{
	struct piece part;

	if (!piece_begins(&p, "inline:"))
		return false;
	p.at += strlen("inline:");
	part = cut(&p, '|');
	if (!decode(&part, out->key, out->key_size))
		return false;
	part = cut(&p, '|');
	if (part.at == part.end)
		return p.at == p.end;
	if (memchr(part.at, ':', (size_t)(part.end - part.at)))
		return p.at == p.end && read_mki(out, part);
	if (!is_lifetime(part))
		return false;
	return p.at == p.end || read_mki(out, p);
}

static bool read_suite(struct ua_sdp_crypto *out, const struct piece *p)
{
	for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++) {
		if (!piece_is(p, suites[i].name))
			continue;
		out->suite = suites[i].name;
		out->key_size = suites[i].key_size;
		return true;
	}
	return false;
}

static bool is_harmless(const struct piece *parameter)
{
	return parameter->at[0] == '-' || piece_begins(parameter, "WSH=");
}

static bool read_line(struct ua_sdp_crypto *out, const char *text)
{
	struct piece word;
	uint64_t tag;

	word.at = text;
	word.end = text + strcspn(text, " \t");
	if (!read_number(&word, TAG_DIGITS, &tag))
		return false;
	out->tag = (uint32_t)tag;
	text = word.end;
	if (!next_word(&text, &word) || !read_suite(out, &word) || !next_word(&text, &word) ||
	    !read_key(out, word))
		return false;
	while (next_word(&text, &word))
		if (!is_harmless(&word))
			return false;
	return true;
}

int ua_sdp_crypto_parse(struct ua_sdp_crypto *out, const char *text)
{
	struct ua_sdp_crypto crypto = { .tag = 0 };
	bool good = read_line(&crypto, text);

	if (good)
		*out = crypto;
	explicit_bzero(&crypto, sizeof crypto);
	return good ? 0 : EINVAL;
}

int ua_sdp_crypto_print(const struct ua_sdp_crypto *crypto, char out[UA_SDP_CRYPTO_TEXT])
{
	char key[(UA_SDP_KEY_MAX + 2) / 3 * 4 + 1];
	int n;

	encode(crypto->key, crypto->key_size, key);
	n = snprintf(out, UA_SDP_CRYPTO_TEXT, "%u %s inline:%s", crypto->tag, crypto->suite, key);
	explicit_bzero(key, sizeof key);
	return n < 0 || n >= UA_SDP_CRYPTO_TEXT ? -1 : n;
}
