/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The current process, and its announcement to user space, once. */
#ifndef NETSPAN_PROCESS_H
#define NETSPAN_PROCESS_H

#include "lib/cgroup.bpf.h"
#include "lib/core_fixes.bpf.h"
#include "lib/emit.bpf.h"

/* What was announced of a process, or is true of it now: if these differ, it is announced again. */
struct announcement {
	__u64 start_time;
	__u64 exec_id; /* counts execs: the same pid and start time, another program */
	__u64 cgroups; /* the address of its css_set: another one after a move in whatever hierarchy */
	__u64 comm[2];
	__u32 uid;
	__u32 by_exec; /* announced by its exec, and not seen to do anything since */
};

/*
 * The announced processes. The least recently used entries are evicted, and those processes are announced again. User
 * space sets the size before loading, and remembers more processes.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct announcement);
} announced SEC(".maps");

/* A program as a process runs it. */
struct program {
	__u64 start_time; /* of the process */
	__u64 origin_start_time;
	__u32 origin_tgid;
	__u32 origin_exec_id;
	char exe[64];
	char comm[16]; /* at the fork or the exec */
};

/*
 * The programs that processes have begun to run, by fork or exec. When a process closes sockets while it exits (exit_mm
 * comes before exit_files), or while an exec closes its descriptors, its program is known from here only. The key is tgid
 * and exec_id, so that the program before an exec is there too. An evicted entry was not needed for 16,384 forks and
 * execs; by then a pass has announced every process that has a socket.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct program);
} programs SEC(".maps");

/* Whether an exec closes a socket, and whether the process was announced as the program after it already. */
enum { NO_EXEC = 0, CLOSED_BY_EXEC = 1, CLOSED_BEFORE_EXEC = 2 };

struct owner {
	__u64 start_time;
	__u32 tgid;
	__u32 tid;
	__u8 exit_signal; /* that the process is dying of */
	__u8 before_exec; /* it is the program before the one announced last */
	__u8 by_exec;	  /* an exec closes the socket */
};

#define FILL_OWNER(e, owner)                                                                       \
	do {                                                                                       \
		(e)->start_time = (owner).start_time;                                              \
		(e)->tgid = (owner).tgid;                                                          \
		(e)->tid = (owner).tid;                                                            \
	} while (0)

#define has_task_btf() bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)

static __always_inline __u64 program_key(__u32 tgid, __u64 exec_id)
{
	return (__u64)tgid << 32 | (__u32)exec_id;
}

static __always_inline struct program *find_program(__u32 tgid, __u64 start_time, __u64 exec_id)
{
	__u64 key = program_key(tgid, exec_id);
	struct program *program = bpf_map_lookup_elem(&programs, &key);

	return program && program->start_time == start_time ? program : NULL;
}

/* The name is empty for a kernel thread, and for a process whose memory is gone. */
static __always_inline void read_exe(char exe[64], struct task_struct *task)
{
	exe[0] = 0;
	bpf_probe_read_kernel_str(exe, 64,
				  BPF_CORE_READ(task, mm, exe_file, f_path.dentry, d_name.name));
}

static __always_inline void fill_program(struct process_event *e, __u64 exec_id, bool before_exec)
{
	struct program *program = find_program(e->tgid, e->start_time, exec_id);

	e->exec_id = exec_id;
	e->origin_start_time = 0;
	e->origin_tgid = 0;
	e->origin_exec_id = 0;
	if (!program)
		return;
	e->origin_start_time = program->origin_start_time;
	e->origin_tgid = program->origin_tgid;
	e->origin_exec_id = program->origin_exec_id;
	if (!e->exe[0])
		__builtin_memcpy(e->exe, program->exe, sizeof(e->exe));
	if (before_exec)
		__builtin_memcpy(e->comm, program->comm, sizeof(e->comm));
}

