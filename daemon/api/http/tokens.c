#include "daemon/api/http/tokens.h"

#include "daemon/api/http/auth.h"
#include "daemon/api/http/jwt.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/random.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { SLOTS_LEAST = 1024 };

/* The key of an account, as its file had it then. */
struct key {
	EVP_PKEY *key; /* NULL: it could not be read */
	struct timespec changed;
	off_t size;
	bool tried;
};

/* A token that was used; expires 0: the slot is empty. */
struct used {
	uint64_t digest;
	int64_t expires; /* UTC s */
};

struct tokens {
	const struct conf *conf;
	struct key *keys; /* one an account */
	struct used *slots;
	size_t room, count; /* room is a power of two */
	int64_t full;	    /* UTC s when there was no more room: it is not looked for again in that second */
	unsigned char salt[16];
	const char *why;
};

int tokens_alloc(struct tokens **out, const struct conf *conf)
{
	struct tokens *tokens = calloc(1, sizeof *tokens);

	if (tokens) {
		tokens->conf = conf;
		tokens->keys = calloc(conf->account_count, sizeof *tokens->keys);
		tokens->slots = calloc(SLOTS_LEAST, sizeof *tokens->slots);
		tokens->room = SLOTS_LEAST;
		random_bytes(tokens->salt, sizeof tokens->salt);
	}
	if (!tokens || !tokens->keys || !tokens->slots) {
		tokens_free(tokens);
		return ENOMEM;
	}
	*out = tokens;
	return 0;
}

void tokens_free(struct tokens *tokens)
{
	if (!tokens)
		return;
	for (size_t i = 0; tokens->keys && i < tokens->conf->account_count; i++)
		EVP_PKEY_free(tokens->keys[i].key);
	free(tokens->keys);
	free(tokens->slots);
	free(tokens);
}

/* Keys */

static EVP_PKEY *read_key(const char *file)
{
	FILE *in = fopen(file, "re");
	EVP_PKEY *key = in ? PEM_read_PUBKEY(in, NULL, NULL, NULL) : NULL;

	if (in)
		fclose(in);
	if (key && !EVP_PKEY_is_a(key, "RSA")) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	if (!key)
		log_error("vonage.key_unusable", NULL, "file=%s error=\"it has no RSA public key in PEM\"",
			  log_quote(file));
	return key;
}

static EVP_PKEY *key_of(struct tokens *tokens, const struct conf_account *account)
{
	struct key *key = &tokens->keys[account - tokens->conf->accounts];
	struct stat now = { 0 };

	if (!account->vonage_public_key_file || stat(account->vonage_public_key_file, &now))
		return key->key;
	if (key->tried && key->size == now.st_size && key->changed.tv_sec == now.st_mtim.tv_sec &&
	    key->changed.tv_nsec == now.st_mtim.tv_nsec)
		return key->key;
	EVP_PKEY_free(key->key);
	*key = (struct key){ read_key(account->vonage_public_key_file), now.st_mtim, now.st_size, true };
	return key->key;
}

static const struct conf_account *account_of(const struct conf *conf, const char *application)
{
	for (size_t i = 0; application && i < conf->account_count; i++)
		if (conf->accounts[i].vonage_application &&
		    !strcasecmp(conf->accounts[i].vonage_application, application))
			return &conf->accounts[i];
	return NULL;
}

/* Those that were used */

static struct used *slot_of(struct used *slots, size_t room, uint64_t digest)
{
	size_t at = (size_t)digest & (room - 1);

	while (slots[at].expires && slots[at].digest != digest)
		at = (at + 1) & (room - 1);
	return &slots[at];
}

/* Drops what has expired, and makes room for as many again. Returns 0, ENOMEM or ENOSPC. */
static int make_room(struct tokens *tokens, int64_t now)
{
	size_t room = SLOTS_LEAST, live = 0;
	struct used *slots;

	if (tokens->full == now)
		return ENOSPC;
	for (size_t i = 0; i < tokens->room; i++)
		live += tokens->slots[i].expires > now;
	while (room < 4 * live)
		room *= 2;
	if (live >= TOKENS_MAX) {
		tokens->full = now;
		return ENOSPC;
	}
	slots = calloc(room, sizeof *slots);
	if (!slots)
		return ENOMEM;
	for (size_t i = 0; i < tokens->room; i++)
		if (tokens->slots[i].expires > now)
			*slot_of(slots, room, tokens->slots[i].digest) = tokens->slots[i];
	free(tokens->slots);
	tokens->slots = slots;
	tokens->room = room;
	tokens->count = live;
	return 0;
}

