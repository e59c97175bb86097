// SPDX-License-Identifier: Apache-2.0
/* Requests and answers of 64 bytes between two processes; each connection or socket has one request under way. */
#define _GNU_SOURCE
#include "load.h"
#include <err.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIZE 64
#define MOST_PER_SECOND 1000000L
#define EVENTS 64

static void add(int poll, int fd, int index)
{
	struct epoll_event event = { .events = EPOLLIN,
				     .data.u64 = (uint64_t)index << 32 | (unsigned)fd };

	if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event))
		err(1, "epoll_ctl");
}

static void many_descriptors(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void no_delay(int fd)
{
	int yes = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
}

/* Ends when the parent does, or by SIGTERM. */
static void serve_stream(int listener)
{
	int poll = epoll_create1(0);
	struct epoll_event events[EVENTS];
	char bytes[SIZE];

	add(poll, listener, 0);
	while (true) {
		int count = epoll_wait(poll, events, EVENTS, -1);

		for (int i = 0; i < count; i++) {
			int fd = (int)events[i].data.u64;

			if (fd == listener) {
				int accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

				if (accepted < 0)
					err(1, "accept");
				no_delay(accepted);
				add(poll, accepted, 0);
				continue;
			}
			ssize_t n = recv(fd, bytes, SIZE, 0);
			if (n <= 0)
				close(fd);
			else if (send(fd, bytes, n, 0) != n)
				err(1, "send");
		}
	}
}

static void serve_datagrams(int fd)
{
	struct sockaddr_in from;
	char bytes[SIZE];

	while (true) {
		socklen_t length = sizeof(from);
		ssize_t n = recvfrom(fd, bytes, SIZE, 0, (void *)&from, &length);

		if (n < 0 || sendto(fd, bytes, n, 0, (void *)&from, length) != n)
			err(1, "a datagram");
	}
}

static void exchange(const int *fds, long count, int poll, long seconds)
{
	struct times *times = new_times(MOST_PER_SECOND * seconds);
	long long *asked = calloc(count, sizeof(*asked));
	struct epoll_event events[EVENTS];
	char bytes[SIZE] = { 0 };
	long long began = now(), end = began + seconds * 1000000000LL, t = began;

	for (long i = 0; i < count; i++) {
		asked[i] = now();
		if (send(fds[i], bytes, SIZE, 0) != SIZE)
			err(1, "send");
	}
	while (t < end) {
		int ready = epoll_wait(poll, events, EVENTS, 1000);

		if (ready == 0)
			errx(1, "no answer in a second: a datagram or the server is lost");
		for (int i = 0; i < ready; i++) {
			int fd = (int)events[i].data.u64;
			long index = events[i].data.u64 >> 32;

			read_exactly(fd, bytes, SIZE);
			t = now();
			add_time(times, t - asked[index]);
			asked[index] = t;
			if (send(fd, bytes, SIZE, 0) != SIZE)
				err(1, "send");
		}
	}
	sort_times(times);
	printf("{\"requests\":%ld,\"seconds\":%.4f,\"p50_us\":%.2f,\"p99_us\":%.2f,\"p999_us\":%.2f}\n",
	       times->count, (t - began) / 1e9, microseconds(times, 0.5), microseconds(times, 0.99),
	       microseconds(times, 0.999));
}

static int run(int type, long count, long seconds)
{
	int *fds = calloc(count, sizeof(*fds)), poll = epoll_create1(0);
	struct sockaddr_in address;
	int server;
	pid_t child;

	many_descriptors();
	server = server_socket(type, &address);
	child = start_child();
	if (child == 0) {
		if (type == SOCK_STREAM)
			serve_stream(server);
		serve_datagrams(server);
	}
	close(server);
	for (long i = 0; i < count; i++) {
		fds[i] = socket(AF_INET, type | SOCK_CLOEXEC, 0);
		if (fds[i] < 0 || connect(fds[i], (void *)&address, sizeof(address)))
			err(1, "connect");
		if (type == SOCK_STREAM)
			no_delay(fds[i]);
		add(poll, fds[i], i);
	}
	exchange(fds, count, poll, seconds);
	for (long i = 0; i < count; i++)
		close(fds[i]);
	kill(child, SIGTERM);
	await_children();
	return 0;
}

int requests(const long *arguments)
{
	return run(SOCK_STREAM, arguments[0], arguments[1]);
}

int datagrams(const long *arguments)
{
	return run(SOCK_DGRAM, arguments[0], arguments[1]);
}
