#include "daemon/api/script/twiml/write.h"

void write_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			putc(*text, out);
		}
	}
}

char *write_digits(const char *digits, const char *rest, const char *url, bool get)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fputs("<Response><Play digits=\"", out);
	write_escaped(out, digits);
	fputs("\"/>", out);
	if (!rest && url) {
		fprintf(out, "<Redirect method=\"%s\">", get ? "GET" : "POST");
		write_escaped(out, url);
		fputs("</Redirect>", out);
	}
	fputs(rest ? rest : "</Response>", out);
	fclose(out);
	return text;
}
