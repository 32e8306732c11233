#include "daemon/api/speech/speech.h"

#include "daemon/api/speech/language.h"
#include "daemon/api/speech/polyglot.h"
#include "daemon/api/speech/voices.h"
#include "lib/log.h"
#include "lib/random.h"

#include <errno.h>
#include <event2/event.h>
#include <flite/flite.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A part is spoken at a time, so that a long text does not keep the others waiting. */
enum { THREADS = 2, WAITING_MAX = 256, PART_MAX = 240 };

/* Of the silence before a sentence, this is left [s]. */
#define LEAD_S 0.02f

/* flite's header leaves these to its users. */
cst_voice *register_cmu_us_slt(const char *voxdir);
cst_voice *register_cmu_us_rms(const char *voxdir);

struct job {
	struct job *next;
	char *text, *file;
	const char *rest; /* of the text: not spoken yet */
	cst_wave *wave;	  /* what is, or NULL */
	bool male, markup;
	const char *language; /* as language_find() has it */
	int err;
	speech_h *handler;
	void *arg;
};

struct queue {
	struct job *first, **last;
};

struct speech {
	pthread_mutex_t mutex; /* guards the queues, count and stop */
	pthread_cond_t wake;
	pthread_t threads[THREADS];
	unsigned thread_count, count;
	bool stop;
	struct queue waiting, done;
	/* A voice is not safe for two threads at once. */
	pthread_mutex_t voice_mutex[2];
	cst_voice *voices[2];
	int fd;
	struct event *ready;
};

static void queue_push(struct queue *queue, struct job *job)
{
	job->next = NULL;
	*queue->last = job;
	queue->last = &job->next;
}

static struct job *queue_pop(struct queue *queue)
{
	struct job *job = queue->first;

	if (job) {
		queue->first = job->next;
		if (!job->next)
			queue->last = &queue->first;
	}
	return job;
}

static void job_free(struct job *job)
{
	if (job->wave)
		delete_wave(job->wave);
	free(job->text);
	free(job->file);
	free(job);
}

/* What it is spoken with: *language as language_find() has it. */
static void choose_voice(const struct speech_text *what, const char **language, bool *male)
{
	struct voice voice;
	const char *tag;

	voice_find(what->voice, &voice);
	tag = what->language ? what->language : voice.language;
	*male = voice.male;
	*language = *tag ? language_find(tag) : "";
	if (!*language)
		*language = "";
}

char *speech_voice_name(const struct speech_text *what, char out[SPEECH_VOICE_NAME_SIZE])
{
	const char *language;
	bool male;

	choose_voice(what, &language, &male);
	if (*language || what->markup)
		snprintf(out, SPEECH_VOICE_NAME_SIZE, "espeak%s-%.16s-%s", what->markup ? "-ssml" : "",
			 language, male ? "m" : "f");
	else
		snprintf(out, SPEECH_VOICE_NAME_SIZE, "%s", male ? "rms" : "slt");
	return out;
}

