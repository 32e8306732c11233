/* xml_encoding: the text of an XML document in UTF-8, whatever it came in. Pure; threads: any. */
#ifndef OFFHOOK_LIB_XML_ENCODING_H
#define OFFHOOK_LIB_XML_ENCODING_H

#include <stddef.h>

/* Its encoding is `charset` (of Content-Type; NULL or "": not said), else what its byte order mark or its XML
 * declaration says (XML 1.0 appendix F), else UTF-8. *out (to be freed by the caller, on failure too; without
 * a NUL at its end) are *out_size bytes without the mark; with EILSEQ those before the first that are none in
 * that encoding. Returns 0, EILSEQ, ENOTSUP (an encoding that is not known) or ENOMEM. */
int xml_encoding_to_utf8(char **out, size_t *out_size, const char *bytes, size_t size, const char *charset)
    __attribute__((warn_unused_result));

#endif
