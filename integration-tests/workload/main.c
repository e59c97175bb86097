#define _GNU_SOURCE
#include "workload.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options options = { .row = "-", .port = 10007 };

static const struct row *const tables[] = { lifecycle_rows, failure_rows, ending_rows,
					    timeout_rows,   start_rows,	  owner_rows,
					    process_rows,   change_rows,  udp_rows,
					    load_rows,	    clock_rows,	  mptcp_rows,
					    again_rows };

void die(const char *what)
{
	fprintf(stderr, "workload %s: ", options.row);
	perror(what);
	exit(1);
}

static const struct row *find(const char *name)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct row *row = tables[i]; row->name; row++)
			if (!strcmp(row->name, name))
				return row;
	return NULL;
}

static int usage(void)
{
	fputs("usage: workload ROW --ledger FILE [--count N] [--port PORT]\n", stderr);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct row *row = tables[i]; row->name; row++)
			fprintf(stderr, "  %-22s %s (%d)\n", row->name, row->does, row->count);
	return 2;
}

static bool read_options(int argc, char **argv)
{
	for (int i = 2; i < argc; i += 2) {
		if (i + 1 == argc)
			return false;
		if (!strcmp(argv[i], "--ledger"))
			options.ledger = argv[i + 1];
		else if (!strcmp(argv[i], "--count"))
			options.count = atoi(argv[i + 1]);
		else if (!strcmp(argv[i], "--port"))
			options.port = atoi(argv[i + 1]);
		else
			return false;
	}
	return options.ledger && options.count > 0 && options.port > 0;
}

int main(int argc, char **argv)
{
	const struct row *row;
	int exit_code;

	if (argc > 1 && single_command(argc, argv, &exit_code))
		return exit_code;
	row = argc > 1 ? find(argv[1]) : NULL;
	if (!row)
		return usage();
	options.row = row->name;
	options.count = row->count;
	if (!read_options(argc, argv))
		return usage();
	signal(SIGPIPE, SIG_IGN);
	ledger_open(options.ledger);
	row->run();
	ledger_end();
	return 0;
}
