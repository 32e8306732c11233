#include "daemon/api/speech/voices.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Amazon Polly's, by their language; those of men begin with "*". */
static const struct {
	const char *language, *names;
} polly[] = {
	{ "ar", "Zeina" },
	{ "ar-AE", "Hala *Zayd" },
	{ "nl-BE", "Lisa" },
	{ "ca-ES", "Arlet" },
	{ "yue-CN", "Hiujin" },
	{ "cmn-CN", "Zhiyu" },
	{ "cs-CZ", "Jitka" },
	{ "da-DK", "Naja *Mads Sofie" },
	{ "nl-NL", "Laura Lotte *Ruben" },
	{ "en-AU", "Nicole Olivia *Russell" },
	{ "en-GB", "Amy Emma *Brian *Arthur *Geraint" },
	{ "en-IN", "Aditi Raveena Kajal" },
	{ "en-IE", "Niamh" },
	{ "en-NZ", "Aria" },
	{ "en-ZA", "Ayanda" },
	{ "en-US", "Danielle *Gregory Ivy Joanna Kendra Kimberly Salli *Joey *Justin *Kevin *Matthew Ruth "
		   "*Stephen *Patrick" },
	{ "fi-FI", "Suvi" },
	{ "fr-FR", "Celine Lea *Mathieu *Remi" },
	{ "fr-BE", "Isabelle" },
	{ "fr-CA", "Chantal Gabrielle *Liam" },
	{ "de-DE", "Marlene Vicki *Hans *Daniel" },
	{ "de-AT", "Hannah" },
	{ "de-CH", "Sabrina" },
	{ "is-IS", "Dora *Karl" },
	{ "it-IT", "Carla Bianca *Giorgio *Adriano" },
	{ "ja-JP", "Mizuki *Takumi Kazuha Tomoko" },
	{ "ko-KR", "Seoyeon Jihye" },
	{ "nb-NO", "Liv Ida" },
	{ "pl-PL", "Ewa Maja *Jacek *Jan Ola" },
	{ "pt-BR", "Camila Vitoria *Ricardo *Thiago" },
	{ "pt-PT", "Ines *Cristiano" },
	{ "ro-RO", "Carmen" },
	{ "ru-RU", "Tatyana *Maxim" },
	{ "es-ES", "Conchita Lucia *Enrique *Sergio Alba *Raul" },
	{ "es-MX", "Mia *Andres" },
	{ "es-US", "Lupe Penelope *Miguel *Pedro" },
	{ "sv-SE", "Astrid Elin" },
	{ "tr-TR", "Filiz Burcu" },
	{ "cy-GB", "Gwyneth" },
};

/* Whether a word is in a list; *male: with a star. */
static bool has_word(const char *list, const char *word, size_t length, bool *male)
{
	while (*list) {
		const size_t found = strcspn(list, " ");

		*male = *list == '*';
		if (found - *male == length && !strncasecmp(list + *male, word, length))
			return true;
		list += found;
		list += strspn(list, " ");
	}
	return false;
}

/* "Hans", "Hans-Neural". */
static void find_polly(const char *name, struct voice *out)
{
	const size_t length = strcspn(name, "-");

	for (size_t i = 0; i < sizeof polly / sizeof *polly; i++) {
		bool male;

		if (!has_word(polly[i].names, name, length, &male))
			continue;
		snprintf(out->language, sizeof out->language, "%s", polly[i].language);
		out->male = male;
		return;
	}
}

/* "de-DE-Wavenet-B", "en-US-Chirp3-HD-Puck": the language, the kind, the voice. */
static void find_google(const char *name, struct voice *out)
{
	static const char men[] =
	    "B D I J Achird Algenib Algieba Alnilam Charon Enceladus Fenrir Iapetus Orus Puck Rasalgethi "
	    "Sadachbia Sadaltager Schedar Umbriel Zubenelgenubi";
	const char *region = strchr(name, '-'), *kind = region ? strchr(region + 1, '-') : NULL;
	const char *last = strrchr(name, '-');
	bool unused;

	if (!kind || (size_t)(kind - name) >= sizeof out->language)
		return;
	snprintf(out->language, sizeof out->language, "%.*s", (int)(kind - name), name);
	out->male = last > kind && has_word(men, last + 1, strlen(last + 1), &unused);
}

void voice_find(const char *name, struct voice *out)
{
	*out = (struct voice){ .male = false };
	if (!name)
		return;
	if (!strncasecmp(name, "Polly.", 6))
		find_polly(name + 6, out);
	else if (!strncasecmp(name, "Google.", 7))
		find_google(name + 7, out);
	else
		out->male = !strcasecmp(name, "man") || !strcasecmp(name, "male") || !strcasecmp(name, "rms");
}
