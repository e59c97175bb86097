/*
 * hostile PORT FOLDER: becomes a process with unexpected bytes in its file name, name, arguments and environment, and with a
 * mebibyte of arguments and one of variables. It connects to the port once for each line of standard input.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MEBIBYTE (1 << 20)
#define LONGEST (100 << 10) /* MAX_ARG_STRLEN is 128 KiB */
#define COUNT (MEBIBYTE / LONGEST + 1)

static char huge[LONGEST];

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static int connect_for_each_line(char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[1])) };
	char line[16];

	inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
	prctl(PR_SET_NAME, "c\n\033[31m\"\\\a\377");
	while (fgets(line, sizeof(line), stdin)) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		if (!connect(fd, (struct sockaddr *)&to, sizeof(to)) || errno != ECONNREFUSED)
			return fail("connect");
		close(fd);
	}
	unlink(argv[0]);
	return 0;
}

static int become_hostile(char **argv)
{
	/* Room for both: the kernel allows a quarter of the stack, and 6 MiB at most. */
	struct rlimit stack = { .rlim_cur = 64 << 20, .rlim_max = RLIM_INFINITY };
	char *arguments[COUNT + 6], *environment[COUNT + 3], *file;
	int i;

	if (asprintf(&file, "%s/a\n{\"b\":1}\033[2J\"\\\377", argv[2]) < 0 || link(argv[0], file))
		return fail("link");
	memset(huge, '\033', LONGEST - 1);
	memcpy(huge, "\n\377\302\233", 4);
	arguments[0] = file;
	arguments[1] = argv[1];
	arguments[2] = "--hostile";
	arguments[3] = "\"}\n{\"a\":\"\033]0;title\a\342\200\256\355\240\200";
	arguments[4] = "--password=hunter2";
	environment[0] = "OTEL_SERVICE_NAME=\033[31mevil\n\377";
	environment[1] = "OTEL_RESOURCE_ATTRIBUTES=service.version=1%0A%1B[2J,service.namespace=%FF,%zz=,=,,";
	for (i = 0; i < COUNT; i++)
		arguments[5 + i] = environment[2 + i] = huge;
	arguments[5 + COUNT] = environment[2 + COUNT] = NULL;
	setrlimit(RLIMIT_STACK, &stack);
	execve(file, arguments, environment);
	return fail("execve");
}

int main(int argc, char **argv)
{
	if (argc > 3)
		return connect_for_each_line(argv);
	if (argc == 3)
		return become_hostile(argv);
	fputs("usage: hostile PORT FOLDER\n", stderr);
	return 2;
}
