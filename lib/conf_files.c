/* conf_files: see conf_files.h. */
#include "lib/conf_files.h"

#include "lib/child.h"
#include "lib/conf_error.h"
#include "lib/control_tls.h"
#include "lib/key_file.h"
#include "lib/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct checking {
	const struct conf *conf;
	struct conf_errors *errors;
	bool own; /* files of the program that asks */
};

static void complain(const struct checking *c, const char *name, size_t index, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void complain(const struct checking *c, const char *name, size_t index, const char *fmt, ...)
{
	const struct conf_spot *spot = NULL;
	char what[600];
	va_list ap;

	for (size_t i = 0; i < c->conf->spot_count; i++)
		if (strcmp(c->conf->spots[i].name, name) == 0 && c->conf->spots[i].index <= index)
			spot = &c->conf->spots[i]; /* the last that counts for it */
	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	conf_errors_add(c->errors, spot ? spot->file : c->conf->file, spot ? spot->line : 0, "%s: %s", name,
			what);
}

/* Opens a file; NULL: it has been complained about, or is another program's. */
static FILE *open_file(const struct checking *c, const char *name, size_t index, const char *file)
{
	FILE *f = fopen(file, "re");

	if (!f && (c->own || (errno != EACCES && errno != EPERM)))
		complain(c, name, index, "%s: %s; allowed: a file that can be read", file, strerror(errno));
	return f;
}

/* A key with a passphrase would wait for somebody to type it. */
static int no_passphrase(char *out, int size, int rw, void *arg)
{
	(void)out, (void)size, (void)rw, (void)arg;
	return -1;
}

static const char *openssl_reason(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	return reason ? reason : "cannot be used";
}

static void check_key(const struct checking *c, const char *name, size_t index,
		      const struct conf_certificate *pair, X509 *certificate)
{
	FILE *f = open_file(c, name, index, pair->key_file);
	EVP_PKEY *key;

	if (!f)
		return;
	key = PEM_read_PrivateKey(f, NULL, no_passphrase, NULL);
	fclose(f);
	if (!key)
		complain(c, name, index, "%s: %s; allowed: a private key in PEM, without a passphrase",
			 pair->key_file, openssl_reason());
	else if (certificate && X509_check_private_key(certificate, key) != 1)
		complain(c, name, index, "%s: %s: no key that fits the certificate in %s", pair->key_file,
			 openssl_reason(), pair->certificate_file);
	EVP_PKEY_free(key);
	ERR_clear_error();
}

static void check_pair(const struct checking *c, const char *section, size_t index,
		       const struct conf_certificate *pair)
{
	char name[40];
	X509 *certificate = NULL;
	FILE *f;

	snprintf(name, sizeof name, "%s/tls-certificate-file", section);
	f = open_file(c, name, index, pair->certificate_file);
	if (f) {
		certificate = PEM_read_X509(f, NULL, no_passphrase, NULL);
		fclose(f);
		if (!certificate)
			complain(c, name, index, "no certificate in %s: %s; allowed: a certificate in PEM",
				 pair->certificate_file, openssl_reason());
		ERR_clear_error();
	}
	if (pair->key_file != pair->certificate_file)
		snprintf(name, sizeof name, "%s/tls-key-file", section);
	check_key(c, name, index, pair, certificate);
	X509_free(certificate);
}

/* The certificates of the listeners of one transport. Returns whether there is one. */
static bool check_listeners(const struct checking *c, const char *section, const struct conf_listen *listen,
			    size_t count, enum conf_transport transport, const struct conf_certificate *pairs)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (listen[i].transport == transport && pairs[i].certificate_file)
			check_pair(c, section, n++, &pairs[i]);
	return n > 0;
}

static void check_authorities(const struct checking *c, const char *name, const char *file)
{
	FILE *f = file ? open_file(c, name, 0, file) : NULL;
	X509 *first;

	if (!f)
		return;
	first = PEM_read_X509(f, NULL, no_passphrase, NULL);
	fclose(f);
	if (!first)
		complain(c, name, 0, "no certificate in %s: %s; allowed: certificates of authorities in PEM",
			 file, openssl_reason());
	X509_free(first);
	ERR_clear_error();
}

