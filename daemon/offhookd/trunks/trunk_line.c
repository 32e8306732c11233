/* See trunk_line.h. */
#include "daemon/offhookd/trunks/trunk_line.h"

#include "lib/file.h"
#include "lib/hex.h"
#include "lib/log.h"
#include "lib/random.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Returns 0, ENOENT, or why it is of no use. */
static int read_key(unsigned char out[TRUNK_LINE_KEY_SIZE], const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char bytes[TRUNK_LINE_KEY_SIZE + 1];
	ssize_t n;

	if (fd < 0)
		return errno;
	n = read(fd, bytes, sizeof bytes);
	close(fd);
	if (n != TRUNK_LINE_KEY_SIZE)
		return EBADMSG;
	memcpy(out, bytes, TRUNK_LINE_KEY_SIZE);
	return 0;
}

void trunk_line_key(unsigned char out[TRUNK_LINE_KEY_SIZE], const char *state_dir)
{
	char path[FILE_PATH_SIZE];
	int err;

	random_bytes(out, TRUNK_LINE_KEY_SIZE);
	if (!state_dir)
		return;
	snprintf(path, sizeof path, "%s/trunk-lines.key", state_dir);
	err = read_key(out, path);
	if (err == ENOENT || err == EBADMSG) /* nobody else reads it */
		err = file_replace_mode(path, (const char *)out, TRUNK_LINE_KEY_SIZE, 0600);
	if (err)
		log_warn("trunk.key_not_kept", NULL, "file=%s error=%s", log_quote(path),
			 log_quote(strerror(err)));
}

void trunk_line_make(char out[TRUNK_LINE_SIZE], const unsigned char key[TRUNK_LINE_KEY_SIZE],
		     const struct conf_trunk *conf)
{
	const char *texts[] = { conf->address, conf->proxy, conf->domain, conf->username, conf->password };
	unsigned char mac[EVP_MAX_MD_SIZE];
	char text[4096];
	size_t used = (size_t)snprintf(text, sizeof text, "%.500s\n%d %d %d %u %u", conf->name,
				       (int)conf->transport, conf->registers, conf->registers_here,
				       conf->register_expires_s, conf->health_interval_s);

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		used +=
		    (size_t)snprintf(text + used, sizeof text - used, "\n%.500s", texts[i] ? texts[i] : "");
	HMAC(EVP_sha256(), key, TRUNK_LINE_KEY_SIZE, (const unsigned char *)text, used, mac, NULL);
	hex_write(out, mac, (TRUNK_LINE_SIZE - 1) / 2);
}
