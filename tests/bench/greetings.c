#include "tests/bench/greetings.h"

#include "media/convert.h"

#include <espeak-ng/speak_lib.h>
#include <flite/flite.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

cst_voice *register_cmu_us_kal16(const char *dir);
cst_voice *register_cmu_us_awb(const char *dir);
cst_voice *register_cmu_us_slt(const char *dir);
cst_voice *register_cmu_us_rms(const char *dir);

enum { TEXTS = 9, RAW_MAX = 22050 * 40, CHUNK_MS = 20 };

static const char *const english[2][TEXTS] = {
	{ "Hello?", "Yes?", "Hello, Anna speaking.", "Smith here.", "Good morning.", "Hi there!",
	  "Hello, Miller.", "Speaking?", NULL },
	{ "Hello, you have reached the voice mail of John Smith. Please leave a message after the tone.",
	  "Hi, this is Mary. I cannot take your call right now, so leave your name and number and I will "
	  "call you back.",
	  "Thank you for calling Acme. Our office is closed. Our hours are nine to five, Monday to Friday.",
	  "The person you are calling is not available. At the tone, please record your message.",
	  "Your call has been forwarded to an automatic voice message system.",
	  "Welcome to Acme insurance. For sales press one. For support press two.",
	  "We are sorry, the number you have dialed is not in service at this time.",
	  "Hey, it is Bob, I am out, you know what to do, just leave it after the beep.", NULL },
};
static const char *const german[2][TEXTS] = {
	{ "Hallo?", "Ja bitte?", "Müller.", "Guten Tag.", "Schmidt, hallo.", "Ja?", "Hier Anna.",
	  "Grüß Gott.", NULL },
	{ "Guten Tag, Sie sind verbunden mit dem Anschluss von Familie Müller. Bitte hinterlassen Sie eine "
	  "Nachricht nach dem Ton.",
	  "Der gewünschte Gesprächspartner ist zur Zeit nicht erreichbar. Bitte versuchen Sie es später noch "
	  "einmal.",
	  "Herzlich willkommen bei der Firma Schmidt. Unser Büro ist zur Zeit nicht besetzt.",
	  "Hier ist die Mobilbox der Rufnummer null eins sieben eins. Sprechen Sie nach dem Signal.",
	  "Wir sind gerade nicht zu Hause, aber wir rufen gerne zurück, wenn Sie Name und Nummer "
	  "hinterlassen.",
	  "Ihr Anruf ist uns wichtig. Bitte legen Sie nicht auf, der nächste freie Mitarbeiter ist für Sie "
	  "da.",
	  "Diese Rufnummer ist nicht vergeben. Bitte erfragen Sie die Rufnummer bei der Auskunft.",
	  "Hallo, hier ist Tim. Ich kann gerade nicht rangehen, also sprich mir einfach auf die Box.", NULL },
};
static const char *const spanish[2][TEXTS] = {
	{ "¿Hola?", "¿Diga?", "¿Sí?", "Buenos días.", "¿Dígame?", "Soy Ana.", "¿Bueno?", "Aló.", NULL },
	{ "Hola, ha llamado al buzón de voz de Juan. Por favor, deje su mensaje después de la señal.",
	  "El número que ha marcado no está disponible en este momento. Inténtelo más tarde.",
	  "Gracias por llamar a nuestra oficina. Nuestro horario es de nueve a cinco, de lunes a viernes.",
	  "En este momento no puedo atender su llamada, deje su nombre y su número y le llamaré.",
	  "Bienvenido al servicio de atención al cliente. Para español, marque uno.",
	  "Todos nuestros agentes están ocupados. Por favor, permanezca a la espera.",
	  "El teléfono al que llama está apagado o fuera de cobertura en este momento.",
	  "Hola, soy Marta, ahora no estoy, pero deja un mensaje y te llamo en cuanto pueda.", NULL },
};
static const char *const french[2][TEXTS] = {
	{ "Allô?", "Oui?", "Oui allô?", "Bonjour.", "Marie Dupont.", "Allô oui?", "Oui bonjour.", "Dupont.",
	  NULL },
	{ "Bonjour, vous êtes bien sur la messagerie de Paul. Merci de laisser un message après le signal "
	  "sonore.",
	  "Votre correspondant n'est pas joignable pour le moment. Veuillez rappeler ultérieurement.",
	  "Bienvenue chez Acme. Nos bureaux sont ouverts du lundi au vendredi, de neuf heures à dix huit "
	  "heures.",
	  "Je ne suis pas disponible pour l'instant, laissez moi vos coordonnées et je vous rappellerai.",
	  "Tous nos conseillers sont en ligne. Merci de patienter quelques instants.",
	  "Le numéro que vous avez demandé n'est pas attribué, ou n'est pas accessible.",
	  "Vous avez demandé le service commercial. Pour une commande, tapez un. Pour une question, tapez "
	  "deux.",
	  "Salut, c'est Luc, je ne peux pas répondre, alors laisse un message et à bientôt.", NULL },
};
static const char *const italian[2][TEXTS] = {
	{ "Pronto?", "Sì?", "Pronto, sì?", "Buongiorno.", "Chi parla?", "Sono Anna.", "Rossi.", "Sì, pronto.",
	  NULL },
	{ "Salve, risponde la segreteria telefonica di Mario. Lasciate un messaggio dopo il segnale "
	  "acustico.",
	  "L'utente da lei chiamato non è al momento raggiungibile. La preghiamo di richiamare più tardi.",
	  "Grazie per aver chiamato la nostra azienda. I nostri uffici sono chiusi.",
	  "In questo momento non posso rispondere, lasciate il vostro nome e numero e vi richiamerò.",
	  "Benvenuto nel servizio clienti. Per informazioni, prema uno. Per assistenza, prema due.",
	  "Tutti gli operatori sono momentaneamente occupati. La preghiamo di attendere in linea.",
	  "Il numero da lei composto è inesistente. La preghiamo di verificare il numero.",
	  "Ciao, sono Luca, adesso non ci sono, lascia un messaggio e ti richiamo appena posso.", NULL },
};

