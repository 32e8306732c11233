/* xml_text: texts as XML has them. */
#ifndef OFFHOOK_LIB_XML_TEXT_H
#define OFFHOOK_LIB_XML_TEXT_H

#include <stdio.h>

/* Writes `text` as it may stand in an element or in an attribute's double quotes (XML 1.0, 2.4). Errors are
 * the stream's. */
void xml_text_write(FILE *out, const char *text);

#endif
