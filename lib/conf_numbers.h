/* conf_numbers: numbers that programs have set, beside those of the conf file and on top of them.
 *
 * Each conf has such a set, empty after loading. A number in it that the file has too is as the file says,
 * but for what was set; conf_number_find() finds it in place of the file's. A struct conf_number that was
 * found holds until the number is set or unset, or the conf goes. Threads: that of who owns the conf. */
#ifndef OFFHOOK_LIB_CONF_NUMBERS_H
#define OFFHOOK_LIB_CONF_NUMBERS_H

#include "lib/conf.h"

enum { CONF_NUMBERS_MAX = 100000 };

/* What is set; NULL: as the file has it, or nothing. Everything is copied. */
struct conf_number_set {
	const char *number, *account; /* E.164; the account's name */
	const char *friendly_name, *dialect;
	const char *voice_url, *fallback_url, *status_callback;
	bool voice_get, fallback_get, callback_get; /* asked and told by GET, else by POST */
	bool script; /* calls to it are programs' to take, whether or not there is a voice_url here */
};

int conf_numbers_alloc(struct conf_numbers **out) __attribute__((warn_unused_result));
void conf_numbers_free(struct conf_numbers *numbers);

/* Sets a number, in place of what was set before. Returns 0, EINVAL (no number of E.164), ENOENT (there is no
 * such account), EEXIST (it is a user's, or the file gives it to another account), ENOSPC or ENOMEM. */
int conf_numbers_set(const struct conf *conf, const struct conf_number_set *set)
    __attribute__((warn_unused_result));
/* It is as the file has it again, or gone. */
void conf_numbers_unset(const struct conf *conf, const char *number);
/* Takes over what was set in another conf, as far as it may be in this one; there it is gone. */
void conf_numbers_move(const struct conf *to, const struct conf *from);

/* As conf_number_find(), of those that were set alone. */
const struct conf_number *conf_numbers_find(const struct conf_numbers *numbers, const char *e164);
size_t conf_numbers_count(const struct conf *conf);

typedef bool conf_number_h(const struct conf_number *number, void *arg);
/* All numbers as they are in force, those of the file first, in its order, then the others in the order in
 * which they were first set. False ends the walk. */
void conf_numbers_each(const struct conf *conf, conf_number_h *each, void *arg);
/* Only those that were set, without regard to the file. */
void conf_numbers_each_set(const struct conf *conf, conf_number_h *each, void *arg);
/* One of the account's, each as likely as the others; with `e164`, of those that begin with "+". NULL: it has
 * none. */
const struct conf_number *conf_numbers_draw(const struct conf *conf, const struct conf_account *account,
					    bool e164);

#endif
