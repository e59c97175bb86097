/* Programs that tests run as short-lived, hostile or isolated processes. */
#define _GNU_SOURCE
#include "workload.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in sockaddr_of(const char *ip, const char *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) };

	inet_pton(AF_INET, ip, &a.sin_addr);
	return a;
}

static int fail(const char *what)
{
	perror(what);
	return 1;
}

/* connect PORT [NAME]: sets the name, if given, connects, sends 5 bytes and exits; a refused connect is not a failure. */
static int connect_once(int argc, char **argv)
{
	struct sockaddr_in to = sockaddr_of("127.0.0.1", argv[2]);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (argc > 3)
		prctl(PR_SET_NAME, argv[3]);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 && write(fd, "hello", 5) != 5)
		return fail("write");
	return 0;
}

/*
 * both PORT CLIENT_PORT: both ends of one connection with these ports. Prints "open" when it is open; the client closes it
 * at the end of standard input.
 */
static int both_ends(char **argv)
{
	struct sockaddr_in server = sockaddr_of("127.0.0.1", argv[2]);
	struct sockaddr_in client = sockaddr_of("127.0.0.1", argv[3]);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int one = 1, from = socket(AF_INET, SOCK_STREAM, 0), to;
	char buffer[16];

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(from, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&server, sizeof(server)) || listen(listener, 1))
		return fail("listen");
	if (bind(from, (struct sockaddr *)&client, sizeof(client)) ||
	    connect(from, (struct sockaddr *)&server, sizeof(server)))
		return fail("connect");
	to = accept(listener, NULL, NULL);
	if (to < 0 || write(from, "hello", 5) != 5)
		return fail("write");
	puts("open");
	fflush(stdout);
	while (read(0, buffer, sizeof(buffer)) > 0)
		;
	close(from);
	while (read(to, buffer, sizeof(buffer)) > 0)
		;
	close(to);
	return 0;
}

/* hold: keeps its descriptors open until the end of standard input. */
static int hold(void)
{
	char byte;

	while (read(0, &byte, 1) > 0)
		;
	return 0;
}

bool single_command(int argc, char **argv, int *exit_code)
{
	if (argc >= 3 && !strcmp(argv[1], "connect"))
		*exit_code = connect_once(argc, argv);
	else if (argc == 4 && !strcmp(argv[1], "both"))
		*exit_code = both_ends(argv);
	else if (argc == 2 && !strcmp(argv[1], "hold"))
		*exit_code = hold();
	else if (argc == 5 && !strcmp(argv[1], "dup2"))
		*exit_code = dup2_in(argv);
	else
		return false;
	return true;
}
