/* conference.*: the conference itself. Who takes part is in methods_participant.c. */
#include "daemon/offhookd/methods/method.h"

#include <errno.h>
#include <string.h>

void check_conference(struct json_get *g, struct asked *a)
{
	const char *name = a->in.name, *account = a->in.account;

	if (!name[0] || strlen(name) > METHODS_NAME_MAX)
		json_get_fail(g, "name", "must have 1 to %d characters", METHODS_NAME_MAX);
	if (account && !conf_account_by_name(a->m->conf, account))
		json_get_fail(g, "account", "is no account of ours");
}

void method_conference_create(struct asked *a)
{
	const struct method_in *in = &a->in;
	const struct conf_account *account =
	    in->account ? conf_account_by_name(a->m->conf, in->account) : &a->m->conf->accounts[0];
	struct conference_params p = { .id = in->id,
				       .name = in->name,
				       .account = account->name,
				       .wait_s = account->conference_wait_s,
				       .max_all = account->max_conferences,
				       .max_participants = (unsigned)in->max_participants,
				       .wait = in->wait,
				       .beep_enter = in->beep_at & 1,
				       .beep_exit = in->beep_at & 2,
				       .record = in->record,
				       .trim_silence = in->trim_silence,
				       .music = in->files,
				       .music_count = in->file_count };
	int err = conference_create(&a->conference, a->m->conferences, &p);

	if (!err)
		methods_reply_conference(a);
	else if (err == EEXIST)
		methods_refuse(a, CONTROL_CONFLICT, "name",
			       "There is a conference of this name or id already.");
	else if (err == EUSERS)
		methods_refuse(a, CONTROL_LIMIT, NULL, "The account has as many conferences as it may.");
	else
		methods_refuse(a, CONTROL_UNAVAILABLE, NULL, strerror(err));
	a->conference = NULL; /* not held */
}

void method_conference_list(struct asked *a)
{
	control_reply(a->request, json_pack("{s:o}", "conferences", conference_list(a->m->conferences)));
}

void method_conference_get(struct asked *a)
{
	methods_reply_conference(a);
}

void method_conference_play(struct asked *a)
{
	struct conference *c = a->conference;
	uint32_t id;
	int err = conference_play(c, a->in.files, a->in.file_count, (unsigned)a->in.loop, &id);

	if (err)
		methods_refuse(a, err == EINVAL ? CONTROL_INVALID_PARAMS : CONTROL_UNAVAILABLE, NULL,
			       strerror(err));
	else
		control_reply(a->request, json_pack("{s:o,s:I}", "conference", conference_snapshot(c),
						    "play_id", (json_int_t)id));
}

void method_conference_stop(struct asked *a)
{
	conference_play_stop(a->conference);
	methods_reply_conference(a);
}

static void reply_recording(struct asked *a, int err)
{
	if (err == 0)
		methods_reply_conference(a);
	else
		methods_refuse(a, err == EBUSY || err == ENOENT ? CONTROL_CONFLICT : CONTROL_UNAVAILABLE,
			       NULL,
			       err == EBUSY    ? "The conference is being recorded already."
			       : err == ENOENT ? "The conference is not being recorded."
					       : strerror(err));
}

void method_conference_record(struct asked *a)
{
	reply_recording(
	    a, conference_record(a->conference, a->in.id, a->in.file, a->in.beep, a->in.trim_silence));
}

void method_conference_record_stop(struct asked *a)
{
	reply_recording(a, conference_record_stop(a->conference));
}

void method_conference_record_pause(struct asked *a)
{
	reply_recording(a, conference_record_pause(a->conference, a->in.paused, a->in.keep_silence));
}

void method_conference_end(struct asked *a)
{
	conference_end(a->conference, CONFERENCE_BY_API, NULL);
	methods_reply_conference(a);
}
