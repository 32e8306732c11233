#include "daemon/api/speech/sound_file.h"

#include "lib/hex.h"
#include "lib/file.h"
#include "lib/random.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void sound_file_name(char out[SOUND_PATH_SIZE], const char *folder, const char *prefix, const char *a,
		     const char *b, const char *suffix)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char text[2 * EVP_MAX_MD_SIZE + 1] = "";
	unsigned length = 0;
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	*out = '\0';
	if (context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) &&
	    EVP_DigestUpdate(context, a, strlen(a)) && EVP_DigestUpdate(context, "\n", 1) &&
	    EVP_DigestUpdate(context, b, strlen(b)) && EVP_DigestFinal_ex(context, digest, &length)) {
		hex_write(text, digest, length);
		if (snprintf(out, SOUND_PATH_SIZE, "%s/%s-%s%s", folder, prefix, text, suffix) >=
		    SOUND_PATH_SIZE)
			*out = '\0';
	}
	EVP_MD_CTX_free(context);
}

int sound_file_write(const char *file, const char *body, size_t size)
{
	char part[SOUND_PATH_SIZE + 20], suffix[17];
	int fd, err;

	snprintf(part, sizeof part, "%s.%s", file, random_hex(suffix, 8));
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd < 0)
		return errno;
	err = file_write_all(fd, body, size);
	if (close(fd) && !err)
		err = errno;
	if (!err && rename(part, file))
		err = errno;
	if (err)
		unlink(part);
	return err;
}
