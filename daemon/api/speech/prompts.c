#include "daemon/api/speech/prompts.h"

#include "daemon/api/net/fetch.h"
#include "daemon/api/net/weburl.h"
#include "daemon/api/speech/speech.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/random.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FETCH_SIZE_MAX = 32 * 1024 * 1024, FETCH_TIMEOUT_MS = 15000, FETCH_KEEP_S = 60, PATH_SIZE = 1024 };

struct prompts {
	struct fetcher *fetcher;
	struct speech *speech;
	char *dir;
	struct order *first;
};

/* One prompts_prepare(): it waits for all of its parts. */
struct order {
	struct order *next, **link;
	struct prompts *prompts;
	json_t *files;
	char error[256];
	size_t waiting;
	prompts_h *handler;
	void *arg;
	struct part *parts;
	size_t part_count;
};

struct part {
	struct order *order;
	size_t index;
	struct fetch *fetch;
	char file[PATH_SIZE];
};

static void order_free(struct order *order)
{
	*order->link = order->next;
	if (order->next)
		order->next->link = order->link;
	for (size_t i = 0; i < order->part_count; i++)
		fetch_cancel(order->parts[i].fetch);
	json_decref(order->files);
	free(order->parts);
	free(order);
}

__attribute__((format(printf, 2, 3))) static void order_fail(struct order *order, const char *fmt, ...)
{
	va_list args;

	if (*order->error)
		return;
	va_start(args, fmt);
	vsnprintf(order->error, sizeof order->error, fmt, args);
	va_end(args);
}

static void part_done(struct part *part)
{
	struct order *order = part->order;

	json_array_set_new(order->files, part->index, json_string(part->file));
	if (--order->waiting)
		return;
	order->handler(*order->error ? NULL : order->files, *order->error ? order->error : NULL, order->arg);
	order_free(order);
}

/* prompts/PREFIX-DIGEST.wav */
static void cache_name(struct part *part, const char *prefix, const char *a, const char *b,
		       const char *suffix)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	char text[2 * SHA256_DIGEST_LENGTH + 1];
	size_t size = strlen(a) + strlen(b) + 2;
	char *both = malloc(size);

	if (!both)
		return;
	snprintf(both, size, "%s\n%s", a, b);
	SHA256((unsigned char *)both, size - 1, digest);
	free(both);
	for (size_t i = 0; i < sizeof digest; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	snprintf(part->file, sizeof part->file, "%s/%s-%s%s", part->order->prompts->dir, prefix, text,
		 suffix);
}

static void on_spoken(int err, void *arg)
{
	struct part *part = arg;

	if (err)
		order_fail(part->order, "The text could not be spoken.");
	part_done(part);
}

static void prepare_say(struct part *part, const struct step *step)
{
	const struct speech_text what = { step->text, step->voice, step->language };
	char voice[SPEECH_VOICE_NAME_SIZE];
	int err;

	cache_name(part, "say", speech_voice_name(step->voice, step->language, voice), step->text, ".wav");
	if (!access(part->file, R_OK)) {
		part_done(part);
		return;
	}
	err = speech_say(part->order->prompts->speech, &what, part->file, on_spoken, part);
	if (err) {
		order_fail(part->order, "The text could not be spoken: %s.",
			   err == EAGAIN ? "too many texts are waiting" : "no memory");
		part_done(part);
	}
}

/* Writes beside and renames, so that nobody plays half a file. */
static int write_file(const char *file, const char *body, size_t size)
{
	char part[PATH_SIZE + 20], suffix[17];
	int fd, err = EIO;

	snprintf(part, sizeof part, "%s.%s", file, random_hex(suffix, 8));
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd < 0)
		return errno;
	if (write(fd, body, size) == (ssize_t)size)
		err = 0;
	if (close(fd) || (!err && rename(part, file)))
		err = EIO;
	if (err)
		unlink(part);
	return err;
}

/* Documents are not: other types are looked at by the switch, many servers have none for sounds. */
static bool is_no_sound(const char *type)
{
	static const char *const documents[] = { "text/html", "text/xml", "application/xml",
						 "application/json", NULL };
	bool found = false;

	for (size_t i = 0; type && documents[i]; i++)
		found |= !strncasecmp(type, documents[i], strlen(documents[i]));
	return found;
}

static void on_fetched(const struct fetch_result *result, void *arg)
{
	struct part *part = arg;

	part->fetch = NULL;
	if (result->error)
		order_fail(part->order, "%.150s could not be fetched: %s.", result->url, result->error);
	else if (result->status != 200)
		order_fail(part->order, "%.150s could not be fetched: HTTP status %d.", result->url,
			   result->status);
	else if (is_no_sound(result->content_type))
		order_fail(part->order, "%.150s is no sound: it came as %.60s.", result->url,
			   result->content_type);
	else if (!result->size || write_file(part->file, result->body, result->size))
		order_fail(part->order, "%.150s is empty or could not be kept.", result->url);
	part_done(part);
}

