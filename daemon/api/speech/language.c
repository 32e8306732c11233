#include "daemon/api/speech/language.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* Those with a region first. */
static const struct {
	const char *tag, *name;
} languages[] = {
	{ "es-MX", "es-419" }, { "es-US", "es-419" },  { "es-AR", "es-419" }, { "es-CL", "es-419" },
	{ "es-CO", "es-419" }, { "es-419", "es-419" }, { "pt-BR", "pt-br" },  { "fr-BE", "fr-be" },
	{ "fr-CH", "fr-ch" },  { "zh-HK", "yue" },     { "en", "" },	      { "af", "af" },
	{ "ar", "ar" },	       { "arb", "ar" },	       { "bg", "bg" },	      { "bn", "bn" },
	{ "ca", "ca" },	       { "cmn", "cmn" },       { "cs", "cs" },	      { "cy", "cy" },
	{ "da", "da" },	       { "de", "de" },	       { "el", "el" },	      { "es", "es" },
	{ "et", "et" },	       { "eu", "eu" },	       { "fa", "fa" },	      { "fi", "fi" },
	{ "fr", "fr-fr" },     { "ga", "ga" },	       { "gu", "gu" },	      { "he", "he" },
	{ "hi", "hi" },	       { "hr", "hr" },	       { "hu", "hu" },	      { "hy", "hy" },
	{ "id", "id" },	       { "is", "is" },	       { "it", "it" },	      { "ja", "ja" },
	{ "ka", "ka" },	       { "kn", "kn" },	       { "ko", "ko" },	      { "lt", "lt" },
	{ "lv", "lv" },	       { "mk", "mk" },	       { "ml", "ml" },	      { "mr", "mr" },
	{ "ms", "ms" },	       { "mt", "mt" },	       { "nb", "nb" },	      { "ne", "ne" },
	{ "nl", "nl" },	       { "no", "nb" },	       { "pa", "pa" },	      { "pl", "pl" },
	{ "pt", "pt" },	       { "ro", "ro" },	       { "ru", "ru" },	      { "sk", "sk" },
	{ "sl", "sl" },	       { "sq", "sq" },	       { "sr", "sr" },	      { "sv", "sv" },
	{ "sw", "sw" },	       { "ta", "ta" },	       { "te", "te" },	      { "th", "th" },
	{ "tr", "tr" },	       { "uk", "uk" },	       { "ur", "ur" },	      { "vi", "vi" },
	{ "yue", "yue" },      { "zh", "cmn" },
};

const char *language_find(const char *tag)
{
	size_t base = strcspn(tag, "-_");

	for (size_t i = 0; i < sizeof languages / sizeof *languages; i++) {
		if (!strcasecmp(tag, languages[i].tag))
			return languages[i].name;
		if (strlen(languages[i].tag) == base && !strncasecmp(tag, languages[i].tag, base))
			return languages[i].name;
	}
	return NULL;
}

static int fit(const char *has, const char *wanted)
{
	const size_t base = strcspn(has, "-");

	if (!strcasecmp(has, wanted))
		return 2;
	return !has[base] && !strncasecmp(has, wanted, base) && (wanted[base] == '-' || wanted[base] == '_');
}

int language_fit(const struct conf_strings *tags, const char *wanted)
{
	int best = 0;

	for (size_t i = 0; i < tags->count; i++) {
		const int fits = fit(tags->items[i], wanted);

		best = fits > best ? fits : best;
	}
	return best;
}
