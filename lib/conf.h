/* conf: everything an admin can set, checked whole before any of it is used.
 *
 * libConfuse syntax; the names are those of README.md and conf/offhook.conf. conf_load() either returns a
 * complete conf with every default filled in, or nothing and a list of every error found: file, line, what is
 * wrong, what is allowed. A struct conf is never changed after loading; a reload loads a second one and
 * swaps.
 *
 * Threads: loading is for one thread at a time; a loaded conf may be read by all. */
#ifndef OFFHOOK_LIB_CONF_H
#define OFFHOOK_LIB_CONF_H

#include "lib/log.h"
#include "lib/rate_deck.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

enum conf_transport { CONF_UDP, CONF_TCP, CONF_TLS, CONF_HTTP, CONF_HTTPS };

/* Families of addresses, for what there is one of in each. */
enum { CONF_IPV4, CONF_IPV6, CONF_FAMILIES };

/* Digest algorithms, as digest.h counts them. */
enum { CONF_DIGEST_SHA256, CONF_DIGEST_MD5 };

/* An address to listen on: "udp:127.0.0.1:5060", "tls:[::1]:5061", "http://127.0.0.1:8080". */
struct conf_listen {
	enum conf_transport transport;
	char host[64]; /* numeric address, without brackets */
	uint16_t port; /* 0: any free one, for tests */
};

/* Files of a tls or https listener, PEM; NULL for the others. */
struct conf_certificate {
	const char *certificate_file, *key_file;
};

struct conf_strings {
	char **items;
	size_t count;
};

/* What calls cost: see rate_deck.h. */
struct conf_deck {
	char *name;
	char currency[RATE_CURRENCY_SIZE];
	unsigned decimals; /* that prices are rounded to */
	struct rate_deck *rates;
};

/* Files of one end of the control protocol over TLS, PEM: its certificate, its key, and whose certificates it
 * believes the other end. NULL where there is no TLS. */
struct conf_control_tls {
	char *certificate_file, *key_file, *ca_file;
};

/* A switch that the API layer drives. */
struct conf_switch {
	char *name;
	char *path;		/* of its Unix socket, or NULL: it is at host and port, by TLS */
	char host[64];		/* numeric */
	uint16_t port;		/* 0 with a path */
	char *certificate_name; /* whose certificate it shows; NULL: its address's */
	struct conf_control_tls tls;
	unsigned silence_ms; /* so long without an answer, and it counts as gone */
	unsigned wait_ms;    /* so long gone, and its calls have failed */
};

/* What speaks, a program: text in, WAV out; or a server that listens: audio in, words out. */
struct conf_speech {
	char *name;
	/* The program and its arguments, in which {text}, {file}, {language} and {voice} are filled in.
	 * Without {text} the text goes to its standard input, without {file} the sound comes from its
	 * standard output. */
	struct conf_strings command;
	struct conf_strings languages; /* tags; "de" is all kinds of it; of a server none: all */
	struct conf_strings voices;    /* names, as scripts have them */
	bool ssml;		       /* it takes markup */
	unsigned timeout_ms, at_once;
	char *url, *key; /* of a server that listens, or NULL; NULL: it wants none */
	unsigned rate;	 /* of the audio that it gets [Hz] */
	bool vosk;	 /* it speaks vosk-server's protocol, else that of jambonz */
	char *file;	 /* where the command is set, or NULL */
	int line;
};

struct conf_account {
	char *name;
	char *dialect;	  /* of numbers and calls for which nothing else is said */
	char *sid;	  /* UUID; default derived from the name */
	char *country;	  /* whose national numbers its users and programs dial, "DE"; NULL: E.164 alone */
	char *auth_token; /* NULL: that dialect is off */
	struct conf_strings api_keys;
	struct conf_strings api_keys_read_only; /* see everything, change nothing */
	struct conf_strings deny;		/* beginnings of numbers that nobody may call out to */
	struct conf_strings numbers;		/* beginnings of those that its programs may set up; none:
						   all, when it has a trunk */
	unsigned max_duration_s;		/* of a call; 0: sip's alone */
	unsigned max_conferences;		/* that programs have made, at a time; 0: no limit */
	unsigned conference_wait_s;		/* for the first participant; 0: for ever */
	const struct conf_deck *deck;		/* NULL: its calls have no price */
	int64_t max_spend_day, max_spend_call;	/* amounts (money.h); 0: no limit */
	unsigned day_starts_s;			/* when a day begins, after midnight UTC */
	char *vonage_application, *vonage_public_key_file, *vonage_signature_secret;
	char *vcita_webhook;	/* URL that is told of its calls in vcita's words, or NULL */
	bool public_recordings; /* who knows a recording's URL of Twilio's or SignalWire's may hear it */
};

