/* conference.* */
#include "daemon/offhookd/methods/methods.h"

#include "daemon/offhookd/conference/conference.h"
#include "lib/control_frame.h"
#include "lib/log.h"
#include "lib/ref.h"

#include <errno.h>
#include <string.h>

enum { NAME_MAX_LENGTH = 200, PARTICIPANTS_MAX = 100000, FILES_MAX = 64 };

static void reply_conference(struct control_request *request, const struct conference *c)
{
	control_reply(request, json_pack("{s:o}", "conference", conference_snapshot(c)));
}

/* The one that params name; NULL after an answer. */
static struct conference *named(struct control_request *request, struct sw *sw, struct json_get *g)
{
	const char *name = NULL, *account = NULL;
	struct conference *c;

	json_get_string(g, "conference", true, &name);
	json_get_string(g, "account", false, &account);
	if (!methods_params_ok(request, g))
		return NULL;
	c = conference_find(sw, name, account);
	if (!c)
		control_reply_error(request, CONTROL_NOT_FOUND, "There is no such conference.",
				    json_pack("{s:s}", "field", "conference"));
	return c;
}

static void create(struct control_request *request, const json_t *params, void *arg)
{
	static const char *const beeps[] = { "none", "enter", "exit", "both", NULL };
	struct conference_params p = { 0 };
	const char *music[FILES_MAX], *account = NULL;
	int64_t max = 0;
	int beep = 0, err;
	struct sw *sw = arg;
	struct json_get g;
	struct conference *c;

	json_get_init(&g, params);
	json_get_string(&g, "name", true, &p.name);
	json_get_string(&g, "id", false, &p.id);
	json_get_string(&g, "account", false, &account);
	json_get_int(&g, "max_participants", false, 1, PARTICIPANTS_MAX, &max);
	json_get_bool(&g, "wait", false, &p.wait);
	json_get_bool(&g, "record", false, &p.record);
	json_get_enum(&g, "beep", false, beeps, &beep);
	p.music_count = methods_read_files(&g, "music", music, FILES_MAX, false);
	if (p.name && (!p.name[0] || strlen(p.name) > NAME_MAX_LENGTH))
		json_get_fail(&g, "name", "must have 1 to %d characters", NAME_MAX_LENGTH);
	if (p.id && !methods_is_uuid(p.id))
		json_get_fail(&g, "id", "must be a UUID in lower case");
	if (account && !conf_account_by_name(sw->conf, account))
		json_get_fail(&g, "account", "is no account of ours");
	if (!methods_params_ok(request, &g))
		return;
	p.account = account ? account : sw->conf->accounts[0].name;
	p.max_participants = (unsigned)max;
	p.beep_enter = beep & 1;
	p.beep_exit = beep & 2;
	p.music = music;
	err = conference_create(&c, sw, &p);
	if (err == EEXIST)
		control_reply_error(request, CONTROL_CONFLICT,
				    "There is a conference of this name or id already.",
				    json_pack("{s:s}", "field", "name"));
	else if (err)
		control_reply_error(request, CONTROL_UNAVAILABLE, strerror(err), NULL);
	else
		reply_conference(request, c);
}

static void list(struct control_request *request, const json_t *params, void *arg)
{
	(void)params;
	control_reply(request, json_pack("{s:o}", "conferences", conference_list(arg)));
}

static void get(struct control_request *request, const json_t *params, void *arg)
{
	struct json_get g;
	struct conference *c;

	json_get_init(&g, params);
	c = named(request, arg, &g);
	if (c)
		reply_conference(request, c);
}

/* ---- participants ---- */

/* Reads how a call is to take part, over what `how` says already. */
static void read_how(struct json_get *g, struct sw *sw, struct conference_how *how)
{
	const char *coaches = NULL;

	json_get_bool(g, "muted", false, &how->muted);
	json_get_bool(g, "hold", false, &how->hold);
	json_get_bool(g, "deaf", false, &how->deaf);
	json_get_bool(g, "moderator", false, &how->moderator);
	json_get_bool(g, "ends", false, &how->ends);
	json_get_bool(g, "hangup", false, &how->hangup);
	if (json_get_string(g, "coaches", false, &coaches)) {
		how->coaches = coaches[0] ? calls_find(sw, coaches) : NULL;
		if (coaches[0] && (!how->coaches || !how->coaches->participant))
			json_get_fail(g, "coaches", "is no participant's call");
	}
}

