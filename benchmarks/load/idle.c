// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "load.h"
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT 9000	  /* below the ephemeral ports */
#define PER_ADDRESS 10000 /* below the number of ephemeral ports */
#define SPARE 64	  /* descriptors besides the connections */

/* Opens connections between this process and itself, and holds them until it is killed. */
static void hold(unsigned first_address, long count, int ready)
{
	char done = 1;
	int listener = -1, yes = 1;

	for (long i = 0; i < count; i++) {
		struct sockaddr_in to = loopback(first_address + i / PER_ADDRESS, PORT);
		int client = socket(AF_INET, SOCK_STREAM, 0);

		if (i % PER_ADDRESS == 0) {
			listener = socket(AF_INET, SOCK_STREAM, 0);
			if (listener < 0 ||
			    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) ||
			    bind(listener, (void *)&to, sizeof(to)) || listen(listener, 16))
				err(1, "listen");
		}
		if (client < 0 || connect(client, (void *)&to, sizeof(to)) ||
		    accept(listener, NULL, NULL) < 0)
			err(1, "connection %ld", i);
	}
	if (write(ready, &done, 1) != 1)
		err(1, "write");
	while (1)
		pause();
}

int idle(const long *arguments)
{
	long count = arguments[0], per_process, started = 0;
	struct rlimit limit;
	int ready[2];
	char byte;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	if (limit.rlim_max <= SPARE + 2 || setrlimit(RLIMIT_NOFILE, &limit) || pipe(ready))
		err(1, "descriptors");
	per_process = (limit.rlim_max - SPARE) / 2;
	if (per_process > PER_ADDRESS)
		per_process = PER_ADDRESS;
	for (long i = 0; i < count; i += per_process, started++)
		if (start_child() == 0)
			hold(started, count - i < per_process ? count - i : per_process, ready[1]);
	close(ready[1]);
	for (long i = 0; i < started; i++)
		read_exactly(ready[0], &byte, 1);
	printf("{\"open\":%ld,\"processes\":%ld}\n", count, started);
	fflush(stdout);
	while (read(0, &byte, 1) > 0)
		;
	return 0; /* the children end with this process */
}