/* All threads have the parent and the pid namespace of their leader. */
static __always_inline void fill_process(struct process_event *e, struct task_struct *task,
					 __u32 tgid, struct announcement *now, __u64 cgroups,
					 __u64 ktime_ns)
{
	struct task_struct *parent = BPF_CORE_READ(task, real_parent);
	struct task_struct *parent_leader = BPF_CORE_READ(parent, group_leader);
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	unsigned int level = BPF_CORE_READ(pid, level);
	struct upid upid = {};

	e->type = EVENT_PROCESS;
	e->size = sizeof(*e);
	e->ktime_ns = ktime_ns;
	e->start_time = now->start_time;
	e->cgroups = cgroups;
	e->tgid = tgid;
	e->parent_start_time = BPF_CORE_READ(parent_leader, start_boottime);
	e->parent_tgid = BPF_CORE_READ(parent, tgid);
	e->uid = now->uid;
	bpf_core_read(&upid, sizeof(upid), &pid->numbers[level]);
	e->pid_ns = BPF_CORE_READ(upid.ns, ns.inum);
	e->net_ns = BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
	__builtin_memcpy(e->comm, now->comm, sizeof(e->comm));
}

static __always_inline void send_announcement(struct task_struct *task, __u32 tgid,
					      struct announcement *now, __u64 cgroups,
					      bool before_exec, __u64 ktime_ns)
{
	struct process_event *e;

	/* What has no room is counted, and tried again at the process's next step. */
	if (cgroups == NOT_DESCRIBED)
		return;
	e = reserve(EVENT_PROCESS, sizeof(*e));
	if (!e)
		return;
	fill_process(e, task, tgid, now, cgroups, ktime_ns);
	e->exe[0] = 0;
	if (!before_exec)
		read_exe(e->exe, task);
	fill_program(e, now->exec_id, before_exec);
	submit_urgent(e, ktime_ns);
	if (bpf_map_update_elem(&announced, &tgid, now, BPF_ANY))
		count_failure(FAILURE_ANNOUNCED_UPDATE);
}

static __always_inline bool is_announced(struct announcement *known, struct announcement *now)
{
	return known && known->start_time == now->start_time && known->exec_id == now->exec_id &&
	       known->cgroups == now->cgroups && known->uid == now->uid &&
	       known->comm[0] == now->comm[0] && known->comm[1] == now->comm[1] && !known->by_exec;
}

/*
 * An exec closes descriptors (close-on-exec) after the program, its name and its count of execs have changed, in task
 * work at the end of the call. The process is still in that call then, and has not run an instruction of the new program.
 */
static __always_inline bool closes_by_exec(struct task_struct *task)
{
	return BPF_CORE_READ(task, tgid) == (int)(bpf_get_current_pid_tgid() >> 32) &&
	       !(BPF_CORE_READ(task, flags) & PF_EXITING) && is_in_exec_call();
}

/* The thread to read the facts from: a leader that has ended alone (pthread_exit) has nothing left but its name. */
static __always_inline struct task_struct *living(struct task_struct *leader,
						  struct task_struct *task)
{
	return BPF_CORE_READ(leader, flags) & PF_EXITING ? task : leader;
}

/* Everything but cgroups, which the caller reads from the thread that lives, task, too. */
static __always_inline void read_announcement(struct announcement *now, struct task_struct *leader,
					      struct task_struct *task)
{
	now->start_time = BPF_CORE_READ(leader, start_boottime);
	now->exec_id = BPF_CORE_READ(leader, self_exec_id);
	now->uid = BPF_CORE_READ(task, cred, uid.val);
	bpf_core_read(now->comm, sizeof(now->comm), &leader->comm);
}

/*
 * set: the address of the css_set of the thread that lives; cgroups: its number, or NOT_DESCRIBED.
 *
 * The verifier checks a global function once rather than for each call. Before Linux 5.13 its arguments can only be
 * numbers, and what a helper has given or read is a number to the verifier.
 */
__noinline int announce_in(__u64 thread, __u64 set, __u64 cgroups, __u64 ktime_ns)
{
	struct task_struct *leader = BPF_CORE_READ((struct task_struct *)thread, group_leader);
	struct task_struct *task = living(leader, (struct task_struct *)thread);
	__u32 tgid = BPF_CORE_READ(leader, tgid);
	struct announcement *known = bpf_map_lookup_elem(&announced, &tgid);
	struct announcement now = { .cgroups = set };
	bool by_exec = closes_by_exec(task);

	read_announcement(&now, leader, task);
	if (known && known->start_time != now.start_time)
		known = NULL;
	if (by_exec) {
		if (known && known->exec_id == now.exec_id)
			return CLOSED_BEFORE_EXEC;
		now.exec_id--;
		if (known && known->exec_id == now.exec_id)
			return CLOSED_BY_EXEC;
	} else {
		if (known)
			known->by_exec = 0;
		if (is_announced(known, &now))
			return NO_EXEC;
	}
	send_announcement(task, tgid, &now, cgroups, by_exec, ktime_ns);
	return by_exec ? CLOSED_BY_EXEC : NO_EXEC;
}

