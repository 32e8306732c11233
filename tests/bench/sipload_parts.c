#include "tests/bench/sipload_parts.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

uint64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ull + t.tv_nsec / 1000;
}

void push(double **v, size_t *n, size_t *cap, double x)
{
	if (*n == *cap) { *cap = *cap ? *cap * 2 : 4096; *v = realloc(*v, *cap * sizeof **v); }
	(*v)[(*n)++] = x;
}

static int cmp(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

double pct(double *v, size_t n, double p)
{
	if (!n) return 0;
	qsort(v, n, sizeof *v, cmp);
	size_t i = (size_t)(p * (n - 1));
	return v[i];
}

size_t header(const char *m, const char *name, const char *shrt, const char **val)
{
	size_t nl = strlen(name), sl = shrt ? strlen(shrt) : 0;
	for (const char *l = strstr(m, "\r\n"); l && l[2] && l[2] != '\r'; l = strstr(l + 2, "\r\n")) {
		const char *s = l + 2, *v = NULL;
		if (!strncasecmp(s, name, nl)) v = s + nl;
		else if (sl && !strncasecmp(s, shrt, sl)) v = s + sl;
		if (!v) continue;
		while (*v == ' ') v++;
		if (*v != ':') continue;
		v++;
		while (*v == ' ') v++;
		*val = v;
		return strcspn(v, "\r");
	}
	return 0;
}

void all_headers(const char *m, const char *name, const char *shrt, char *out, size_t cap)
{
	size_t nl = strlen(name), sl = shrt ? strlen(shrt) : 0, o = 0;
	out[0] = 0;
	for (const char *l = strstr(m, "\r\n"); l && l[2] && l[2] != '\r'; l = strstr(l + 2, "\r\n")) {
		const char *s = l + 2;
		if ((!strncasecmp(s, name, nl) && s[nl] == ':') || (sl && !strncasecmp(s, shrt, sl) && s[sl] == ':')) {
			size_t n = strcspn(s, "\r");
			if (o + n + 3 < cap) { memcpy(out + o, s, n); o += n; memcpy(out + o, "\r\n", 3); o += 2; }
		}
	}
}

double cpu_of(int p, long *rss_kb)
{
	char path[64], b[4096];
	snprintf(path, sizeof path, "/proc/%d/stat", p);
	FILE *f = fopen(path, "r");
	if (!f) return 0;
	size_t n = fread(b, 1, sizeof b - 1, f);
	fclose(f);
	b[n] = 0;
	char *s = strrchr(b, ')');
	unsigned long u = 0, k = 0; long rss = 0;
	sscanf(s + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %*d %*d %*u %*u %ld", &u, &k, &rss);
	if (rss_kb) *rss_kb = rss * (sysconf(_SC_PAGESIZE) / 1024);
	return (double)(u + k) / sysconf(_SC_CLK_TCK);
}

int udp(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), sz = 8 << 20;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &sz, sizeof sz);
	if (bind(fd, (void *)&a, sizeof a)) { perror("bind"); exit(2); }
	return fd;
}
