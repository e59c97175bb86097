// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "load.h"
#include <err.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

void *shared(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		err(1, "mmap");
	return memory;
}

/* 127.0.0.1 and up. */
struct sockaddr_in loopback(unsigned offset, long port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK + offset) };
}

struct times *new_times(long most)
{
	struct times *times = shared(sizeof(*times) + most * sizeof(times->values[0]));

	times->most = most;
	return times;
}

void add_time(struct times *times, long long ns)
{
	if (times->count < times->most)
		times->values[times->count++] = ns / 10 < 0xffffffff ? ns / 10 : 0xffffffff;
}

static int ascending(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return (x > y) - (x < y);
}

void sort_times(struct times *times)
{
	qsort(times->values, times->count, sizeof(times->values[0]), ascending);
}

double microseconds(const struct times *sorted, double quantile)
{
	long rank = quantile * sorted->count;

	if (sorted->count == 0)
		return 0;
	return sorted->values[rank < sorted->count ? rank : sorted->count - 1] / 100.0;
}

double children_cpu(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

void await_children(void)
{
	int status;

	while (wait(&status) > 0)
		if (status && !(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM))
			errx(1, "a child failed");
}

/* A child ends with its parent. */
pid_t start_child(void)
{
	pid_t parent = getpid(), child = fork();

	if (child < 0)
		err(1, "fork");
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
	}
	return child;
}

/* Gets a page over a new connection; returns whether the server sent something and then closed the connection. */
int get_page(const struct sockaddr_in *server)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ssize_t size = sizeof(request) - 1, got, all = 0;
	char bytes[8192];

	if (fd < 0)
		return 0;
	if (connect(fd, (const void *)server, sizeof(*server)) ||
	    send(fd, request, size, 0) != size) {
		close(fd);
		return 0;
	}
	while ((got = recv(fd, bytes, sizeof(bytes), 0)) > 0)
		all += got;
	close(fd);
	return got == 0 && all > 0;
}

/* A socket on a free port of 127.0.0.1, listening if it is of TCP. */
int server_socket(int type, struct sockaddr_in *address)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	socklen_t length = sizeof(*address);

	*address = loopback(0, 0);
	if (fd < 0 || bind(fd, (void *)address, length) ||
	    (type == SOCK_STREAM && listen(fd, 4096)) || getsockname(fd, (void *)address, &length))
		err(1, "a server's socket");
	return fd;
}

void read_exactly(int fd, char *bytes, size_t size)
{
	for (size_t got = 0; got < size;) {
		ssize_t n = read(fd, bytes + got, size - got);

		if (n <= 0)
			err(1, "read");
		got += n;
	}
}
