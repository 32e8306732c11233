#include "daemon/hear/recogniser.h"

#include "daemon/hear/jsgf.h"

#include <errno.h>
#include <math.h>
#include <pocketsphinx.h>
#include <pthread.h>
#include <sphinxbase/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A decoder forgets no word: beyond so many it begins anew, which takes 10 ms. */
enum { WORDS_MAX = 3000 };

static const char *const phones[] = { "AA", "AE", "AH", "AO", "AW", "AY", "B",	"CH", "D",  "DH",
				      "EH", "ER", "EY", "F",  "G",  "HH", "IH", "IY", "JH", "K",
				      "L",  "M",  "N",	"NG", "OW", "OY", "P",	"R",  "S",  "SH",
				      "T",  "TH", "UH", "UW", "V",  "W",  "Y",	"Z",  "ZH" };
enum { PHONES = sizeof phones / sizeof *phones };

/* The margin at which right and wrong words are even, and how fast that changes (make bench-hear). */
static const double EVEN = -8, SPREAD = 2;

struct recogniser {
	char *folder;
	cmd_ln_t *config;
	ps_decoder_t *decoder;
	unsigned words;
	uint64_t grammar; /* the number of what is loaded; 0: none */
};

/* What another word costs: what was best for the words of telephone speech, and what tells them best from
 * others. */
static const double WORD_PENALTY = 1e-3, SOUND_PENALTY = 0.65;

/* Its parser of grammars is not said to be one for several threads. */
static pthread_mutex_t parser = PTHREAD_MUTEX_INITIALIZER;

static int load(struct recogniser *r, const char *name, const char *jsgf, double penalty)
{
	fsg_model_t *model = NULL;
	jsgf_rule_t *rule;
	jsgf_t *grammar;
	int err = EINVAL;

	cmd_ln_set_float_r(r->config, "-wip", penalty);
	pthread_mutex_lock(&parser);
	grammar = jsgf_parse_string(jsgf, NULL);
	rule = grammar ? jsgf_get_public_rule(grammar) : NULL;
	if (rule)
		model = jsgf_build_fsg(grammar, rule, ps_get_logmath(r->decoder),
				       cmd_ln_float32_r(r->config, "-lw"));
	if (grammar)
		jsgf_grammar_free(grammar);
	pthread_mutex_unlock(&parser);
	if (model && ps_set_fsg(r->decoder, name, model) == 0)
		err = 0;
	fsg_model_free(model);
	return err;
}

/* Any sounds in any order; names that are no English words. */
static int load_sounds(struct recogniser *r)
{
	char jsgf[PHONES * 16 + 80];
	int n = snprintf(jsgf, sizeof jsgf, "#JSGF V1.0;\ngrammar sounds;\npublic <sounds> = (");

	for (int i = 0; i < PHONES; i++) {
		char name[8];

		snprintf(name, sizeof name, "xx%s", phones[i]);
		if (ps_add_word(r->decoder, name, phones[i], FALSE) < 0)
			return EINVAL;
		n += snprintf(jsgf + n, sizeof jsgf - (size_t)n, "%s%s", i ? " | " : " ", name);
	}
	snprintf(jsgf + n, sizeof jsgf - (size_t)n, " )+;\n");
	return load(r, "sounds", jsgf, SOUND_PENALTY);
}

/* Without a dictionary: the words of each grammar are added. */
static int begin(struct recogniser *r)
{
	r->config = cmd_ln_init(NULL, ps_args(), TRUE, "-hmm", r->folder, "-remove_silence", "no", "-silprob",
				"0.1", NULL);
	r->decoder = r->config ? ps_init(r->config) : NULL;
	r->words = 0;
	r->grammar = 0;
	return r->decoder && !load_sounds(r) ? 0 : ENOENT;
}

static void end(struct recogniser *r)
{
	if (r->decoder)
		ps_free(r->decoder);
	r->decoder = NULL;
	if (r->config)
		cmd_ln_free_r(r->config);
	r->config = NULL;
}

int recogniser_open(struct recogniser **out, const char *folder)
{
	struct recogniser *r = calloc(1, sizeof *r);
	int err;

	if (!r)
		return ENOMEM;
	err_set_logfp(NULL); /* of this thread: it is talkative */
	r->folder = strdup(folder);
	err = r->folder ? begin(r) : ENOMEM;
	if (err)
		recogniser_close(r);
	else
		*out = r;
	return err;
}

void recogniser_close(struct recogniser *r)
{
	if (!r)
		return;
	end(r);
	free(r->folder);
	free(r);
}

static int use(struct recogniser *r, const struct recogniser_grammar *g)
{
	int err = 0;

	if (r->grammar == g->number && r->decoder)
		return 0;
	if (!r->decoder || r->words > WORDS_MAX) {
		end(r);
		err = begin(r);
	}
	r->grammar = 0;
	for (size_t i = 0; i < g->word_count && !err; i++) {
		char *known = ps_lookup_word(r->decoder, g->words[i].name);

		if (!known && ps_add_word(r->decoder, g->words[i].name, g->words[i].phones, FALSE) < 0)
			err = EINVAL;
		r->words += !known;
		free(known);
	}
	if (!err)
		err = load(r, "said", g->jsgf, WORD_PENALTY);
	if (!err)
		r->grammar = g->number;
	return err;
}

/* The words that fit best by a grammar, and how well they do, by the frame; NULL: none do. What is not whole
 * may be the beginning of something. */
static const char *decode(struct recogniser *r, const char *search, const int16_t *samples, size_t count,
			  bool whole, double *score)
{
	const char *text = NULL;
	int32 sum = 0;
	int frames;

	*score = 0;
	if (ps_set_search(r->decoder, search) || ps_start_utt(r->decoder))
		return NULL;
	ps_process_raw(r->decoder, samples, count, FALSE, TRUE);
	if (!whole)
		text = ps_get_hyp(r->decoder, &sum);
	ps_end_utt(r->decoder);
	if (whole)
		text = ps_get_hyp(r->decoder, &sum);
	frames = ps_get_n_frames(r->decoder);
	if (frames > 0)
		*score = (double)sum / frames;
	return text;
}

int recogniser_hear(struct recogniser *r, const struct recogniser_grammar *grammar, const int16_t *samples,
		    size_t count, bool whole, struct recogniser_result *out)
{
	double by_grammar, by_sounds;
	const char *text;
	int err = use(r, grammar);

	*out = (struct recogniser_result){ .text = "" };
	if (err)
		return err;
	text = decode(r, "said", samples, count, whole, &by_grammar);
	snprintf(out->text, sizeof out->text, "%s", text ? text : "");
	if (!*out->text)
		return 0;
	(void)decode(r, "sounds", samples, count, whole, &by_sounds);
	out->margin = by_grammar - by_sounds;
	out->confidence = 1 / (1 + exp((EVEN - out->margin) / SPREAD));
	return 0;
}