/* What is done about encrypted audio (SRTP, RFC 4568). */
enum conf_srtp {
	CONF_SRTP_OFF,	    /* never */
	CONF_SRTP_ACCEPTED, /* when the far end offers it */
	CONF_SRTP_OFFERED,  /* we offer it too, and go without when it is not taken (RFC 8643) */
	CONF_SRTP_REQUIRED, /* no call without */
};

/* How keys that are pressed go to a phone or trunk; from it they are taken in every way. */
enum conf_dtmf {
	CONF_DTMF_RTP,	/* telephone-event (RFC 4733) where the far end takes it, else as tones */
	CONF_DTMF_INFO, /* SIP INFO, application/dtmf-relay; telephone-event is not offered */
};

struct conf_user {
	char *name;
	char *password;	 /* NULL: may not register */
	char *number;	 /* E.164 or short, or NULL */
	char *extension; /* a short number beside it, or NULL */
	char *staff_uid; /* or NULL */
	const struct conf_account *account;
	unsigned max_contacts;
	unsigned max_calls;	 /* at a time, made and received; 0: no limit */
	unsigned max_duration_s; /* of a call; 0: the account's alone */
	struct conf_strings
	    may_call; /* beginnings of numbers that it may call out to; none: all, "none": nowhere */
	struct conf_strings codecs; /* in order of preference; none: all */
	enum conf_srtp srtp;
	enum conf_dtmf dtmf;
	char *caller_id; /* what those it calls see, E.164; NULL: its number */
	const struct conf_trunk
	    *trunk; /* not a phone, but how a trunk with registers-here proves itself; else NULL */
};

/* Addresses, "192.0.2.0/24": the first `bits` of `address`, in network order. */
struct conf_network {
	int family; /* AF_INET, AF_INET6 */
	uint8_t address[16];
	unsigned bits;
};

/* How a number is written on a trunk. */
enum conf_writing {
	CONF_WRITING_PLUS,     /* +15551234567 */
	CONF_WRITING_E164,     /* 15551234567 */
	CONF_WRITING_NATIONAL, /* 0 5551234567, and 00 44… for abroad */
};

struct conf_numbering {
	enum conf_writing out, in;
	char *country_code;			      /* digits, "" for none */
	char *national_prefix, *international_prefix; /* digits, "" for none */
	unsigned strip_out, strip_in;	/* characters taken from the front of a dialled number */
	char *prepend_out, *prepend_in; /* then put there, or "" */
};

/* Where a trunk is told who calls. */
enum { CONF_CALLER_FROM = 1, CONF_CALLER_PAI = 2, CONF_CALLER_RPID = 4 };

enum conf_trunk_transport { CONF_TRUNK_AUTO, CONF_TRUNK_UDP, CONF_TRUNK_TCP, CONF_TRUNK_TLS };

struct conf_trunk {
	char *name;
	char *address; /* "host:port" or "host", NULL with registers_here and built_in; a request from there
			  is this trunk's */
	char *proxy;   /* where to send instead, as address, or NULL */
	char *domain;  /* host in From, To and the registrar's address, or NULL */
	enum conf_trunk_transport transport;
	bool tls_verify;	       /* its certificate must be good for its address */
	struct conf_network *networks; /* requests from there are this trunk's too */
	size_t network_count;
	char *username, *password; /* or NULL */
	bool registers;		   /* we register to it */
	bool registers_here;	   /* it registers to us */
	bool built_in;		   /* no carrier, but the test trunk of the switch itself */
	unsigned register_expires_s;
	char *number;		    /* for calls that name none, E.164, or NULL */
	struct conf_strings codecs; /* in order of preference; never empty */
	enum conf_srtp srtp;
	enum conf_dtmf dtmf;
	struct conf_numbering numbering;
	unsigned caller_id; /* CONF_CALLER_… */
	bool hide_caller;   /* every call goes out without the caller's number in From */
	unsigned max_calls, max_calls_per_second; /* 0: no limit */
	unsigned health_interval_s;		  /* OPTIONS; 0: none */
	unsigned try_timeout_ms;		  /* for the first response to an INVITE */
	const struct conf_account *account;
};

