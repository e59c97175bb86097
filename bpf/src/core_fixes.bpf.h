/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Where kernels differ. One getter per difference, chosen when the object is loaded by what the running
 * kernel's BTF has, never by its version.
 */
#ifndef NETSPAN_CORE_FIXES_H
#define NETSPAN_CORE_FIXES_H

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

/* PREEMPT_RT, where softirqs are threads, which can be preempted. */
struct task_struct___rt {
	int softirq_disable_cnt;
} __attribute__((preserve_access_index));

static __always_inline bool is_rt(void)
{
	return bpf_core_field_exists(struct task_struct___rt, softirq_disable_cnt);
}

#endif
