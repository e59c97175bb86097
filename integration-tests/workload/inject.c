/* dup2 PID FROM TO: makes another process call dup2(). A debugger could do this, if it can restore all registers of this CPU. */
#define _GNU_SOURCE
#include "workload.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __x86_64__
static const long system_call = 0x050f; /* the instruction `syscall` */

static void await_stop(pid_t pid)
{
	int status;

	CHECK("waitpid", waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status));
}

/*
 * Reuses the syscall instruction behind which the thread is stopped, since it waits in a call. The text, which all threads
 * share, is not modified. The thread's own call is restarted when it continues with its own registers.
 */
static long call(pid_t pid, long number, long first, long second)
{
	struct user_regs_struct own, regs;
	long instruction;

	CHECK("registers", ptrace(PTRACE_GETREGS, pid, 0, &own) == 0);
	errno = 0;
	instruction = ptrace(PTRACE_PEEKTEXT, pid, own.rip - 2, 0);
	CHECK("the main thread is in no call", errno == 0 && (instruction & 0xffff) == system_call);
	regs = own;
	regs.rip -= 2;
	regs.rax = number;
	regs.rdi = first;
	regs.rsi = second;
	regs.orig_rax = -1;
	CHECK("registers", ptrace(PTRACE_SETREGS, pid, 0, &regs) == 0);
	CHECK("step", ptrace(PTRACE_SINGLESTEP, pid, 0, 0) == 0);
	await_stop(pid);
	CHECK("registers", ptrace(PTRACE_GETREGS, pid, 0, &regs) == 0);
	CHECK("registers", ptrace(PTRACE_SETREGS, pid, 0, &own) == 0);
	return regs.rax;
}

int dup2_in(char **argv)
{
	pid_t pid = atoi(argv[2]);
	long result;

	CHECK("seize", ptrace(PTRACE_SEIZE, pid, 0, 0) == 0);
	CHECK("interrupt", ptrace(PTRACE_INTERRUPT, pid, 0, 0) == 0);
	await_stop(pid);
	result = call(pid, SYS_dup2, atoi(argv[3]), atoi(argv[4]));
	CHECK("detach", ptrace(PTRACE_DETACH, pid, 0, 0) == 0);
	printf("%ld\n", result);
	return result < 0;
}
#else
int dup2_in(char **argv)
{
	fprintf(stderr, "workload: %s is written for x86-64 only\n", argv[1]);
	return 2;
}
#endif