enum conf_target_kind { CONF_TO_USER, CONF_TO_TRUNK };
struct conf_target { /* "user:alice", "trunk:carrier" */
	enum conf_target_kind kind;
	size_t index; /* into users or trunks */
};

struct conf_route {    /* first match in file order */
	char *pattern; /* POSIX extended regular expression over the E.164 number */
	void *regex;   /* compiled regex_t */
	struct conf_target *to;
	size_t count;
	unsigned *weights; /* as many as `to`, or NULL: in order */
	int *failover_on;  /* SIP codes that the next trunk is tried on; NULL: the usual ones */
	size_t failover_count;
};

/* Whether a trunk's refusal with `code` leads to the next trunk; `route` NULL: by the usual list. */
bool conf_route_fails_over(const struct conf_route *route, int code);

enum conf_number_action {
	CONF_NUMBER_VOICE_URL,	/* a script decides: call.incoming */
	CONF_NUMBER_DIAL,	/* users, trunks: all at once for users, in order for trunks */
	CONF_NUMBER_CONFERENCE, /* joins the named room */
	CONF_NUMBER_ECHO,
	CONF_NUMBER_RECORD,  /* answer, record, echo, until hang-up */
	CONF_NUMBER_NOTHING, /* it was set (conf_numbers.h), and nobody has said what happens there */
};

struct conf_number {
	char *number; /* E.164, or short: phone_number.h */
	enum conf_number_action action;
	char *voice_url, *fallback_url, *status_callback; /* or NULL */
	struct conf_strings callback_events;		  /* told_event.h; none: as the dialect has it */
	bool voice_get;					  /* voice-url is asked by GET, else by POST */
	bool voice_method_said;				  /* else it is its dialect's usual one */
	bool fallback_get, callback_get;		  /* the same of the others, where it was set */
	bool is_set;					  /* some of it: conf_numbers.h */
	bool has_script;				  /* as it was set */
	char *friendly_name;				  /* that was set, or NULL */
	char *dialect; /* whose words its scripts and callbacks have; NULL: its account's */
	struct conf_target *dial;
	size_t dial_count;
	char *conference;
	int fallback_code; /* SIP code when no API layer takes the call, default 503 */
	const struct conf_account *account;
};

/* What was wrong, one entry an error, in the order found. */
struct conf_errors {
	char **lines; /* "offhook.conf:12: sip/listen: \"upd:…\" has no such transport; allowed: udp, tcp,
			 tls" */
	size_t count;
	bool closed; /* what further follows from the last: it is not added */
};

/* Where a file or folder that the conf names is named. */
struct conf_spot {
	const char *name; /* "sip/tls-key-file" */
	size_t index;	  /* of a list */
	char *file;
	int line;
};

/* What a recording's file is. */
enum conf_sound { CONF_WAV, CONF_MP3, CONF_OGG };
/* Their names, as conf and requests write them; ends with NULL. */
extern const char *const conf_sounds[];
/* By its name; -1: there is none. */
int conf_sound_find(const char *name);
/* "audio/wav" … */
const char *conf_sound_type(enum conf_sound sound);

/* Where recordings go to. */
struct conf_s3 {
	char *endpoint; /* "https://HOST"; NULL: nowhere */
	char *bucket;	/* or NULL: the endpoint's host names it */
	char *region, *key, *secret;
	char *prefix;  /* what the names of objects begin with, or NULL */
	char *ca_file; /* authorities of its server, PEM, or NULL: the system's */
	bool keep_local;
};

/* Where events are published to, beside webhooks and sockets. */
struct conf_bus {
	char *nats, *redis;  /* URLs, or NULL */
	char *subject;	     /* what those of NATS begin with */
	char *stream;	     /* of JetStream */
	char *key;	     /* of the stream of Redis */
	uint64_t max_length; /* events that either keeps */
};

