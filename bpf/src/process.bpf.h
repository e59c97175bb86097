/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Who: the current process, and its announcement to user space once. */
#ifndef NETSPAN_PROCESS_H
#define NETSPAN_PROCESS_H

struct announcement {
	__u64 start_time;
	__u64 exec_id; /* counts execs: the same pid and start time, another program */
};

/*
 * What user space has been told. Least recently used entries go first and are simply announced again; user
 * space remembers at least four times as many.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct announcement);
} announced SEC(".maps");

struct owner {
	__u64 start_time;
	__u32 tgid;
	__u32 tid;
	__u8 exit_signal; /* that the process is dying of */
};

#define FILL_OWNER(e, owner)                                                                       \
	do {                                                                                       \
		(e)->start_time = (owner).start_time;                                              \
		(e)->tgid = (owner).tgid;                                                          \
		(e)->tid = (owner).tid;                                                            \
	} while (0)

#define has_task_btf() bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)

static __always_inline void fill_cgroup(struct process_event *e, struct task_struct *leader)
{
	struct css_set *css = BPF_CORE_READ(leader, cgroups);
	struct cgroup *cgroup = BPF_CORE_READ(css, dfl_cgrp);
	struct kernfs_node *kn;
	__u32 memory = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);

	/* In the root of the v2 hierarchy: on a host with v1 only, or in a container of such a host. */
	if (BPF_CORE_READ(cgroup, level) == 0 &&
	    bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id)) {
		struct cgroup_subsys_state *state = NULL;

		bpf_core_read(&state, sizeof(state), &css->subsys[memory & 15]);
		if (state)
			cgroup = BPF_CORE_READ(state, cgroup);
	}
	kn = BPF_CORE_READ(cgroup, kn);
	e->cgroup_id = BPF_CORE_READ(kn, id);
#pragma unroll
	for (int i = 0; i < 3; i++) {
		e->cgroup[i][0] = 0;
		if (kn) {
			bpf_probe_read_kernel_str(e->cgroup[i], sizeof(e->cgroup[i]),
						  BPF_CORE_READ(kn, name));
			kn = kernfs_parent(kn);
		}
	}
}

static __always_inline void fill_process(struct process_event *e, struct task_struct *leader,
					 struct owner *owner, __u64 now)
{
	struct task_struct *parent = BPF_CORE_READ(leader, real_parent);
	struct task_struct *parent_leader = BPF_CORE_READ(parent, group_leader);
	struct pid *pid = BPF_CORE_READ(leader, thread_pid);
	unsigned int level = BPF_CORE_READ(pid, level);
	struct upid upid = {};

	e->type = EVENT_PROCESS;
	e->size = sizeof(*e);
	e->ktime_ns = now;
	e->start_time = owner->start_time;
	e->tgid = owner->tgid;
	e->parent_start_time = BPF_CORE_READ(parent_leader, start_boottime);
	e->parent_tgid = BPF_CORE_READ(parent, tgid);
	e->uid = BPF_CORE_READ(leader, cred, uid.val);
	bpf_core_read(&upid, sizeof(upid), &pid->numbers[level]);
	e->pid_ns = BPF_CORE_READ(upid.ns, ns.inum);
	e->net_ns = BPF_CORE_READ(leader, nsproxy, net_ns, ns.inum);
	e->pad = 0;
	bpf_core_read_str(e->comm, sizeof(e->comm), &leader->comm);
	e->exe[0] = 0;
	bpf_probe_read_kernel_str(e->exe, sizeof(e->exe),
				  BPF_CORE_READ(leader, mm, exe_file, f_path.dentry, d_name.name));
	fill_cgroup(e, leader);
}

static __noinline void announce(struct task_struct *leader, struct owner *owner, __u64 exec_id,
				__u64 now)
{
	struct announcement sent = { .start_time = owner->start_time, .exec_id = exec_id };
	struct process_event *e = reserve(EVENT_PROCESS, sizeof(*e));

	if (!e)
		return; /* counted; tried again at the process's next step */
	fill_process(e, leader, owner, now);
	submit(e, EVENT_PROCESS, now);
	if (bpf_map_update_elem(&announced, &owner->tgid, &sent, BPF_ANY))
		count_failure(FAILURE_ANNOUNCED_UPDATE);
}

static __always_inline void announce_once(struct task_struct *leader, struct owner *owner,
					  __u64 exec_id, __u64 now)
{
	struct announcement *known = bpf_map_lookup_elem(&announced, &owner->tgid);

	if (!known || known->start_time != owner->start_time || known->exec_id != exec_id)
		announce(leader, owner, exec_id, now);
}

/*
 * The current process, announced if it was not. Only where the step is known to run in the context of the
 * process it is asked about. A kernel thread (delayed fput, a kernel socket) is nobody: all 0.
 */
static __always_inline void current_owner(struct owner *owner, __u64 now)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	struct task_struct *leader;
	unsigned int flags;
	__u64 exec_id;
	int exit_code;

	if (has_task_btf()) {
		struct task_struct *task = bpf_get_current_task_btf();

		flags = task->flags;
		owner->start_time = task->group_leader->start_boottime;
		exec_id = task->group_leader->self_exec_id;
		exit_code = flags & PF_EXITING ? task->signal->group_exit_code : 0;
		leader = task->group_leader;
	} else {
		struct task_struct *task = (void *)bpf_get_current_task();

		leader = BPF_CORE_READ(task, group_leader);
		flags = BPF_CORE_READ(task, flags);
		owner->start_time = BPF_CORE_READ(leader, start_boottime);
		exec_id = BPF_CORE_READ(leader, self_exec_id);
		exit_code = flags & PF_EXITING ? BPF_CORE_READ(task, signal, group_exit_code) : 0;
	}
	owner->exit_signal = exit_code & 0x7f;
	if (flags & PF_KTHREAD) {
		owner->start_time = 0;
		owner->tgid = 0;
		owner->tid = 0;
		return;
	}
	owner->tgid = pid_tgid >> 32;
	owner->tid = (__u32)pid_tgid;
	announce_once(leader, owner, exec_id, now);
}

#endif
