/* ctl: what the commands of offhookctl share: options, the connection to the switch, exit codes.
 *
 * One thread, one connection. ctl_request() is a plain call that waits for its reply in the event loop;
 * ctl_follow() runs the loop for commands that watch events until they call ctl_stop(). */
#ifndef OFFHOOK_CTL_CTL_H
#define OFFHOOK_CTL_CTL_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

struct ctl;
struct conf;
struct conf_switch;
struct control_client;
struct control_tls;
struct event_base;

enum ctl_exit {
	CTL_OK = 0,
	CTL_REFUSED = 1, /* the switch said no, or the call did not succeed */
	CTL_USAGE = 2,
	CTL_NO_CONNECTION = 3, /* no switch there, or it does not answer */
};

/* Of script run. */
struct ctl_script {
	const char *keys, *callees, *to, *dialect, *url; /* or NULL */
	const char *const *given;			 /* URL=FILE */
	int given_count;
	int seconds; /* of simulated time; 0: as is usual */
	bool no_fetch;
	bool given_any; /* one of these options */
};

struct ctl_options {
	const char *conf_file, *socket;	   /* or NULL */
	const char *from;		   /* or NULL */
	const char *user, *trunk, *number; /* whose calls, or NULL */
	bool json, record, follow, drain, play;
	bool ended, failed, all; /* of calls, and of hangup */
	int limit;		 /* of calls --ended; 0: as is usual */
	int wait_s;		 /* how long to wait for a switch that is not there yet; 0: not at all */
	int timeout_s;	 /* ring time-out; 0: the switch's default. Of shutdown: how long calls may go on */
	bool timed;	 /* it was given */
	long long since; /* −1: not given */
	const char *const *files; /* --play, and the arguments after TO */
	int file_count;
	struct ctl_script script;
};

/* An event; `params` borrowed. */
typedef void ctl_event_h(struct ctl *ctl, const char *method, const json_t *params);
/* The connection came up again after a loss (true), or was lost (false). */
typedef void ctl_link_h(struct ctl *ctl, bool up);

struct ctl {
	struct ctl_options options;
	const char *const *args; /* after the command */
	int arg_count;
	struct event_base *base;
	struct control_client *client;
	char *socket;		       /* path; or tls:ADDRESS:PORT */
	struct conf *conf;	       /* that names the switch (-s NAME), or NULL */
	const struct conf_switch *far; /* in it */
	struct control_tls *tls;       /* of one on another machine, or NULL */
	bool linked;		       /* the connection is up */
	ctl_event_h *on_event;	       /* or NULL */
	ctl_link_h *on_link;	       /* or NULL */
	void *arg;		       /* the command's own */
	int exit_code;		       /* what ctl_follow() returns */
};

/* The conf that is meant: that of -c, or the installed one. Borrowed. */
const char *ctl_conf_file(const struct ctl *ctl);
/* Loads it: the caller's. NULL: it cannot be, having said why unless `quiet`. */
struct conf *ctl_load_conf(const struct ctl *ctl, bool quiet);

/* Finds the socket and connects to it. Says what is wrong otherwise. Returns an exit code. */
int ctl_connect(struct ctl *ctl);
/* The same, but says nothing of a switch that is not there. Returns 0 and the process behind the socket in
 * *pid (0: it cannot be told), or an errno. */
int ctl_connect_quietly(struct ctl *ctl, pid_t *pid);
void ctl_disconnect(struct ctl *ctl);
/* The names of the conf's switches, as -s takes them; NULL ends them, and all is the caller's. Returns an
 * exit code, having said what is wrong: a conf that cannot be read, or has none. */
int ctl_switches(struct ctl *ctl, char ***out);

/* Sends a request and waits for its reply. `params` is stolen, NULL for none. Returns CTL_OK with a new
 * reference in *result, or says why not and returns another exit code. */
int ctl_request(struct ctl *ctl, const char *method, json_t *params, json_t **result);
/* The same, but says nothing: *error (NULL to ignore it) gets a new reference to the JSON-RPC error when
 * there is one. */
int ctl_request_quietly(struct ctl *ctl, const char *method, json_t *params, json_t **result, json_t **error);

/* Says what a JSON-RPC error means, on stderr. */
void ctl_print_error(const struct ctl *ctl, const json_t *error);
/* Says why a command line makes no sense; returns CTL_USAGE. */
int ctl_usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Says something on stderr. */
void ctl_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Prints a result as JSON on stdout. */
void ctl_print_json(const json_t *json);

/* Waits for events until ctl_stop(), or an interrupt by the user. Returns the exit code given. */
int ctl_follow(struct ctl *ctl);
void ctl_stop(struct ctl *ctl, int exit_code);

/* Finds the call whose id begins with `prefix` (a whole UUID is not looked up): a live one, or else, unless
 * `live`, one that the API has a record of. Returns CTL_OK and the id in `id`, or says why not. */
int ctl_find_call(struct ctl *ctl, const char *prefix, bool live, char id[64]);

/* Commands: each returns an exit code. */
int command_help(struct ctl *ctl);
int command_rpc(struct ctl *ctl);
int command_transfer(struct ctl *ctl);
int command_mute(struct ctl *ctl);
int command_unmute(struct ctl *ctl);
int command_record(struct ctl *ctl);
int command_digits(struct ctl *ctl);
int command_status(struct ctl *ctl);
int command_drain(struct ctl *ctl);
int command_reload(struct ctl *ctl);
int command_shutdown(struct ctl *ctl);
int command_calls(struct ctl *ctl);
int command_call(struct ctl *ctl);
int command_hangup(struct ctl *ctl);
int command_originate(struct ctl *ctl);
int command_events(struct ctl *ctl);
int command_registrations(struct ctl *ctl);
int command_users(struct ctl *ctl);
int command_list_users(struct ctl *ctl);
int command_trunks(struct ctl *ctl);
int command_conferences(struct ctl *ctl);
int command_conference(struct ctl *ctl);
int command_bans(struct ctl *ctl);
int command_accounts(struct ctl *ctl);
int command_rate(struct ctl *ctl);
int command_amd(struct ctl *ctl);
int command_doctor(struct ctl *ctl);
int command_top(struct ctl *ctl);
int command_watch(struct ctl *ctl);
int command_script(struct ctl *ctl);
int command_trace(struct ctl *ctl);
int command_why(struct ctl *ctl);
int command_pcap(struct ctl *ctl);

/* Whether a call, as the switch or the API has it, is of the user, trunk and number that the options name. */
bool command_wants_call(const struct ctl *ctl, const json_t *call);
/* Prints everything that a call's object has, a line each. */
void command_print_call(const json_t *call);

/* Prints a table of calls, the first `max` of them; also used by top. Returns an exit code. */
int command_print_calls(const json_t *calls, size_t max);
/* Prints one event as a line for people; also used by originate --follow. */
void command_print_event(const struct ctl *ctl, const char *method, const json_t *params);

#endif