struct conf {
	char *file;
	struct conf_errors warnings; /* what is allowed, and hardly meant: lines as of an error */
	struct conf_spot *spots;
	size_t spot_count;
	uint64_t fingerprint; /* of all that was read: equal for two loads of the same conf */
	char *state_dir, *run_dir;
	bool resume; /* answered calls outlive the switch's process */
	struct {
		enum log_level level;
	} log;
	struct {
		struct conf_listen *listen;
		size_t listen_count;
		unsigned digest[2]; /* algorithms to challenge with, in order: CONF_DIGEST_… */
		size_t digest_count;
		struct conf_certificate *certificates;			  /* of each of `listen` */
		struct conf_strings tls_certificate_files, tls_key_files; /* as written */
		char *tls_ca_file;					  /* PEM, or NULL */
		bool tls_verify_clients;
		int tls_min_version; /* 12 or 13 */
		char *domain;	     /* realm, and the host part of our users' addresses; IPv6 in brackets */
		char *advertise[CONF_FAMILIES]; /* what we are called outside, IPv6 in brackets, or NULL */
		struct conf_strings aliases;	/* further names and addresses of ours; IPv6 in brackets */
		struct conf_strings local_networks; /* who is not outside: conf_is_local() */
		unsigned max_calls;		    /* legs at a time; further ones get 503 */
		unsigned max_calls_per_second;	    /* new inbound calls; further ones get 503 */
		unsigned max_delay_ms; /* that new requests may have waited before some are refused */
		unsigned max_connections, max_connections_of_source; /* by TCP and TLS, at a time */
		size_t max_message_size;			     /* bytes of a message by TCP or TLS */
		unsigned message_timeout_ms; /* for a message over TCP or TLS to be whole */
		unsigned idle_timeout_s;     /* of a connection without a message */
		unsigned register_min_s, register_max_s, register_default_s;
		unsigned nonce_life_s;
		char *nonce_secret;			       /* that several switches share, or NULL */
		unsigned session_timer_s, session_timer_min_s; /* RFC 4028; 0: we ask for none */
		struct conf_strings deny;  /* beginnings of numbers that nobody may call out to */
		unsigned max_duration_s;   /* of a call; 0: none */
		bool dial_uris;		   /* programs may call SIP URIs of other domains */
		char *resolv_conf;	   /* file with the name servers, or NULL: the system's */
		unsigned keepalive_s;	   /* between OPTIONS to a registered phone; 0: none */
		unsigned ring_timeout_s;   /* default for a dialled call */
		unsigned claim_timeout_ms; /* how long a script's number waits for call.claim */
	} sip;
	struct {
		char *address[CONF_FAMILIES];	/* local addresses of RTP sockets, and what SDP says; at least
						   one */
		char *advertise[CONF_FAMILIES]; /* what SDP says to those outside instead, or NULL */
		uint16_t port_min, port_max;
		unsigned workers;	 /* 0: cores − 1, at least 1 */
		unsigned timeout_s;	 /* neither RTP nor RTCP for this long ends the call; 0: never */
		unsigned hold_timeout_s; /* the same of one that need not send: on hold, silent */
	} rtp;
	struct {
		unsigned rate, burst;  /* messages a second from one source; rate 0: any number */
		unsigned max_failures; /* wrong credentials before a ban, 0: any number; the same for the next
					  two */
		unsigned max_names;    /* different names among them */
		unsigned max_challenges; /* challenges without an answer */
		unsigned window_s;	 /* in which these are counted */
		unsigned ban_s;		 /* 0: nobody is banned */
		size_t max_sources;
		struct conf_strings user_agents; /* beginnings, of scanners */
		struct conf_strings exempt;	 /* networks: conf_network_holds() */
		bool exempt_trunks;
	} guard;
	struct {
		unsigned max_clients;
		size_t max_backlog;	    /* bytes unread by a client before it is cut off */
		size_t event_ring;	    /* events kept in memory for events.subscribe{since} */
		size_t journal_max;	    /* bytes of unacknowledged events kept on disk */
		struct conf_listen *listen; /* for other machines, all tls; beside the Unix socket */
		size_t listen_count;
		struct conf_control_tls tls;
	} control;
	struct conf_bus bus;
	struct {
		unsigned keep_s; /* SIP messages of calls are kept for so long; 0: none is */
		size_t size;	 /* bytes on disk that they may take */
		bool rtp;	 /* and the RTP headers of their first and last seconds */
		char *hep_host;	 /* who collects them, too; NULL: nobody */
		uint16_t hep_port;
		unsigned hep_id; /* ours there */
	} trace;
	struct {
		unsigned timeout_ms, speech_ms, speech_end_ms, silence_ms; /* 0: the detector's own */
	} amd; /* what tells a machine from a person where a call does not say */
	struct {
		enum conf_sound format; /* unless the request for one says another */
		char *key_file;		/* what they are encrypted with, or NULL: they are not */
		struct conf_s3 s3;
	} recordings;
	struct {
		struct conf_listen *metrics_listen; /* for GET /metrics alone, which needs no key there */
		size_t metrics_listen_count;
		struct conf_listen *listen;
		size_t listen_count;
		char *public_url;   /* no slash at its end */
		size_t max_body;    /* bytes of a request body */
		size_t sound_cache; /* bytes of spoken texts and fetched sounds that are kept */
		unsigned max_connections, max_connections_of_source;
		bool access_log; /* a line for each request */
		unsigned idle_timeout_s;
		unsigned
		    request_timeout_s; /* from a request's first byte to its last; for a TLS handshake, too */
		struct conf_certificate *certificates;			  /* of each of `listen` */
		struct conf_strings tls_certificate_files, tls_key_files; /* as written */
		char *ca_file; /* authorities of the servers that we ask, PEM, or NULL: the system's */
		bool hear;     /* callers are heard by our own recogniser where no speech section does */
		struct conf_strings
		    cors_origins; /* "https://host:port" whose pages may use the API, or "*" */
		struct conf_strings deny_addresses; /* networks that webhooks and scripts are not asked at:
						       conf_network_holds() */
		unsigned webhook_retry_s;	    /* how long a webhook is tried again */
		unsigned keep_records_days;	    /* calls that ended longer ago are forgotten; 0: never */
		unsigned
		    keep_recordings_days; /* the same for recordings; they go with their call at the latest */
	} api;
	struct conf_deck *decks;
	size_t deck_count;
	struct conf_account *accounts;
	size_t account_count;
	struct conf_user *users;
	size_t user_count;
	struct conf_trunk *trunks;
	size_t trunk_count;
	struct conf_route *routes;
	size_t route_count;
	struct conf_number *numbers;
	size_t number_count;
	struct conf_speech *speeches;
	size_t speech_count;
	struct conf_switch *switches; /* that the API layer drives; none: the one at run-dir */
	size_t switch_count;
	struct conf_index *index; /* for the look-ups */
	struct conf_numbers *set; /* what programs have set of numbers: conf_numbers.h */
};