/* Salted, so that nobody can choose two that meet. */
static uint64_t digest_of(const struct tokens *tokens, const struct conf_account *account, const char *jti)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint64_t out = random_u64();

	if (context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) &&
	    EVP_DigestUpdate(context, tokens->salt, sizeof tokens->salt) &&
	    EVP_DigestUpdate(context, account->name, strlen(account->name) + 1) &&
	    EVP_DigestUpdate(context, jti, strlen(jti)) && EVP_DigestFinal_ex(context, digest, NULL))
		memcpy(&out, digest, sizeof out);
	EVP_MD_CTX_free(context);
	return out;
}

static const char *use(struct tokens *tokens, const struct conf_account *account, const char *jti,
		       int64_t expires, int64_t now)
{
	uint64_t digest = digest_of(tokens, account, jti);
	struct used *slot;

	if (2 * tokens->count >= tokens->room && make_room(tokens, now))
		return "too many tokens are in use at a time";
	slot = slot_of(tokens->slots, tokens->room, digest);
	if (slot->expires > now)
		return "the token was used before: each request needs one with a jti of its own";
	tokens->count += !slot->expires;
	*slot = (struct used){ digest, expires };
	return NULL;
}

/* A NumericDate (RFC 7519 section 2), in whole seconds; -1: it is not there; -2: it is something else. */
static int64_t date_of(const json_t *claims, const char *name)
{
	const json_t *value = json_object_get(claims, name);

	if (!value)
		return -1;
	if (!json_is_number(value) || !(json_number_value(value) >= 0 && json_number_value(value) < 1e12))
		return -2;
	return (int64_t)json_number_value(value);
}

static const char *check_times(const json_t *claims, int64_t now)
{
	int64_t exp = date_of(claims, "exp"), nbf = date_of(claims, "nbf"), iat = date_of(claims, "iat");

	if (exp < 0 || nbf == -2 || iat == -2)
		return "exp, nbf and iat must be dates in seconds, and exp must be there";
	if (exp <= now)
		return "the token has expired";
	if (exp > now + TOKEN_LIFE_MAX_S + TOKEN_SKEW_S)
		return "the token lives for more than a day";
	if (nbf > now + TOKEN_SKEW_S || iat > now + TOKEN_SKEW_S)
		return "the token is not good yet";
	return NULL;
}

static const struct conf_account *judge(struct tokens *tokens, const char *token, const json_t *claims,
					const char **why)
{
	const char *jti = json_string_value(json_object_get(claims, "jti"));
	const struct conf_account *account =
	    account_of(tokens->conf, json_string_value(json_object_get(claims, "application_id")));
	EVP_PKEY *key = account ? key_of(tokens, account) : NULL;
	int64_t now = clock_utc_ms() / 1000;

	*why = "the token is not signed by an application that is known here";
	if (!key || jwt_check_rs256(token, key))
		return NULL;
	*why = check_times(claims, now);
	if (!*why && (!jti || !*jti))
		*why = "the token has no jti";
	if (!*why)
		*why = use(tokens, account, jti, date_of(claims, "exp"), now);
	return *why ? NULL : account;
}

const struct conf_account *tokens_account(struct tokens *tokens, const char *authorization)
{
	const char *token = auth_bearer(authorization);
	const struct conf_account *account;
	json_t *claims;

	tokens->why = "there is no Bearer token";
	if (!token)
		return NULL;
	token += strspn(token, " ");
	claims = jwt_claims(token);
	tokens->why = "the token is no JSON Web Token";
	account = claims ? judge(tokens, token, claims, &tokens->why) : NULL;
	json_decref(claims);
	return account;
}

const char *tokens_why(const struct tokens *tokens)
{
	return tokens->why ? tokens->why : "";
}
