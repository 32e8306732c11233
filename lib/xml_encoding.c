#include "lib/xml_encoding.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NAME_MAX_BYTES = 40, HEAD_BYTES = 200 };

/* What the first bytes say. *skip: bytes of the mark. NULL: nothing. */
static const char *marked_encoding(const unsigned char *b, size_t size, size_t *skip)
{
	*skip = 0;
	if (size >= 3 && b[0] == 0xef && b[1] == 0xbb && b[2] == 0xbf) {
		*skip = 3;
		return "UTF-8";
	}
	if (size >= 2 && ((b[0] == 0xff && b[1] == 0xfe) || (b[0] == 0xfe && b[1] == 0xff))) {
		*skip = 2;
		return b[0] == 0xff ? "UTF-16LE" : "UTF-16BE";
	}
	if (size >= 4 && b[0] == '<' && !b[1] && b[2] && !b[3])
		return "UTF-16LE";
	if (size >= 4 && !b[0] && b[1] == '<' && !b[2] && b[3])
		return "UTF-16BE";
	return NULL;
}

/* The encoding of an XML declaration, into `out`; false: there is none. */
static bool declared_encoding(const char *text, size_t size, char out[NAME_MAX_BYTES])
{
	char head[HEAD_BYTES];
	const char *at, *end;
	size_t length = size < sizeof head - 1 ? size : sizeof head - 1;

	memcpy(head, text, length);
	head[length] = '\0';
	end = strstr(head, "?>");
	if (strncmp(head, "<?xml", 5) || !end || !(at = strstr(head, "encoding")) || at > end)
		return false;
	at += strlen("encoding");
	at += strspn(at, " \t\r\n=");
	if (*at != '"' && *at != '\'')
		return false;
	length = strcspn(at + 1, "\"'");
	if (length == 0 || length >= NAME_MAX_BYTES)
		return false;
	memcpy(out, at + 1, length);
	out[length] = '\0';
	return true;
}

static int convert(char **out, size_t *out_size, const char *bytes, size_t size, const char *encoding)
{
	iconv_t cd = iconv_open("UTF-8", encoding);
	size_t room = size * 4 + 4, left = room, in_left = size;
	char *from = (char *)bytes, *to;
	int err = 0;

	if (cd == (iconv_t)-1)
		return errno == EINVAL ? ENOTSUP : ENOMEM;
	to = *out = malloc(room);
	if (!to)
		err = ENOMEM;
	else if (iconv(cd, &from, &in_left, &to, &left) == (size_t)-1)
		err = EILSEQ;
	*out_size = to ? (size_t)(to - *out) : 0;
	iconv_close(cd);
	return err;
}

int xml_encoding_to_utf8(char **out, size_t *out_size, const char *bytes, size_t size, const char *charset)
{
	char declared[NAME_MAX_BYTES];
	size_t skip;
	const char *marked = marked_encoding((const unsigned char *)bytes, size, &skip), *encoding = marked;

	*out = NULL;
	*out_size = 0;
	if (charset && *charset && !(marked && !strncasecmp(charset, "utf-16", 6)))
		encoding = charset;
	else if (!encoding)
		encoding = declared_encoding(bytes, size, declared) ? declared : "UTF-8";
	return convert(out, out_size, bytes + skip, size - skip, encoding);
}
