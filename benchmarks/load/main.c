// SPDX-License-Identifier: Apache-2.0
#include "load.h"
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ARGUMENTS 4

static const struct command {
	const char *name;
	int (*run)(const long *arguments);
	int arguments;
	const char *usage;
} commands[] = {
	{ "paced", paced, 3,
	  "RATE SECONDS PORT: short HTTP connections to a server, at a fixed rate" },
	{ "requests", requests, 2,
	  "CONNECTIONS SECONDS: requests over connections that stay open" },
	{ "datagrams", datagrams, 2, "SOCKETS SECONDS: the same over UDP" },
	{ "bulk", bulk, 1, "SECONDS: as many bytes as possible over one connection" },
	{ "processes", processes, 2,
	  "COUNT PORT: processes, one after the other, that connect once to an HTTP server" },
	{ "idle", idle, 1, "COUNT: opens connections, and holds them until standard input ends" },
};

static int usage(void)
{
	fputs("usage: load COMMAND ARGUMENTS, each a positive whole number\n", stderr);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(stderr, "  %s %s\n", commands[i].name, commands[i].usage);
	return 2;
}

static int run(const struct command *command, int count, char **words)
{
	long arguments[MOST_ARGUMENTS];

	if (count != command->arguments)
		return usage();
	for (int i = 0; i < count; i++) {
		char *end;

		errno = 0;
		arguments[i] = strtol(words[i], &end, 10);
		if (errno || *end || end == words[i] || arguments[i] < 1 ||
		    arguments[i] > 1000000000)
			return usage();
	}
	return command->run(arguments);
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc == 3 && !strcmp(argv[1], "once"))
		return connect_once(atol(argv[2]));
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name))
			return run(&commands[i], argc - 2, argv + 2);
	return usage();
}
