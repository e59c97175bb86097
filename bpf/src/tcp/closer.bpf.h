/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Which process closes a socket. */
#ifndef NETSPAN_CLOSER_H
#define NETSPAN_CLOSER_H

#include "lib/process.bpf.h"
#include "lib/self.bpf.h"

/*
 * A process that is spawned (vfork, or fork and then exec) inherits the descriptors that its parent has at that
 * moment. If the parent closes a socket before the child does, the child drops the last reference, although it
 * has never used it. The socket's file shows the owner: it holds the credentials of the thread that called accept() or
 * socket(), which the threads of a process share and a forked process has a copy of (copy_creds). A forked child that
 * closes a socket before its exec is not told apart: it may have served the connection.
 * Returns the parent, having put it into owner; 0: it does not own the socket.
 */
static __noinline __u64 parent_that_owns(struct sock *sk, struct owner *owner)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct task_struct *parent = BPF_CORE_READ(task, real_parent);
	struct task_struct *leader = BPF_CORE_READ(parent, group_leader);
	const struct cred *made_by = BPF_CORE_READ(sk, sk_socket, file, f_cred);

	if (!owner || !made_by || made_by != BPF_CORE_READ(parent, cred))
		return 0;
	owner->start_time = BPF_CORE_READ(leader, start_boottime);
	owner->tgid = BPF_CORE_READ(parent, tgid);
	owner->tid = BPF_CORE_READ(parent, pid);
	owner->before_exec = 0;
	owner->by_exec = 0;
	return (__u64)parent;
}

/*
 * As current_owner, for a step that close() takes. The process that drops the last reference to the socket's file takes
 * it, and iter/task_file holds a reference to each file that it visits: a socket that its process closes in that moment
 * is closed by the agent, which says nothing about its owner.
 */
static __always_inline void closing_owner(struct sock *sk, struct owner *owner, __u64 now)
{
	__u64 parent = 0;

	current_owner(owner, now);
	if (owner->by_exec || is_vfork_child())
		parent = parent_that_owns(sk, owner);
	if (parent)
		announce(parent, now);
	if (is_self(owner->tgid))
		*owner = (struct owner){};
}

#endif