/* Loads and checks `path`. On success returns 0 and *out is the caller's; else EINVAL (bad conf), ENOENT,
 * EACCES … or ENOMEM with *errors filled (the caller frees it either way). */
int conf_load(struct conf **out, const char *path, struct conf_errors *errors)
    __attribute__((warn_unused_result));

/* The same for text in memory, for tests and the fuzzer; `name` stands for the file in errors. */
int conf_parse(struct conf **out, const char *name, const char *text, struct conf_errors *errors)
    __attribute__((warn_unused_result));

void conf_free(struct conf *conf);
/* Makes the contents of a file that the conf names a part of its fingerprint. */
void conf_mix(struct conf *conf, const char *bytes, size_t size);
void conf_errors_print(const struct conf_errors *errors, FILE *to);
void conf_errors_free(struct conf_errors *errors);

/* A list of its own; *out is empty before. Returns 0, or ENOMEM with what was copied so far in *out. */
int conf_strings_copy(struct conf_strings *out, const struct conf_strings *from)
    __attribute__((warn_unused_result));
/* Frees what is in it and leaves it empty. */
void conf_strings_clear(struct conf_strings *strings);

/* Look-ups; NULL when there is none. Names and numbers compare exactly. */
const struct conf_user *conf_user_by_name(const struct conf *conf, const char *name);
/* By its number or its extension. */
const struct conf_user *conf_user_by_number(const struct conf *conf, const char *e164);
const struct conf_number *conf_number_find(const struct conf *conf, const char *e164);
const struct conf_trunk *conf_trunk_by_name(const struct conf *conf, const char *name);
/* "udp", "tcp", "tls", "http", "https". */
const char *conf_transport_name(enum conf_transport transport);
/* What it signs with: its auth-token, else its first API key, else "". */
const char *conf_account_secret(const struct conf_account *account);
const struct conf_account *conf_account_by_name(const struct conf *conf, const char *name);
/* Whether an address is in a network as conf writes it: "192.0.2.0/24", "2001:db8::/32", "192.0.2.7". */
bool conf_network_holds(const char *network, const struct sockaddr_storage *address);

/* Whether an address is of the local network: is told our real addresses, not those that we advertise.
 * AF_UNSPEC is not. */
bool conf_is_local(const struct conf *conf, const struct sockaddr_storage *address);

/* First route whose pattern matches. */
const struct conf_route *conf_route_find(const struct conf *conf, const char *e164);

#endif
