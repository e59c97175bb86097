/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Which of the two programs on the tracepoint takes a step: inet_sock_set_state or stand_in. */
#ifndef NETSPAN_TAKEN_H
#define NETSPAN_TAKEN_H

#include "lib/core_fixes.bpf.h"
#include "lib/emit.bpf.h"

/*
 * The kernel does not run a program while another run of it is in progress on the same CPU (prog->active in
 * __bpf_trace_run). So a softirq that interrupts inet_sock_set_state, running for a process, would lose its step.
 * A second program, stand_in, is attached after it to the same tracepoint and takes the steps for which
 * inet_sock_set_state was not run. inet_sock_set_state leaves a mark for each step that it takes, and stand_in
 * removes it. A step is one call of the tracepoint, which runs one program after the other.
 *
 * Before Linux 7.0 tracepoints run with preemption off, and the mark is one word per CPU: the socket last seen.
 * Softirqs interrupt only while a process owns the socket's lock (sk_lock.owned), they run to their end, and they
 * change no socket that a process owns:
 *
 *   step of     it interrupts         inet_sock_set_state  stand_in
 *   a process   -                     takes the step       finds its mark or, after a softirq in between, the
 *                                                          socket owned: does nothing
 *   a softirq   neither program       takes the step       finds the mark: does nothing
 *   a softirq   stand_in              takes the step       is not run
 *   a softirq   inet_sock_set_state   is not run           finds no mark, or that of the interrupted socket, which
 *                                                          is another one, being owned: takes the step
 *
 * No step is taken twice, and each step of a softirq is taken once. Each step of a socket is under its lock, so its
 * records stay in order.
 *
 * Since Linux 7.0 a process can preempt another within the programs, and can move to another CPU between them.
 * There the marks are a hash map by socket. As steps of a socket exclude each other, its entry exists exactly from
 * inet_sock_set_state to stand_in. A mark that finds no room (too many processes preempted at once) leaves the step
 * to stand_in. The map costs more than the word, which is why older kernels do without it.
 *
 * The rest is counted: a run that the kernel left out (recursion_misses of inet_sock_set_state) and that is not in
 * stood_in was lost. That is a step on top of both programs on one CPU, and one hidden by a mark that stand_in, not
 * run or interrupted after its last look, left behind: per CPU if the next thing there is a softirq that interrupts
 * inet_sock_set_state before its mark, on the same socket; by socket if its next step finds inet_sock_set_state
 * busy.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64); /* the socket whose step inet_sock_set_state has taken; 0: none */
} taken SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64); /* a socket whose step inet_sock_set_state has taken */
	__type(value, __u8);
} taken_preemptibly SEC(".maps");

static __always_inline void count_stood_in(int n)
{
	struct counters *c = counters();

	if (c)
		__sync_fetch_and_add(&c->stood_in, n);
}

/* False: there is no room. stand_in takes a step without a mark, and counts it as one that it stood in for. */
static __always_inline bool mark_preemptibly(__u64 sk)
{
	__u8 marked = 1;

	if (!bpf_map_update_elem(&taken_preemptibly, &sk, &marked, BPF_ANY))
		return true;
	count_stood_in(-1); /* the kernel did not leave it out */
	return false;
}

/* Leaves the mark of a step. False: there is no room for it, and stand_in takes the step. */
static __always_inline bool mark_step(struct sock *sk)
{
	__u32 zero = 0;
	__u64 *mark;

	if (tracepoints_preemptible())
		return mark_preemptibly((__u64)sk);
	mark = bpf_map_lookup_elem(&taken, &zero);
	if (mark)
		*(volatile __u64 *)mark = (__u64)sk;
	return true;
}

/* Removes the mark of a step. True: inet_sock_set_state has taken it. */
static __always_inline bool is_marked(struct sock *sk)
{
	__u64 address = (__u64)sk, marked;
	__u32 zero = 0;
	__u64 *mark;

	if (tracepoints_preemptible())
		return !bpf_map_delete_elem(&taken_preemptibly, &address);
	mark = bpf_map_lookup_elem(&taken, &zero);
	if (!mark)
		return true;
	marked = *(volatile __u64 *)mark;
	*(volatile __u64 *)mark = 0;
	return marked == address || sk->sk_lock.owned || is_rt();
}

#endif
