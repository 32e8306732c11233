/* See kept_numbers.h. The file is a JSON array, replaced whole. */
#include "daemon/offhookd/trunks/kept_numbers.h"

#include "lib/file_writer.h"
#include "lib/json_file.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

enum { WRITE_AFTER_S = 1 }; /* a program that comes sets many at once */

struct kept_numbers {
	char *file;
	const struct conf *conf; /* while `dirty`: whose numbers are to be written */
	struct file_writer *writer;
	struct event *timer;
	bool dirty;
};

static bool add(const struct conf_number *number, void *arg)
{
	return !json_array_append_new(arg, json_pack("{s:s, s:s, s:b}", "number", number->number, "account",
						     number->account->name, "script", number->has_script));
}

json_t *kept_numbers_json(const struct conf *conf)
{
	json_t *numbers = json_array();

	conf_numbers_each_set(conf, add, numbers);
	return numbers;
}

static void write_file(struct kept_numbers *kept)
{
	json_t *numbers = kept_numbers_json(kept->conf);
	char *text = json_dumps(numbers, JSON_COMPACT);

	json_decref(numbers);
	if (text)
		file_writer_put(kept->writer, text, strlen(text));
	kept->dirty = !text;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	write_file(arg);
}

static void changed(struct kept_numbers *kept, const struct conf *conf)
{
	kept->conf = conf;
	if (kept->dirty)
		return;
	kept->dirty = true;
	event_add(kept->timer, &(struct timeval){ WRITE_AFTER_S, 0 });
}

static void take(const struct kept_numbers *kept, const struct conf *conf, const json_t *one)
{
	const struct conf_number_set set = {
		.number = json_string_value(json_object_get(one, "number")),
		.account = json_string_value(json_object_get(one, "account")),
		.script = json_is_true(json_object_get(one, "script")),
	};

	if (!set.number || !set.account || conf_numbers_set(conf, &set))
		log_warn("number.skipped", NULL, "file=%s number=%s", log_quote(kept->file),
			 log_quote(set.number ? set.number : ""));
}

static void read_file(const struct kept_numbers *kept, const struct conf *conf)
{
	json_t *all = json_file_read(kept->file, JSON_ARRAY, LOG_LEVEL_WARN, "number.file_broken"), *one;
	size_t i;

	json_array_foreach(all, i, one) take(kept, conf, one);
	json_decref(all);
}

int kept_numbers_alloc(struct kept_numbers **out, struct event_base *base, const char *file,
		       const struct conf *conf)
{
	struct kept_numbers *kept = calloc(1, sizeof *kept);
	int err = ENOMEM;

	if (!kept)
		return ENOMEM;
	kept->file = strdup(file);
	kept->timer = evtimer_new(base, on_timer, kept);
	if (kept->file && kept->timer)
		err = file_writer_alloc(&kept->writer, file);
	if (err) {
		kept_numbers_free(kept);
		return err;
	}
	read_file(kept, conf);
	*out = kept;
	return 0;
}

void kept_numbers_free(struct kept_numbers *kept)
{
	if (!kept)
		return;
	if (kept->dirty)
		write_file(kept);
	file_writer_free(kept->writer);
	if (kept->timer)
		event_free(kept->timer);
	free(kept->file);
	free(kept);
}

void kept_numbers_move(struct kept_numbers *kept, const struct conf *conf)
{
	kept->conf = conf;
}

int kept_numbers_set(struct kept_numbers *kept, const struct conf *conf, const struct conf_number_set *set)
{
	const struct conf_number *before = conf_numbers_find(conf->set, set->number);
	const bool same =
	    before && before->has_script == set->script && strcmp(before->account->name, set->account) == 0;
	int err = same ? 0 : conf_numbers_set(conf, set);

	if (!err && !same)
		changed(kept, conf);
	return err;
}

void kept_numbers_unset(struct kept_numbers *kept, const struct conf *conf, const char *number)
{
	if (!conf_numbers_find(conf->set, number))
		return;
	conf_numbers_unset(conf, number);
	changed(kept, conf);
}
