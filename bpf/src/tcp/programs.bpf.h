/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Remembers which program a process runs. Each fork and exec of the machine costs one map entry; a record is sent only for
 * an exec of a process that was announced.
 */
#ifndef NETSPAN_PROGRAMS_H
#define NETSPAN_PROGRAMS_H

#include "lib/process.bpf.h"

SEC("tp_btf/sched_process_fork")
int BPF_PROG(forked, struct task_struct *parent, struct task_struct *child)
{
	__u64 exec_id, key, parent_start;
	struct program program = {}, *known;

	if (child->pid != child->tgid || parent->flags & PF_KTHREAD)
		return 0;
	exec_id = child->self_exec_id;
	parent_start = parent->group_leader->start_boottime;
	known = find_program(parent->tgid, parent_start, exec_id);
	if (known) {
		program = *known;
	} else {
		program.origin_start_time = parent_start;
		program.origin_tgid = parent->tgid;
		program.origin_exec_id = exec_id;
		read_exe(program.exe, parent);
	}
	program.start_time = child->start_boottime;
	bpf_core_read_str(program.comm, sizeof(program.comm), &child->comm);
	key = program_key(child->tgid, exec_id);
	bpf_map_update_elem(&programs, &key, &program, BPF_ANY);
	return 0;
}

/*
 * Called when the exec has succeeded, before it closes descriptors. The current thread is the only one left, and is the
 * leader now.
 */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(executed, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	__u64 ktime_ns = bpf_ktime_get_boot_ns(), exec_id = task->self_exec_id, key, cgroups;
	struct owner owner = { .start_time = task->start_boottime, .tgid = task->tgid };
	struct program program = { .start_time = owner.start_time,
				   .origin_start_time = owner.start_time,
				   .origin_tgid = owner.tgid,
				   .origin_exec_id = exec_id };
	struct announcement now = {}, *known;

	read_exe(program.exe, task);
	bpf_core_read_str(program.comm, sizeof(program.comm), &task->comm);
	key = program_key(owner.tgid, exec_id);
	bpf_map_update_elem(&programs, &key, &program, BPF_ANY);
	known = bpf_map_lookup_elem(&announced, &owner.tgid);
	if (!known || known->start_time != owner.start_time)
		return 0;
	now.start_time = owner.start_time;
	now.exec_id = exec_id;
	now.cgroups = (__u64)task->cgroups;
	now.uid = task->cred->uid.val;
	bpf_core_read(now.comm, sizeof(now.comm), &task->comm);
	now.by_exec = 1;
	cgroups = describe_cgroups((__u64)BPF_CORE_READ(task, cgroups), ktime_ns);
	send_announcement(task, owner.tgid, &now, cgroups, false, ktime_ns);
	return 0;
}

#endif
