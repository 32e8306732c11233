/* offhook-hear: hears what callers say, offline. offhook-api starts it when somebody is to be heard. */
#include "config.h"
#include "daemon/hear/piece.h"
#include "daemon/hear/session.h"
#include "lib/log.h"
#include "lib/unix_socket.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NICE = 5, LISTEN_FD = 3, BACKLOG = 64, SOCKET_MODE = 0600, CHUNK = 4096 };

struct hear {
	struct event_base *base;
	struct lexicon *lexicon;
	struct pool *pool;
	struct sessions *sessions;
	struct evconnlistener *listener;
	struct event *life, *stop[2];
};

static void usage(FILE *out)
{
	fputs(
	    "Usage: offhook-hear -s SOCKET         hears callers at a Unix socket, as doc/scripts.md has it\n"
	    "       offhook-hear -l                the same at descriptor 3, until standard input ends\n"
	    "       offhook-hear [-g HINT]… FILE…  prints what is said in sound files of 8 or 16 kHz\n"
	    "  -m FOLDER  of the models (default " HEAR_MODELS ")\n"
	    "  -t N       recognisers at once (default: one a core)\n",
	    out);
}

static char *path_of(const char *folder, const char *name)
{
	char *path = NULL;

	return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

/* ---- callers ---- */

static void leave_if_done(struct hear *h)
{
	if (!h->listener && !sessions_count(h->sessions))
		event_base_loopbreak(h->base);
}

static void on_none(void *arg)
{
	leave_if_done(arg);
}

/* Nobody new is heard; those who are, are heard to their end. */
static void on_over(evutil_socket_t fd, short what, void *arg)
{
	struct hear *h = arg;
	char nothing[64];

	(void)what;
	if (fd == STDIN_FILENO && read(fd, nothing, sizeof nothing) > 0)
		return;
	if (h->life)
		event_free(h->life);
	h->life = NULL;
	if (h->listener)
		evconnlistener_free(h->listener);
	h->listener = NULL;
	leave_if_done(h);
}

static void on_signal(evutil_socket_t number, short what, void *arg)
{
	(void)number, (void)what;
	event_base_loopbreak(arg);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int size,
		      void *arg)
{
	struct hear *h = arg;

	(void)listener, (void)from, (void)size;
	sessions_add(h->sessions, fd);
}

static int serve(struct hear *h, int fd, bool until_input_ends)
{
	const int signals[] = { SIGTERM, SIGINT };

	if (sessions_alloc(&h->sessions, h->base, h->pool, h->lexicon, on_none, h))
		return ENOMEM;
	evutil_make_socket_nonblocking(fd);
	h->listener =
	    evconnlistener_new(h->base, on_accept, h, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (!h->listener)
		return ENOMEM;
	if (until_input_ends) {
		evutil_make_socket_nonblocking(STDIN_FILENO);
		h->life = event_new(h->base, STDIN_FILENO, EV_READ | EV_PERSIST, on_over, h);
		if (!h->life || event_add(h->life, NULL))
			return ENOMEM;
	}
	/* Ctrl-C in a terminal is for whoever has started it: its going is the sign. */
	for (size_t i = 0; i < (until_input_ends ? 1 : 2); i++) {
		h->stop[i] = evsignal_new(h->base, signals[i], on_signal, h->base);
		if (!h->stop[i] || event_add(h->stop[i], NULL))
			return ENOMEM;
	}
	if (until_input_ends)
		signal(SIGINT, SIG_IGN);
	event_base_dispatch(h->base);
	return 0;
}

/* ---- files ---- */

static void print(const struct pool_grammar *g, struct recogniser *r, const struct piece *piece)
{
	struct recogniser_result result;
	char *said;

	if (recogniser_hear(r, &g->made, piece->samples, piece->count, true, &result)) {
		printf("\t(the recogniser does not take these hints)\n");
		return;
	}
	said = grammar_said(&g->grammar, result.text);
	printf("\t%s\t%.3f\t%.2f\n", said ? said : "", result.confidence, result.margin);
	free(said);
}

static int hear_file(const char *name, const struct pool_grammar *g, struct recogniser *r)
{
	SF_INFO info = { 0 };
	SNDFILE *file = sf_open(name, SFM_READ, &info);
	const unsigned tenth = info.samplerate > 0 ? (unsigned)info.samplerate / 100 : 0;
	int16_t samples[CHUNK];
	struct piece piece;

	if (!file || info.channels != 1 || piece_init(&piece, (unsigned)info.samplerate)) {
		fprintf(stderr, "offhook-hear: %s: %s\n", name,
			file ? "it has not one channel of 8000 or 16000 samples a second"
			     : sf_strerror(NULL));
		if (file)
			sf_close(file);
		return EXIT_FAILURE;
	}
	printf("%s\n", name);
	while (sf_read_short(file, samples, tenth) == (sf_count_t)tenth)
		if (piece_hear(&piece, samples) == PIECE_WHOLE) {
			print(g, r, &piece);
			piece_begin(&piece);
		}
	if (piece_has_speech(&piece))
		print(g, r, &piece);
	piece_clear(&piece);
	sf_close(file);
	return 0;
}

static int hear_files(char **files, const json_t *hints, const struct lexicon *lexicon, const char *model)
{
	struct recogniser *r = NULL;
	struct grammar grammar;
	struct pool_grammar *g = NULL;
	int err = grammar_make(&grammar, hints);

	if (err == EINVAL)
		fprintf(stderr, "offhook-hear: none of the hints can be said in English words\n");
	else if (!err)
		g = pool_grammar_make(&grammar, lexicon);
	if (g && recogniser_open(&r, model))
		fprintf(stderr, "offhook-hear: %s: the model cannot be used\n", model);
	err = g && r ? 0 : EXIT_FAILURE;
	for (; *files && !err; files++)
		err = hear_file(*files, g, r);
	recogniser_close(r);
	pool_grammar_drop(g);
	return err;
}

/* ---- */

static void clear(struct hear *h)
{
	sessions_free(h->sessions);
	pool_close(h->pool);
	if (h->listener)
		evconnlistener_free(h->listener);
	if (h->life)
		event_free(h->life);
	for (size_t i = 0; i < 2; i++)
		if (h->stop[i])
			event_free(h->stop[i]);
	if (h->base)
		event_base_free(h->base);
}

static int listen_at(const char *socket, unsigned threads, const char *model, struct lexicon *lexicon)
{
	struct hear h = { .lexicon = lexicon, .base = event_base_new() };
	int fd = LISTEN_FD, err = h.base ? 0 : ENOMEM;

	if (!err && socket)
		err = unix_socket_listen(socket, SOCKET_MODE, BACKLOG, &fd, NULL);
	if (!err)
		err = pool_open(&h.pool, h.base, model, threads);
	/* calls come first */
	if (nice(NICE) == -1)
		log_debug("hear.not_nice", NULL, "%s", "");
	if (!err)
		err = serve(&h, fd, !socket);
	if (err)
		fprintf(stderr, "offhook-hear: %s: %s\n", socket ? socket : "descriptor 3", strerror(err));
	clear(&h);
	if (socket && !err)
		unlink(socket);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

struct wishes {
	const char *socket, *models;
	json_t *hints;
	unsigned threads;
	bool listens;
};

/* False: it is wrong. */
static bool read_options(int argc, char **argv, struct wishes *w)
{
	int c;

	while ((c = getopt(argc, argv, "s:lg:m:t:h")) != -1)
		switch (c) {
		case 's':
			w->socket = optarg;
			break;
		case 'l':
			w->listens = true;
			break;
		case 'g':
			json_array_append_new(w->hints, json_string(optarg));
			break;
		case 'm':
			w->models = optarg;
			break;
		case 't':
			w->threads = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'h':
			usage(stdout);
			exit(EXIT_SUCCESS);
		default:
			return false;
		}
	return w->threads > 0 && ((w->socket || w->listens) ? optind == argc : optind < argc);
}

int main(int argc, char **argv)
{
	const long cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct wishes w = { .models = HEAR_MODELS,
			    .hints = json_array(),
			    .threads = cores > 0 ? (unsigned)cores : 1 };
	struct lexicon *lexicon = NULL;
	char *model, *dictionary;
	int err, rc = EXIT_FAILURE;

	signal(SIGPIPE, SIG_IGN);
	if (!read_options(argc, argv, &w)) {
		usage(stderr);
		json_decref(w.hints);
		return 2;
	}
	model = path_of(w.models, "en-us/en-us");
	dictionary = path_of(w.models, "en-us/cmudict-en-us.dict");
	err = model && dictionary ? lexicon_open(&lexicon, dictionary) : ENOMEM;
	if (err)
		fprintf(stderr, "offhook-hear: %s: %s\n", dictionary ? dictionary : w.models, strerror(err));
	else if (w.socket || w.listens)
		rc = listen_at(w.socket, w.threads, model, lexicon);
	else
		rc = hear_files(argv + optind, json_array_size(w.hints) ? w.hints : NULL, lexicon, model);
	lexicon_close(lexicon);
	free(model);
	free(dictionary);
	json_decref(w.hints);
	return rc;
}