/* A folder that is there and can be written, or can be made. */
static void check_folder(const struct checking *c, const char *name, const char *folder)
{
	char above[4096];
	struct stat st;
	char *slash;

	if (stat(folder, &st) == 0) {
		if (!S_ISDIR(st.st_mode))
			complain(c, name, 0, "%s is no folder", folder);
		else if (access(folder, W_OK | X_OK) != 0)
			complain(c, name, 0, "%s cannot be written: %s", folder, strerror(errno));
		return;
	}
	snprintf(above, sizeof above, "%s", folder);
	slash = strrchr(above, '/');
	if (slash)
		slash[slash == above] = '\0';
	if (errno != ENOENT || access(above, W_OK | X_OK) != 0)
		complain(c, name, 0, "%s is not there and cannot be made: %s: %s", folder, above,
			 strerror(errno));
}

/* An address that nobody on this machine can listen at. That its port is taken is no matter of the conf: who
 * checks it may be the daemon that runs. */
static void check_address(const struct checking *c, const char *name, size_t index, const char *host)
{
	struct sockaddr_storage address = { .ss_family = strchr(host, ':') ? AF_INET6 : AF_INET };
	bool v6 = address.ss_family == AF_INET6;
	void *bytes = v6 ? (void *)&((struct sockaddr_in6 *)&address)->sin6_addr
			 : (void *)&((struct sockaddr_in *)&address)->sin_addr;
	socklen_t size = v6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
	int fd = inet_pton(address.ss_family, host, bytes) == 1
		     ? socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0)
		     : -1;

	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, size) != 0 && errno == EADDRNOTAVAIL)
		complain(c, name, index,
			 "%s is no address of this machine; allowed: one that `ip address` shows%s", host,
			 strncmp(name, "rtp/", 4) ? "" : " (what phones are told instead is advertise)");
	if (fd >= 0)
		close(fd);
}

static void check_addresses(const struct checking *c, const struct conf_listen *listen, size_t count,
			    const char *name)
{
	for (size_t i = 0; i < count; i++) {
		size_t j = 0;

		while (j < i && strcmp(listen[j].host, listen[i].host))
			j++;
		if (j == i) /* each address once, whatever listens there */
			check_address(c, name, i, listen[i].host);
	}
}

static void check_programs(const struct checking *c)
{
	for (size_t i = 0; i < c->conf->speech_count; i++) {
		const struct conf_speech *speech = &c->conf->speeches[i];
		const char *program = speech->command.count ? speech->command.items[0] : NULL;

		if (program && !child_program_is_there(program))
			conf_errors_add(c->errors, speech->file ? speech->file : c->conf->file, speech->line,
					"speech/command: %.200s is not there, or may not be run; allowed: "
					"the path of a program, or its name in PATH",
					program);
	}
}

/* What recordings are encrypted with. A change of it is a change of the conf. */
static void check_recordings(const struct checking *c, struct conf *conf)
{
	const char *file = conf->recordings.key_file;
	char error[KEY_ERROR_SIZE];
	struct key_ring ring;
	int err = file ? key_file_read(&ring, file, error) : 0;

	if (!file)
		return;
	if (err && (c->own || (err != EACCES && err != EPERM)))
		complain(c, "recordings/key-file", 0,
			 "%s: %s; allowed: a file with a key, or several, of %d hexadecimal digits each",
			 file, error, 2 * KEY_BYTES);
	if (err)
		return;
	for (size_t i = 0; i < ring.count; i++)
		conf_mix(conf, ring.keys[i].id, strlen(ring.keys[i].id));
	key_ring_clear(&ring);
}

/* The certificates of the control protocol: ours where we listen for other machines, or of each switch that
 * we drive. Each program can read its own alone. */