static bool is_fresh(const char *file)
{
	struct stat info;

	return !stat(file, &info) && clock_utc_ms() / 1000 - info.st_mtim.tv_sec < FETCH_KEEP_S;
}

static void prepare_url(struct part *part, const char *address)
{
	const struct fetch_setup setup = { .url = address,
					   .timeout_ms = FETCH_TIMEOUT_MS,
					   .max_size = FETCH_SIZE_MAX };
	size_t path = strcspn(address, "?#");
	bool mp3 = path > 4 && !strncasecmp(address + path - 4, ".mp3", 4);

	cache_name(part, "get", "", address, mp3 ? ".mp3" : ".wav");
	if (is_fresh(part->file)) {
		part_done(part);
	} else if (fetch_start(&part->fetch, part->order->prompts->fetcher, &setup, on_fetched, part)) {
		order_fail(part->order, "%.150s could not be fetched: too many requests are under way.",
			   address);
		part_done(part);
	}
}

/* A plain name under prompts/: nothing that leads out of it. */
static void prepare_file(struct part *part, const char *name)
{
	snprintf(part->file, sizeof part->file, "%s/%s", part->order->prompts->dir, name);
	if (*name == '/' || *name == '.' || strstr(name, "..") || strlen(name) > 200)
		order_fail(part->order, "%.100s is no file name under prompts.", name);
	else if (access(part->file, R_OK))
		order_fail(part->order, "There is no file %.100s under prompts.", name);
	part_done(part);
}

static void prepare_play(struct part *part, const struct step *step, const char *base_url)
{
	const char *text = step->text;
	char *full;

	if (!strncmp(text, "tone:", 5)) {
		snprintf(part->file, sizeof part->file, "%.100s", text);
		part_done(part);
		return;
	}
	full = strstr(text, "://") || *text == '/' ? weburl_resolve(base_url, text) : NULL;
	if (full)
		prepare_url(part, full);
	else
		prepare_file(part, text);
	free(full);
}

static void prepare_part(struct part *part, const struct step *step, const char *base_url)
{
	switch (step->kind) {
	case STEP_SAY:
		prepare_say(part, step);
		break;
	case STEP_PLAY:
		prepare_play(part, step, base_url);
		break;
	default:
		snprintf(part->file, sizeof part->file, "silence:%u", step->ms);
		part_done(part);
	}
}

int prompts_prepare(struct prompts *prompts, const struct step *steps, size_t count, const char *base_url,
		    prompts_h *handler, void *arg)
{
	struct order *order = calloc(1, sizeof *order);

	if (!order)
		return ENOMEM;
	order->parts = calloc(count ? count : 1, sizeof *order->parts);
	order->files = json_array();
	if (!order->parts || !order->files) {
		free(order->parts);
		json_decref(order->files);
		free(order);
		return ENOMEM;
	}
	order->prompts = prompts;
	order->part_count = count;
	order->handler = handler;
	order->arg = arg;
	order->next = prompts->first;
	order->link = &prompts->first;
	if (order->next)
		order->next->link = &order->next;
	prompts->first = order;
	/* One more than there are parts: the order stays until all have been started. */
	order->waiting = count + 1;
	for (size_t i = 0; i < count; i++)
		json_array_append_new(order->files, json_string(""));
	for (size_t i = 0; i < count; i++) {
		order->parts[i] = (struct part){ .order = order, .index = i };
		prepare_part(&order->parts[i], &steps[i], base_url);
	}
	if (!--order->waiting) {
		handler(*order->error ? NULL : order->files, *order->error ? order->error : NULL, arg);
		order_free(order);
	}
	return 0;
}

int prompts_alloc(struct prompts **out, struct event_base *base, struct fetcher *fetcher,
		  const char *state_dir)
{
	struct prompts *prompts = calloc(1, sizeof *prompts);
	size_t size = strlen(state_dir) + sizeof "/prompts";
	char *real = NULL;
	int err = ENOMEM;

	if (!prompts)
		return ENOMEM;
	prompts->fetcher = fetcher;
	prompts->dir = malloc(size);
	if (!prompts->dir)
		goto out;
	snprintf(prompts->dir, size, "%s/prompts", state_dir);
	if (mkdir(prompts->dir, 0750) && errno != EEXIST) {
		err = errno;
		goto out;
	}
	/* The switch wants absolute paths. */
	real = realpath(prompts->dir, NULL);
	if (!real)
		goto out;
	free(prompts->dir);
	prompts->dir = real;
	err = speech_alloc(&prompts->speech, base);
out:
	if (err)
		prompts_free(prompts);
	else
		*out = prompts;
	return err;
}

void prompts_free(struct prompts *prompts)
{
	if (!prompts)
		return;
	/* First the pool, whose handlers point into the orders. */
	speech_free(prompts->speech);
	while (prompts->first)
		order_free(prompts->first);
	free(prompts->dir);
	free(prompts);
}
