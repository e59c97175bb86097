/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Where kernels differ: one getter per difference, chosen when the object is loaded by what the running kernel's BTF
 * has. The last one asks for the version, for want of anything else.
 */
#ifndef NETSPAN_CORE_FIXES_H
#define NETSPAN_CORE_FIXES_H

#include "lib/bpf.h"

/*
 * Linux 6.15, commit 633488947ef6 ("kernfs: Use RCU to access kernfs_node::parent."), renamed
 * kernfs_node::parent to __parent.
 */
struct kernfs_node___rcu {
	struct kernfs_node *__parent;
} __attribute__((preserve_access_index));

static __always_inline struct kernfs_node *kernfs_parent(struct kernfs_node *kn)
{
	struct kernfs_node___rcu *rcu = (void *)kn;

	if (bpf_core_field_exists(rcu->__parent))
		return BPF_CORE_READ(rcu, __parent);
	return BPF_CORE_READ(kn, parent);
}

/* IPv6 can be compiled out (CONFIG_IPV6=n); then a sock_common has no IPv6 addresses. */
static __always_inline bool has_ipv6(struct sock *sk)
{
	return bpf_core_field_exists(sk->__sk_common.skc_v6_daddr);
}

/* arm64's; x86's has no such member. */
struct pt_regs___arm64 {
	int syscallno;
} __attribute__((preserve_access_index));

#define has_task_pt_regs() bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs)

/*
 * Where the kernel keeps the registers that the current task came with. Before bpf_task_pt_regs (Linux 5.15) it
 * is known where THREAD_SIZE is 16 KiB: x86-64 without KASAN, arm64 with pages of 4 KiB.
 */
static __always_inline void *current_regs(void)
{
	struct task_struct *task;

	if (has_task_pt_regs())
		return (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	task = (void *)bpf_get_current_task();
	return BPF_CORE_READ(task, stack) + 16384 - bpf_core_type_size(struct pt_regs);
}

/* execve and execveat, by their numbers for programs of 64 bits. */
static __always_inline bool is_in_exec_call(void)
{
	struct pt_regs *regs = current_regs();
	struct pt_regs___arm64 *arm64 = (void *)regs;

	if (bpf_core_field_exists(regs->orig_ax)) {
		__u64 number = BPF_CORE_READ(regs, orig_ax);

		return number == 59 || number == 322;
	}
	if (bpf_core_field_exists(arm64->syscallno)) {
		int number = BPF_CORE_READ(arm64, syscallno);

		return number == 221 || number == 281;
	}
	return false;
}

/* PREEMPT_RT, where softirqs are threads, which can be preempted. */
struct task_struct___rt {
	int softirq_disable_cnt;
} __attribute__((preserve_access_index));

static __always_inline bool is_rt(void)
{
	return bpf_core_field_exists(struct task_struct___rt, softirq_disable_cnt);
}

/*
 * The one difference that shows in no type and is asked by version: since Linux 7.0 the programs of a tracepoint can be
 * preempted. libbpf reads the version from uname(2) before loading; the verifier removes the branch not taken.
 */
extern int LINUX_KERNEL_VERSION __kconfig;

static __always_inline bool tracepoints_preemptible(void)
{
	return LINUX_KERNEL_VERSION >= KERNEL_VERSION(7, 0, 0);
}

#endif