static void reply_change(struct control_request *request, struct call *call, int err)
{
	if (err == 0)
		methods_reply_call(request, call);
	else if (err == EUSERS)
		control_reply_error(request, CONTROL_LIMIT, "The conference is full.",
				    json_pack("{s:s}", "field", "conference"));
	else if (err == ENOENT)
		control_reply_error(request, CONTROL_CONFLICT, "The call is in no conference.", NULL);
	else if (err == ENOTCONN)
		control_reply_error(request, CONTROL_CONFLICT, "The call has not been answered, or is over.",
				    NULL);
	else
		control_reply_error(request, CONTROL_UNAVAILABLE, strerror(err), NULL);
}

static void add(struct control_request *request, const json_t *params, void *arg)
{
	struct conference_how how = { 0 };
	struct json_get g;
	struct conference *c;
	struct call *call;

	json_get_init(&g, params);
	read_how(&g, arg, &how);
	c = named(request, arg, &g);
	call = c ? methods_live_call(request, arg, &g) : NULL;
	if (call)
		reply_change(request, call,
			     call->status == CALL_IN_PROGRESS ? conference_add(c, call, &how) : ENOTCONN);
}

static void remove_method(struct control_request *request, const json_t *params, void *arg)
{
	struct json_get g;
	struct call *call;

	json_get_init(&g, params);
	call = methods_live_call(request, arg, &g);
	if (!call)
		return;
	if (!call->participant) {
		reply_change(request, call, ENOENT);
		return;
	}
	ref_hold(call);
	conference_leave(call);
	methods_reply_call(request, call);
	ref_drop(call);
}

/* Changes one thing of how a call takes part. Returns the call, or NULL when it was refused. */
static struct call *change(struct control_request *request, const json_t *params, struct sw *sw,
			   const char *member, const char *on, const char *off)
{
	struct conference_how how;
	const json_t *value;
	struct json_get g;
	struct call *call;
	bool flag = true;
	int err;

	json_get_init(&g, params);
	call = methods_live_call(request, sw, &g);
	if (!call)
		return NULL;
	if (!conference_how(call, &how)) {
		reply_change(request, call, ENOENT);
		return NULL;
	}
	value = json_object_get(params, member);
	read_how(&g, sw, &how);
	if (!value)
		json_get_fail(&g, member, "is missing");
	if (!methods_params_ok(request, &g))
		return NULL;
	if (json_is_boolean(value))
		flag = json_is_true(value);
	else
		flag = how.coaches != NULL;
	err = conference_change(call, &how, flag ? on : off);
	reply_change(request, call, err);
	return err ? NULL : call;
}

static void mute(struct control_request *request, const json_t *params, void *arg)
{
	change(request, params, arg, "muted", "mute", "unmute");
}

/* With `files` they are heard meanwhile, over and over. */
static void hold(struct control_request *request, const json_t *params, void *arg)
{
	const char *files[FILES_MAX];
	struct json_get g;
	struct call *call;
	uint32_t id;
	size_t n;

	json_get_init(&g, params);
	n = methods_read_files(&g, "files", files, FILES_MAX, false);
	if (!methods_params_ok(request, &g))
		return;
	call = change(request, params, arg, "hold", "hold", "unhold");
	if (!call || !call->media)
		return;
	if (!json_is_true(json_object_get(params, "hold")))
		media_session_play_stop(call->media);
	else if (n && media_session_play(call->media, &(struct media_play){ files, n, 0, false }, &id))
		log_warn("conference.no_music", call->id, "error=%s", log_quote(strerror(ENOMEM)));
}

static void deaf(struct control_request *request, const json_t *params, void *arg)
{
	change(request, params, arg, "deaf", "deafen", "undeafen");
}

