/* Sends datagrams whose number, size and endpoints are given on the command line. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST 65507

static char bytes[MOST];

static int fail(const char *what)
{
	perror(what);
	return 1;
}

/* "4", "6", or "mapped" for IPv4 on an IPv6 socket. The address is the loopback address. */
static socklen_t address(struct sockaddr_storage *to, const char *family, int port)
{
	struct sockaddr_in *v4 = (void *)to;
	struct sockaddr_in6 *v6 = (void *)to;

	memset(to, 0, sizeof(*to));
	if (!strcmp(family, "4")) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		inet_pton(AF_INET, "127.0.0.1", &v4->sin_addr);
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	inet_pton(AF_INET6, !strcmp(family, "6") ? "::1" : "::ffff:127.0.0.1", &v6->sin6_addr);
	return sizeof(*v6);
}

static int opened(const struct sockaddr_storage *like)
{
	int fd = socket(like->ss_family, SOCK_DGRAM, 0);

	if (fd < 0)
		exit(fail("socket"));
	return fd;
}

static void ready(const char *what)
{
	printf("%s\n", what);
	fflush(stdout);
}

static void until_told(void)
{
	char c;

	while (read(0, &c, 1) > 0)
		;
}

/* serve FAMILY PORT DATAGRAMS BYTES: answers DATAGRAMS datagrams with BYTES bytes each; prints "ready" and "done", and waits. */
static int serve(char **argv)
{
	struct sockaddr_storage mine, from;
	socklen_t length = address(&mine, argv[2], atoi(argv[3]));
	int fd = opened(&mine), size = 1 << 22;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(fd, (void *)&mine, length))
		return fail("bind");
	ready("ready");
	for (int i = 0; i < atoi(argv[4]); i++) {
		length = sizeof(from);
		if (recvfrom(fd, bytes, sizeof(bytes), 0, (void *)&from, &length) < 0)
			return fail("recvfrom");
		if (sendto(fd, bytes, atoi(argv[5]), 0, (void *)&from, length) < 0)
			return fail("sendto");
	}
	ready("done");
	until_told();
	return 0;
}

/*
 * ask FAMILY PORT connected|unconnected SOCKETS TIMES BYTES: sends TIMES questions of BYTES bytes from each of SOCKETS
 * sockets, each after the answer to the previous one; prints "done", and waits with its sockets open.
 */
static int ask(char **argv)
{
	struct rlimit files = { 8192, 8192 };
	struct sockaddr_storage to, from;
	int connected = !strcmp(argv[4], "connected");
	socklen_t length = address(&to, argv[2], atoi(argv[3])), from_length;

	setrlimit(RLIMIT_NOFILE, &files);
	for (int i = 0; i < atoi(argv[5]); i++) {
		int fd = opened(&to);

		if (connected && connect(fd, (void *)&to, length))
			return fail("connect");
		for (int j = 0; j < atoi(argv[6]); j++) {
			from_length = sizeof(from);
			if (connected ? send(fd, bytes, atoi(argv[7]), 0) < 0 :
					sendto(fd, bytes, atoi(argv[7]), 0, (void *)&to, length) < 0)
				return fail("send");
			if (connected ? recv(fd, bytes, sizeof(bytes), 0) < 0 :
					recvfrom(fd, bytes, sizeof(bytes), 0, (void *)&from, &from_length) < 0)
				return fail("recv");
		}
	}
	ready("done");
	until_told();
	return 0;
}

/* refused PORT TIMES: sends 11 bytes to a port without a socket, and gets the error from the next call, TIMES times. */
static int refused(char **argv)
{
	struct sockaddr_storage to;
	socklen_t length = address(&to, "4", atoi(argv[2]));
	int fd = opened(&to);

	if (connect(fd, (void *)&to, length))
		return fail("connect");
	for (int i = 0; i < atoi(argv[3]); i++) {
		if (send(fd, bytes, 11, 0) != 11)
			return fail("send");
		if (recv(fd, bytes, sizeof(bytes), 0) >= 0 || errno != ECONNREFUSED)
			return fail("recv did not say ECONNREFUSED, but");
	}
	ready("done");
	return 0;
}

/*
 * odd PORT OTHER_PORT: unusual calls on one socket connected to PORT: a datagram of 0 bytes, two sent to OTHER_PORT, one
 * peeked at before it is read, a read without a datagram, one too long for its buffer, and an end of file.
 */
static int odd(char **argv)
{
	struct sockaddr_storage to, other, from;
	socklen_t length = address(&to, "4", atoi(argv[2]));
	int here = opened(&to), there = opened(&to), elsewhere = opened(&to);

	address(&other, "4", atoi(argv[3]));
	if (bind(there, (void *)&to, length) || bind(elsewhere, (void *)&other, length) ||
	    connect(here, (void *)&to, length))
		return fail("bind");
	if (send(here, bytes, 0, 0) != 0 || sendto(here, bytes, 17, 0, (void *)&other, length) != 17 ||
	    sendto(here, bytes, 19, 0, (void *)&other, length) != 19)
		return fail("send");
	if (recvfrom(there, bytes, sizeof(bytes), 0, (void *)&from, &length) != 0)
		return fail("recvfrom");
	if (sendto(there, bytes, 23, 0, (void *)&from, length) != 23)
		return fail("sendto");
	if (recv(here, bytes, sizeof(bytes), MSG_PEEK) != 23 || recv(here, bytes, 7, 0) != 7)
		return fail("recv");
	if (recv(here, bytes, sizeof(bytes), MSG_DONTWAIT) >= 0 || errno != EAGAIN)
		return fail("recv did not say EAGAIN, but");
	shutdown(here, SHUT_RD);
	if (recv(here, bytes, sizeof(bytes), 0) != 0)
		return fail("recv after shutdown");
	/* The senders of these are not requested. */
	if (recv(elsewhere, bytes, sizeof(bytes), 0) != 17 || read(elsewhere, bytes, sizeof(bytes)) != 19)
		return fail("recv elsewhere");
	ready("done");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 6 && !strcmp(argv[1], "serve"))
		return serve(argv);
	if (argc == 8 && !strcmp(argv[1], "ask"))
		return ask(argv);
	if (argc == 4 && !strcmp(argv[1], "refused"))
		return refused(argv);
	if (argc == 4 && !strcmp(argv[1], "odd"))
		return odd(argv);
	fprintf(stderr, "usage: udp serve|ask|refused|odd ...\n");
	return 2;
}