static void check_control(const struct checking *c, enum conf_program program)
{
	const struct conf *conf = c->conf;
	struct control_tls *tls;
	char error[600];

	for (size_t i = 0; program == CONF_OF_API && i < conf->switch_count; i++) {
		const struct conf_switch *one = &conf->switches[i];

		if (!one->port)
			continue;
		if (control_tls_alloc(&tls, &one->tls, false, error, sizeof error))
			conf_errors_add(c->errors, conf->file, 0, "switch \"%.64s\": %s", one->name, error);
		else
			control_tls_free(tls);
	}
	if (program == CONF_OF_API || !conf->control.listen_count)
		return;
	if (control_tls_alloc(&tls, &conf->control.tls, true, error, sizeof error))
		complain(c, "control/listen", 0, "%s", error);
	else
		control_tls_free(tls);
	check_addresses(c, conf->control.listen, conf->control.listen_count, "control/listen");
}

static void check_files(struct conf *conf, enum conf_program program, struct conf_errors *errors)
{
	struct checking c = { .conf = conf, .errors = errors, .own = program == CONF_OF_SWITCH };
	FILE *f;

	if (check_listeners(&c, "sip", conf->sip.listen, conf->sip.listen_count, CONF_TLS,
			    conf->sip.certificates))
		check_authorities(&c, "sip/tls-ca-file", conf->sip.tls_ca_file);
	f = conf->sip.resolv_conf ? open_file(&c, "sip/resolv-conf", 0, conf->sip.resolv_conf) : NULL;
	if (f)
		fclose(f);
	c.own = program == CONF_OF_API;
	check_listeners(&c, "api", conf->api.listen, conf->api.listen_count, CONF_HTTPS,
			conf->api.certificates);
	check_authorities(&c, "api/ca-file", conf->api.ca_file);
	check_recordings(&c, conf);
	check_control(&c, program);
	check_folder(&c, "state-dir", conf->state_dir);
	if (program == CONF_OF_API)
		check_programs(&c);
	if (program == CONF_OF_SWITCH) {
		check_folder(&c, "run-dir", conf->run_dir);
		check_addresses(&c, conf->sip.listen, conf->sip.listen_count, "sip/listen");
		for (int family = 0; family < CONF_FAMILIES; family++)
			if (conf->rtp.address[family])
				check_address(&c, "rtp/address", 0, conf->rtp.address[family]);
	} else {
		check_addresses(&c, conf->api.listen, conf->api.listen_count, "api/listen");
	}
}

/* A conf in which what makes a switch is still to be written. */
static void warn_of_nothing(struct conf *conf)
{
	bool keys = false;

	for (size_t i = 0; i < conf->account_count; i++)
		keys |= conf->accounts[i].api_keys.count + conf->accounts[i].api_keys_read_only.count > 0;
	if (!conf->user_count && !conf->trunk_count)
		conf_errors_add(&conf->warnings, conf->file, 0,
				"there is no user and no trunk: nobody can call us");
	if (!keys)
		conf_errors_add(&conf->warnings, conf->file, 0,
				"no account has api-keys: nobody may use the HTTP API");
}

int conf_load_for(struct conf **out, const char *path, enum conf_program program, struct conf_errors *errors)
{
	struct conf *conf;
	int err = conf_load(&conf, path, errors);

	if (err)
		return err;
	check_files(conf, program, errors);
	warn_of_nothing(conf);
	if (errors->count) {
		conf_free(conf);
		return EINVAL;
	}
	*out = conf;
	return 0;
}

void conf_log_warnings(const struct conf *conf)
{
	for (size_t i = 0; i < conf->warnings.count; i++)
		log_warn("conf.warning", NULL, "what=%s", log_quote(conf->warnings.lines[i]));
}

void conf_print_good(const struct conf *conf)
{
	for (size_t i = 0; i < conf->warnings.count; i++)
		fprintf(stderr, "%swarning: %s\n", log_priority(LOG_LEVEL_WARN), conf->warnings.lines[i]);
	printf("%s: good\n", conf->file);
}