static void coach(struct control_request *request, const json_t *params, void *arg)
{
	change(request, params, arg, "coaches", "coach", "uncoach");
}

/* ---- sound ---- */

static void play(struct control_request *request, const json_t *params, void *arg)
{
	const char *files[FILES_MAX];
	int64_t loop = 1;
	uint32_t id;
	struct json_get g;
	struct conference *c;
	size_t n;
	int err;

	json_get_init(&g, params);
	json_get_int(&g, "loop", false, 0, 1000000, &loop);
	n = methods_read_files(&g, "files", files, FILES_MAX, true);
	c = named(request, arg, &g);
	if (!c)
		return;
	err = conference_play(c, files, n, (unsigned)loop, &id);
	if (err)
		control_reply_error(request, err == EINVAL ? CONTROL_INVALID_PARAMS : CONTROL_UNAVAILABLE,
				    strerror(err), NULL);
	else
		control_reply(request, json_pack("{s:o,s:I}", "conference", conference_snapshot(c), "play_id",
						 (json_int_t)id));
}

static void stop(struct control_request *request, const json_t *params, void *arg)
{
	struct json_get g;
	struct conference *c;

	json_get_init(&g, params);
	c = named(request, arg, &g);
	if (!c)
		return;
	conference_play_stop(c);
	reply_conference(request, c);
}

static void reply_recording(struct control_request *request, const struct conference *c, int err)
{
	if (err == 0)
		reply_conference(request, c);
	else
		control_reply_error(request,
				    err == EBUSY || err == ENOENT ? CONTROL_CONFLICT : CONTROL_UNAVAILABLE,
				    err == EBUSY    ? "The conference is being recorded already."
				    : err == ENOENT ? "The conference is not being recorded."
						    : strerror(err),
				    NULL);
}

static void record(struct control_request *request, const json_t *params, void *arg)
{
	const char *file = NULL;
	bool beep = false;
	struct json_get g;
	struct conference *c;

	json_get_init(&g, params);
	json_get_string(&g, "file", false, &file);
	json_get_bool(&g, "beep", false, &beep);
	if (file && file[0] != '/')
		json_get_fail(&g, "file", "must be an absolute path");
	c = named(request, arg, &g);
	if (c)
		reply_recording(request, c, conference_record(c, file, beep));
}

static void record_stop(struct control_request *request, const json_t *params, void *arg)
{
	struct json_get g;
	struct conference *c;

	json_get_init(&g, params);
	c = named(request, arg, &g);
	if (c)
		reply_recording(request, c, conference_record_stop(c));
}

static void record_pause(struct control_request *request, const json_t *params, void *arg)
{
	bool paused = true, keep_silence = false;
	struct json_get g;
	struct conference *c;

	json_get_init(&g, params);
	json_get_bool(&g, "paused", true, &paused);
	json_get_bool(&g, "keep_silence", false, &keep_silence);
	c = named(request, arg, &g);
	if (c)
		reply_recording(request, c, conference_record_pause(c, paused, keep_silence));
}

static void end(struct control_request *request, const json_t *params, void *arg)
{
	struct json_get g;
	struct conference *c;

	json_get_init(&g, params);
	c = named(request, arg, &g);
	if (!c)
		return;
	ref_hold(c);
	conference_end(c, "It was ended through the API.");
	reply_conference(request, c);
	ref_drop(c);
}

const struct control_method conference_methods[] = {
	{ "conference.create", create },
	{ "conference.list", list },
	{ "conference.get", get },
	{ "conference.add", add },
	{ "conference.remove", remove_method },
	{ "conference.mute", mute },
	{ "conference.hold", hold },
	{ "conference.deaf", deaf },
	{ "conference.coach", coach },
	{ "conference.play", play },
	{ "conference.stop", stop },
	{ "conference.record", record },
	{ "conference.record_stop", record_stop },
	{ "conference.record_pause", record_pause },
	{ "conference.end", end },
};
const size_t conference_method_count = sizeof conference_methods / sizeof conference_methods[0];
