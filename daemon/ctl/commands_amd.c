/* commands_amd: who has answered, by a recording of what was said. */
#include "daemon/ctl/ctl.h"
#include "lib/conf.h"
#include "media/amd.h"
#include "media/machine_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each verdict as it comes. */
static void keep(const struct media_machine *said, void *arg)
{
	json_array_append_new(arg, media_machine_json(said));
}

static void print_line(const json_t *m)
{
	const char *end = json_string_value(json_object_get(m, "end"));
	const json_t *beep = json_object_get(m, "beep");

	printf("%5lld ms  %s%s%s: %s\n", (long long)json_integer_value(json_object_get(m, "after_ms")),
	       json_string_value(json_object_get(m, "is")), end ? ", its message ended by " : "",
	       end ? end : "", json_string_value(json_object_get(m, "reason")));
	printf("          silence before the first word %lld ms, speech %lld ms, %lld words",
	       (long long)json_integer_value(json_object_get(m, "initial_silence_ms")),
	       (long long)json_integer_value(json_object_get(m, "speech_ms")),
	       (long long)json_integer_value(json_object_get(m, "words")));
	if (beep)
		printf(", a beep of %lld Hz at %lld ms",
		       (long long)json_integer_value(json_object_get(beep, "hz")),
		       (long long)json_integer_value(json_object_get(beep, "at_ms")));
	putchar('\n');
}

/* "speech=2400" and its like. */
static int take_setting(struct media_amd *how, const char *word)
{
	static const char *const names[] = { "speech", "speech-end", "silence", "timeout" };
	unsigned *const values[] = { &how->speech_ms, &how->speech_end_ms, &how->silence_ms,
				     &how->timeout_ms };
	const char *equals = strchr(word, '=');
	char *end;

	for (size_t i = 0; equals && i < sizeof names / sizeof *names; i++) {
		unsigned long ms = strtoul(equals + 1, &end, 10);

		if (strncmp(word, names[i], (size_t)(equals - word)) != 0 || names[i][equals - word] ||
		    *end || ms < 1 || ms > 600000)
			continue;
		*values[i] = (unsigned)ms;
		return CTL_OK;
	}
	return ctl_usage_error("\"%s\" is none of speech=MS, speech-end=MS, silence=MS, timeout=MS", word);
}

/* As the switch of this machine has it, where its conf can be read. */
static void take_conf(struct media_amd *how, const struct ctl *ctl)
{
	struct conf *conf = ctl_load_conf(ctl, !ctl->options.conf_file);

	if (conf) {
		how->timeout_ms = conf->amd.timeout_ms;
		how->speech_ms = conf->amd.speech_ms;
		how->speech_end_ms = conf->amd.speech_end_ms;
		how->silence_ms = conf->amd.silence_ms;
	}
	conf_free(conf);
}

int command_amd(struct ctl *ctl)
{
	struct media_amd how = { .message_end = true };
	struct media_machine so_far;
	json_t *said = json_array(), *one;
	size_t i;
	int err = 0;

	take_conf(&how, ctl);
	for (int word = 1; word < ctl->arg_count && !err; word++)
		err = take_setting(&how, ctl->args[word]);
	if (!err && amd_hear_file(ctl->args[0], &how, &so_far, keep, said)) {
		ctl_say("%s: no sound file that can be read", ctl->args[0]);
		err = CTL_USAGE;
	}
	if (!err && json_array_size(said) == 0 && !so_far.reason)
		so_far.reason = "the recording ends before it can be told";
	if (!err && json_array_size(said) == 0)
		json_array_append_new(said, media_machine_json(&so_far));
	if (!err && ctl->options.json)
		ctl_print_json(said);
	else if (!err)
		json_array_foreach(said, i, one) print_line(one);
	json_decref(said);
	return err;
}
