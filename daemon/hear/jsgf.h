/* jsgf: the reader of grammars in libsphinxbase 0.8, whose header Debian does not install.
 * ps_set_jsgf_string(), which does the same, keeps each grammar for ever. */
#ifndef OFFHOOK_HEAR_JSGF_H
#define OFFHOOK_HEAR_JSGF_H

#include <pocketsphinx.h>
#include <sphinxbase/fsg_model.h>

typedef struct jsgf_s jsgf_t;
typedef struct jsgf_rule_s jsgf_rule_t;

/* NULL: it cannot be read. `parent`: NULL. Not for several threads at a time. */
jsgf_t *jsgf_parse_string(const char *text, jsgf_t *parent);
void jsgf_grammar_free(jsgf_t *grammar);
/* The first public rule, of the grammar, or NULL. */
jsgf_rule_t *jsgf_get_public_rule(jsgf_t *grammar);
/* A new reference, to be given back by fsg_model_free(); `weight`: of the language. */
fsg_model_t *jsgf_build_fsg(jsgf_t *grammar, jsgf_rule_t *rule, logmath_t *logmath, float32 weight);

#endif
