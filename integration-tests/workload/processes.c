#define _GNU_SOURCE
#include "workload.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t start_child(void)
{
	pid_t child;

	ledger_flush();
	child = fork();
	CHECK("fork", child >= 0);
	if (child == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return child;
}

void end_child(void)
{
	ledger_flush();
	_exit(0);
}

void await_child(pid_t child)
{
	int status;

	CHECK("waitpid", waitpid(child, &status, 0) == child);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "workload %s: a child ended with status %#x\n", options.row,
			status);
		exit(1);
	}
}

/* Raises the limit of descriptors as far as permitted, and returns it. */
int many_descriptors(void)
{
	struct rlimit limit;

	CHECK("RLIMIT_NOFILE", getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = limit.rlim_max < (1 << 20) ? limit.rlim_max : 1 << 20;
	CHECK("RLIMIT_NOFILE", setrlimit(RLIMIT_NOFILE, &limit) == 0);
	return limit.rlim_cur;
}

/* Prints the word on standard output, and continues when a line comes on standard input. */
void checkpoint(const char *word)
{
	char c;

	ledger_flush();
	puts(word);
	fflush(stdout);
	do {
		CHECK("a line on standard input", read(0, &c, 1) == 1);
	} while (c != '\n');
}

void post(int pipe_end)
{
	CHECK("write to a pipe", write(pipe_end, "", 1) == 1);
}

void await_post(int pipe_end)
{
	char c;

	CHECK("read from a pipe", read(pipe_end, &c, 1) == 1);
}
