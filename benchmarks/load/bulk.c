// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "load.h"
#include <err.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK (128 * 1024)

static char bytes[CHUNK];

static void send_for(const struct sockaddr_in *server, long seconds)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	long long end = now() + seconds * 1000000000LL;

	if (fd < 0 || connect(fd, (const void *)server, sizeof(*server)))
		err(1, "connect");
	while (now() < end)
		if (send(fd, bytes, CHUNK, 0) < 0)
			err(1, "send");
	close(fd);
}

int bulk(const long *arguments)
{
	struct sockaddr_in address;
	int listener = server_socket(SOCK_STREAM, &address), fd;
	long long received = 0, began;
	ssize_t got;

	if (start_child() == 0) {
		send_for(&address, arguments[0]);
		_exit(0);
	}
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		err(1, "accept");
	began = now();
	while ((got = recv(fd, bytes, CHUNK, 0)) > 0)
		received += got;
	if (got < 0)
		err(1, "recv");
	printf("{\"bytes\":%lld,\"seconds\":%.4f}\n", received, (now() - began) / 1e9);
	close(fd);
	await_children();
	return 0;
}
