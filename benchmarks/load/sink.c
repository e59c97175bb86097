// SPDX-License-Identifier: Apache-2.0
/*
 * sink: listens on a free port of 127.0.0.1 and prints it. For each line on standard input it prints what has arrived since the
 * last one; it ends when standard input does.
 */
#define _GNU_SOURCE
#include "sink.h"
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS 64
#define CHUNK (256 * 1024)

struct tally tally;

static struct connection connections[CONNECTIONS];

void append(struct bytes *to, const void *data, size_t size)
{
	if (to->room - to->size < size) {
		to->room = 2 * (to->size + size);
		to->data = realloc(to->data, to->room);
		if (!to->data)
			err(1, "memory");
	}
	if (size)
		memcpy(to->data + to->size, data, size);
	to->size += size;
}

bool send_all(int fd, const void *data, size_t size)
{
	for (size_t sent = 0; sent < size;) {
		ssize_t n = send(fd, (const char *)data + sent, size - sent, 0);

		if (n <= 0)
			return false;
		sent += n;
	}
	return true;
}

static bool content_length(const char *headers, const char *end, size_t *length)
{
	static const char name[] = "\r\nContent-Length:";

	for (const char *at = headers; at + sizeof(name) < end; at++)
		if (!strncasecmp(at, name, sizeof(name) - 1)) {
			*length = strtoul(at + sizeof(name) - 1, NULL, 10);
			return true;
		}
	return false;
}

/* HTTP/1.1, of which only requests with a Content-Length are taken. */
static bool http1_take(struct connection *connection, size_t *taken)
{
	static const char answer[] =
		"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n";
	static const char refusal[] =
		"HTTP/1.1 411 Length Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
	const struct bytes *in = &connection->input;

	*taken = 0;
	while (in->size > *taken) {
		char *begin = (char *)in->data + *taken;
		char *end = memmem(begin, in->size - *taken, "\r\n\r\n", 4);
		size_t length;
		struct timespec t;

		if (!end)
			return true;
		if (!content_length(begin, end + 2, &length)) {
			send_all(connection->fd, refusal, sizeof(refusal) - 1);
			return false;
		}
		end += 4;
		if ((char *)in->data + in->size - end < (long)length)
			return true;
		tally.requests++;
		tally.bytes += length;
		clock_gettime(CLOCK_REALTIME, &t);
		count_spans((unsigned char *)end, length, t.tv_sec * 1000000000ULL + t.tv_nsec);
		*taken = end + length - (char *)in->data;
		if (!send_all(connection->fd, answer, sizeof(answer) - 1))
			return false;
	}
	return true;
}

static void end_connection(struct connection *connection)
{
	close(connection->fd);
	free(connection->input.data);
	for (int i = 0; i < STREAMS; i++)
		free(connection->streams[i].body.data);
	memset(connection, 0, sizeof(*connection));
	connection->fd = -1;
}

/* HTTP/2 begins with PRI, HTTP/1.1 here with POST. */
static bool is_http2(const struct connection *connection)
{
	const struct bytes *in = &connection->input;

	return connection->http2 || (in->size > 1 && in->data[0] == 'P' && in->data[1] == 'R');
}

static void receive(struct connection *connection)
{
	static unsigned char chunk[CHUNK];
	struct bytes *in = &connection->input;
	ssize_t n = recv(connection->fd, chunk, CHUNK, 0);
	bool fine = n > 0;
	size_t taken = 0;

	if (fine) {
		append(in, chunk, n);
		fine = is_http2(connection) ? http2_take(connection, &taken)
					    : http1_take(connection, &taken);
	}
	if (!fine) {
		end_connection(connection);
		return;
	}
	memmove(in->data, in->data + taken, in->size - taken);
	in->size -= taken;
}

static void accept_one(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	int yes = 1;

	if (fd < 0)
		return;
	/* As Go sets it, so as the Collector. Otherwise the second part of an answer waits for a delayed ACK, 40 ms. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	for (int i = 0; i < CONNECTIONS; i++)
		if (connections[i].fd < 0) {
			connections[i].fd = fd;
			return;
		}
	close(fd);
}

static unsigned delay_of(double quantile)
{
	unsigned long long rank = quantile * tally.spans, seen = 0;

	for (unsigned ms = 0; ms <= SLOWEST_MS; ms++) {
		seen += tally.by_delay_ms[ms];
		if (seen > rank || (seen && seen == tally.spans))
			return ms;
	}
	return 0;
}

static void print_tally(void)
{
	printf("{\"requests\":%llu,\"spans\":%llu,\"bytes\":%llu,\"unread\":%llu,\"delay_p50_ms\":%u,\"delay_p99_ms\":%u,\"delay_max_ms\":%u}\n",
	       tally.requests, tally.spans, tally.bytes, tally.unread, delay_of(0.5),
	       delay_of(0.99), delay_of(1));
	fflush(stdout);
	memset(&tally, 0, sizeof(tally));
}

static int listen_on_a_free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (void *)&address, length) || listen(fd, 64) ||
	    getsockname(fd, (void *)&address, &length))
		err(1, "listen");
	printf("{\"port\":%d}\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

int main(void)
{
	struct pollfd polled[CONNECTIONS + 2];
	char line[64];
	int listener;

	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < CONNECTIONS; i++)
		connections[i].fd = -1;
	listener = listen_on_a_free_port();
	while (true) {
		for (int i = 0; i < CONNECTIONS; i++)
			polled[i] = (struct pollfd){ .fd = connections[i].fd, .events = POLLIN };
		polled[CONNECTIONS] = (struct pollfd){ .fd = listener, .events = POLLIN };
		polled[CONNECTIONS + 1] = (struct pollfd){ .fd = 0, .events = POLLIN };
		if (poll(polled, CONNECTIONS + 2, -1) < 0 && errno != EINTR)
			err(1, "poll");
		for (int i = 0; i < CONNECTIONS; i++)
			if (polled[i].fd >= 0 && polled[i].revents)
				receive(&connections[i]);
		if (polled[CONNECTIONS].revents)
			accept_one(listener);
		if (polled[CONNECTIONS + 1].revents) {
			if (read(0, line, sizeof(line)) <= 0)
				return 0;
			print_tally();
		}
	}
}