/*
 * Announces the process of a thread, if something about it has changed, or nothing was announced. Returns whether an exec
 * closes its sockets. The cgroups are described first, not in the same call: nested calls share 512 bytes of stack.
 */
static __always_inline int announce(__u64 thread, __u64 ktime_ns)
{
	struct task_struct *leader = BPF_CORE_READ((struct task_struct *)thread, group_leader);
	__u64 set = (__u64)BPF_CORE_READ(living(leader, (struct task_struct *)thread), cgroups);

	return announce_in(thread, set, describe_cgroups(set, ktime_ns), ktime_ns);
}

/* Whether the process was announced as it is now. Both pointers are trusted; owner has its tgid and start time. */
static __always_inline bool was_announced(struct task_struct *leader, struct task_struct *task,
					  struct owner *owner)
{
	struct announcement *known = bpf_map_lookup_elem(&announced, &owner->tgid);

	if (!(leader->flags & PF_EXITING))
		task = leader;
	return known && known->start_time == owner->start_time &&
	       known->exec_id == leader->self_exec_id && known->cgroups == (__u64)task->cgroups &&
	       known->uid == task->cred->uid.val && known->comm[0] == *(__u64 *)&leader->comm[0] &&
	       known->comm[1] == *(__u64 *)&leader->comm[8] && !known->by_exec;
}

/*
 * The same for Linux 5.10, where only bpf_probe_read_kernel can read the current task. Not inline, so that what it reads
 * takes no stack where it is not called.
 */
static __noinline bool was_announced_probed(struct task_struct *leader, struct task_struct *task,
					    struct owner *owner)
{
	struct announcement *known = bpf_map_lookup_elem(&announced, &owner->tgid);
	struct announcement now = {};

	task = living(leader, task);
	read_announcement(&now, leader, task);
	now.cgroups = (__u64)BPF_CORE_READ(task, cgroups);
	return is_announced(known, &now);
}

/*
 * The current process, which is announced if it was not. To be called only where a step is known to run in the context of
 * its process. For a kernel thread (delayed fput, a kernel socket) all members are 0.
 */
static __always_inline void current_owner(struct owner *owner, __u64 now)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct task_struct *task, *leader;
	unsigned int flags;
	int exit_code, how;
	bool known;

	if (has_task_btf()) {
		task = bpf_get_current_task_btf();
		leader = task->group_leader;
		flags = task->flags;
		owner->start_time = leader->start_boottime;
		exit_code = flags & PF_EXITING ? task->signal->group_exit_code : 0;
	} else {
		task = (void *)bpf_get_current_task();
		leader = BPF_CORE_READ(task, group_leader);
		flags = BPF_CORE_READ(task, flags);
		owner->start_time = BPF_CORE_READ(leader, start_boottime);
		exit_code = flags & PF_EXITING ? BPF_CORE_READ(task, signal, group_exit_code) : 0;
	}
	owner->exit_signal = exit_code & 0x7f;
	owner->before_exec = 0;
	owner->by_exec = 0;
	if (flags & PF_KTHREAD) {
		owner->start_time = 0;
		owner->tgid = 0;
		owner->tid = 0;
		return;
	}
	owner->tgid = pid_tgid >> 32;
	owner->tid = (__u32)pid_tgid;
	known = has_task_btf() ? was_announced(leader, task, owner)
			       : was_announced_probed(leader, task, owner);
	if (known)
		return;
	how = announce(bpf_get_current_task(), now);
	owner->by_exec = how != NO_EXEC;
	owner->before_exec = how == CLOSED_BEFORE_EXEC;
}

static __always_inline bool is_vfork_child(void)
{
	struct task_struct *task;

	if (has_task_btf())
		return bpf_get_current_task_btf()->vfork_done != NULL;
	task = (void *)bpf_get_current_task();
	return BPF_CORE_READ(task, vfork_done) != NULL;
}

#endif