struct voice {
	const char *name;
	cst_voice *(*flite)(const char *dir); /* NULL: espeak-ng's of that name */
	const char *const (*texts)[TEXTS];
};

static const struct voice voices[] = {
	{ "kal16", register_cmu_us_kal16, english },
	{ "awb", register_cmu_us_awb, english },
	{ "slt", register_cmu_us_slt, english },
	{ "rms", register_cmu_us_rms, english },
	{ "en-gb", NULL, english },
	{ "de", NULL, german },
	{ "es", NULL, spanish },
	{ "fr", NULL, french },
	{ "it", NULL, italian },
};
enum { VOICES = sizeof voices / sizeof *voices };

static cst_voice *made[VOICES];
static int espeak_rate;
static int16_t raw[RAW_MAX];
static size_t raw_count;

static int take(short *samples, int count, espeak_EVENT *events)
{
	(void)events;
	for (int i = 0; samples && i < count && raw_count < RAW_MAX; i++)
		raw[raw_count++] = samples[i];
	return 0;
}

void greetings_init(void)
{
	flite_init();
	espeak_rate = espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, NULL, 0);
	if (espeak_rate <= 0) {
		fputs("espeak-ng does not start\n", stderr);
		exit(1);
	}
	espeak_SetSynthCallback(take);
	for (unsigned i = 0; i < VOICES; i++)
		if (voices[i].flite)
			made[i] = voices[i].flite(NULL);
}

const char *greeting_voice(unsigned voice)
{
	return voice < VOICES ? voices[voice].name : NULL;
}

const char *greeting_text(unsigned voice, int machine, unsigned i)
{
	return voices[voice].texts[machine][i];
}

static int speak_raw(unsigned voice, const char *text)
{
	raw_count = 0;
	if (made[voice]) {
		cst_wave *wave = flite_text_to_wave(text, made[voice]);
		int rate = wave->sample_rate;

		raw_count = (size_t)wave->num_samples < RAW_MAX ? (size_t)wave->num_samples : RAW_MAX;
		memcpy(raw, wave->samples, raw_count * sizeof *raw);
		delete_wave(wave);
		return rate;
	}
	espeak_SetVoiceByName(voices[voice].name);
	espeak_Synth(text, strlen(text) + 1, 0, POS_CHARACTER, 0, espeakCHARS_UTF8, NULL, NULL);
	espeak_Synchronize();
	return espeak_rate;
}

/* Without what is silent at either end, and at −20 dBFS. */
static size_t trim(int16_t *samples, size_t count)
{
	size_t first = 0, last = count;
	double sum = 0;

	while (first < last && abs(samples[first]) < 200)
		first++;
	while (last > first && abs(samples[last - 1]) < 200)
		last--;
	for (size_t i = first; i < last; i++)
		sum += (double)samples[i] * samples[i];
	double gain = last > first ? 3276.8 / sqrt(sum / (double)(last - first)) : 1;
	for (size_t i = first; i < last; i++)
		samples[i - first] = (int16_t)fmax(-32000, fmin(32000, samples[i] * gain));
	return last - first;
}

size_t greeting_speak(int16_t out[GREETING_MAX], unsigned voice, const char *text)
{
	int rate = speak_raw(voice, text);
	size_t in = (size_t)rate * CHUNK_MS / 1000, made_size = GREETING_RATE * CHUNK_MS / 1000, count = 0;
	struct convert convert = { 0 };

	if (convert_prepare(&convert, (unsigned)rate, GREETING_RATE))
		exit(1);
	for (size_t at = 0; at + in <= raw_count && count + made_size <= GREETING_MAX;
	     at += in, count += made_size) {
		if (rate == GREETING_RATE)
			memcpy(out + count, raw + at, made_size * sizeof *out);
		else
			convert_frame(&convert, raw + at, in, out + count, made_size);
	}
	convert_free(&convert);
	return trim(out, count);
}
