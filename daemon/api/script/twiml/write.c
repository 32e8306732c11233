#include "daemon/api/script/twiml/write.h"

#include "lib/xml_text.h"

#include <stdio.h>

char *write_digits(const char *digits, const char *rest, const char *url, bool get)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fputs("<Response><Play digits=\"", out);
	xml_text_write(out, digits);
	fputs("\"/>", out);
	if (!rest && url) {
		fprintf(out, "<Redirect method=\"%s\">", get ? "GET" : "POST");
		xml_text_write(out, url);
		fputs("</Redirect>", out);
	}
	fputs(rest ? rest : "</Response>", out);
	fclose(out);
	return text;
}