static bool is_utf8_middle(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* How many bytes of `text` to speak at once: all when it is short, else up to the end of a sentence, a word,
 * or a character. */
static size_t part_length(const char *text)
{
	size_t length = strlen(text), word = 0, sentence = 0;

	if (length <= PART_MAX)
		return length;
	for (size_t i = 1; i <= PART_MAX; i++) {
		if (!strchr(" \t\r\n", text[i]))
			continue;
		word = i;
		if (strchr(".!?:;", text[i - 1]))
			sentence = i;
	}
	if (sentence || word)
		return sentence ? sentence : word;
	length = PART_MAX;
	while (length > 1 && is_utf8_middle(text[length]))
		length--;
	return length;
}

static void cut_beginning(cst_wave *wave, float seconds)
{
	const int cut = seconds > 0 ? (int)(seconds * (float)wave->sample_rate) : 0;

	if (cut == 0 || cut >= wave->num_samples)
		return;
	wave->num_samples -= cut;
	memmove(wave->samples, wave->samples + cut * wave->num_channels,
		(size_t)wave->num_samples * (size_t)wave->num_channels * sizeof *wave->samples);
}

/* What the voice says; at the beginning without the fifth of a second of silence that it takes, for which
 * everybody who is spoken to would wait. */
static cst_wave *say(const char *text, cst_voice *voice, bool beginning)
{
	cst_utterance *utterance = flite_synth_text(text, voice);
	cst_wave *wave = utterance ? copy_wave(utt_wave(utterance)) : NULL;
	cst_item *first = wave ? relation_head(utt_relation(utterance, "Segment")) : NULL;

	if (beginning && first && !strcmp(item_name(first), "pau"))
		cut_beginning(wave, item_feat_float(first, "end") - LEAD_S);
	if (utterance)
		delete_utterance(utterance);
	return wave;
}

/* Speaks the next part of the job's text. */
static int speak(struct speech *speech, struct job *job)
{
	/* Markup is not cut. */
	size_t length = job->markup ? strlen(job->rest) : part_length(job->rest);
	char *text = strndup(job->rest, length);
	cst_wave *wave;

	if (!text)
		return ENOMEM;
	job->rest += length;
	if (*job->language || job->markup) {
		wave = polyglot_speak(text, *job->language ? job->language : "en-us", job->male, job->markup);
	} else {
		pthread_mutex_lock(&speech->voice_mutex[job->male]);
		wave = say(text, speech->voices[job->male], !job->wave);
		pthread_mutex_unlock(&speech->voice_mutex[job->male]);
	}
	free(text);
	if (!wave)
		return EIO;
	if (job->wave) {
		concat_wave(job->wave, wave);
		delete_wave(wave);
	} else {
		job->wave = wave;
	}
	return 0;
}

static int save(const struct job *job)
{
	size_t size = strlen(job->file) + 24;
	char *part = malloc(size), suffix[17];
	int err = 0;

	if (!part)
		return ENOMEM;
	snprintf(part, size, "%s.%s", job->file, random_hex(suffix, 8));
	if (cst_wave_save_riff(job->wave, part) || rename(part, job->file)) {
		unlink(part);
		err = EIO;
	}
	free(part);
	return err;
}

static void *work(void *arg)
{
	struct speech *speech = arg;
	const uint64_t one = 1;

	pthread_mutex_lock(&speech->mutex);
	for (;;) {
		struct job *job;

		while (!speech->stop && !speech->waiting.first)
			pthread_cond_wait(&speech->wake, &speech->mutex);
		if (speech->stop)
			break;
		job = queue_pop(&speech->waiting);
		pthread_mutex_unlock(&speech->mutex);
		job->err = speak(speech, job);
		if (!job->err && !*job->rest)
			job->err = save(job);
		pthread_mutex_lock(&speech->mutex);
		if (!job->err && *job->rest) {
			queue_push(&speech->waiting, job);
			continue;
		}
		queue_push(&speech->done, job);
		if (write(speech->fd, &one, sizeof one) < 0)
			log_error("speech.wake_failed", NULL, "%s", "");
	}
	pthread_mutex_unlock(&speech->mutex);
	return NULL;
}

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct speech *speech = arg;
	struct job *job;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof count) < 0)
		return;
	for (;;) {
		pthread_mutex_lock(&speech->mutex);
		job = queue_pop(&speech->done);
		if (job)
			speech->count--;
		pthread_mutex_unlock(&speech->mutex);
		if (!job)
			break;
		job->handler(job->err, job->arg);
		job_free(job);
	}
}

int speech_alloc(struct speech **out, struct event_base *base)
{
	struct speech *speech = calloc(1, sizeof *speech);

	if (!speech)
		return ENOMEM;
	pthread_mutex_init(&speech->mutex, NULL);
	pthread_cond_init(&speech->wake, NULL);
	pthread_mutex_init(&speech->voice_mutex[0], NULL);
	pthread_mutex_init(&speech->voice_mutex[1], NULL);
	speech->waiting.last = &speech->waiting.first;
	speech->done.last = &speech->done.first;
	flite_init();
	speech->voices[0] = register_cmu_us_slt(NULL);
	speech->voices[1] = register_cmu_us_rms(NULL);
	speech->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (speech->fd >= 0)
		speech->ready = event_new(base, speech->fd, EV_READ | EV_PERSIST, on_ready, speech);
	if (!speech->ready || event_add(speech->ready, NULL) || !speech->voices[0] || !speech->voices[1]) {
		speech_free(speech);
		return ENOMEM;
	}
	while (speech->thread_count < THREADS) {
		if (pthread_create(&speech->threads[speech->thread_count], NULL, work, speech)) {
			speech_free(speech);
			return ENOMEM;
		}
		speech->thread_count++;
	}
	*out = speech;
	return 0;
}

void speech_free(struct speech *speech)
{
	struct job *job;

	if (!speech)
		return;
	pthread_mutex_lock(&speech->mutex);
	speech->stop = true;
	pthread_cond_broadcast(&speech->wake);
	pthread_mutex_unlock(&speech->mutex);
	for (unsigned i = 0; i < speech->thread_count; i++)
		pthread_join(speech->threads[i], NULL);
	while ((job = queue_pop(&speech->waiting)) || (job = queue_pop(&speech->done)))
		job_free(job);
	polyglot_stop();
	if (speech->ready)
		event_free(speech->ready);
	if (speech->fd >= 0)
		close(speech->fd);
	free(speech);
}

int speech_say(struct speech *speech, const struct speech_text *what, const char *file, speech_h *handler,
	       void *arg)
{
	struct job *job = calloc(1, sizeof *job);
	bool full;

	if (!job)
		return ENOMEM;
	job->markup = what->markup;
	job->text = strdup(what->markup ? what->markup : what->text);
	job->rest = job->text;
	job->file = strdup(file);
	choose_voice(what, &job->language, &job->male);
	job->handler = handler;
	job->arg = arg;
	if (!job->text || !job->file) {
		job_free(job);
		return ENOMEM;
	}
	pthread_mutex_lock(&speech->mutex);
	full = speech->count >= WAITING_MAX;
	if (!full) {
		speech->count++;
		queue_push(&speech->waiting, job);
		pthread_cond_signal(&speech->wake);
	}
	pthread_mutex_unlock(&speech->mutex);
	if (full)
		job_free(job);
	return full ? EAGAIN : 0;
}
