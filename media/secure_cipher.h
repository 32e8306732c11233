/* secure_cipher: AES (counter mode, GCM) and HMAC-SHA1 of OpenSSL for libsrtp.
 *
 * A build of libsrtp has its ciphers from one of several libraries. Debian's has them from NSS, which takes
 * memory and locks for every packet, and keeps 30 KB for each key; these take memory when a key is set, and
 * none with a packet. libsrtp tests them, with its own vectors too, before it takes them. */
#ifndef OFFHOOK_MEDIA_SECURE_CIPHER_H
#define OFFHOOK_MEDIA_SECURE_CIPHER_H

/* After srtp_init(), once, before anything is made. Returns 0 or EIO. */
int secure_cipher_install(void) __attribute__((warn_unused_result));

#endif
