/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The kernel's types, as far as netspan reads them. Members are relocated by name when the object is
 * loaded (CO-RE), so order, size and neighbours do not matter here; names and types must be the kernel's.
 */
#ifndef NETSPAN_KERNEL_H
#define NETSPAN_KERNEL_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u32 __wsum;
typedef _Bool bool;
typedef unsigned long size_t;
#define true 1
#define false 0
#define NULL ((void *)0)

/* include/uapi/linux/bpf.h */
#define BPF_ANY 0
#define BPF_NOEXIST 1
#define BPF_RB_NO_WAKEUP (1ULL << 0)
#define BPF_RB_FORCE_WAKEUP (1ULL << 1)
#define BPF_RB_AVAIL_DATA 0
#define BPF_RB_RING_SIZE 1
#define BPF_MAP_TYPE_HASH 1
#define BPF_MAP_TYPE_PERCPU_ARRAY 6
#define BPF_MAP_TYPE_LRU_HASH 9
#define BPF_MAP_TYPE_RINGBUF 27

#define BPF_MAP_TYPE_ARRAY 2

/* include/uapi/linux/magic.h */
#define SOCKFS_MAGIC 0x534f434b

/* include/uapi/linux/in.h */
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_MPTCP 262 /* of a struct sock only: wider than the header's field */

/* include/linux/net.h, include/linux/socket.h, include/net/sock.h, include/uapi/asm-generic/errno.h */
#define SOCK_DGRAM 2
#define MSG_PEEK 0x2
#define MSG_ERRQUEUE 0x2000
#define RCV_SHUTDOWN 1
#define SOCK_BINDPORT_LOCK 8
#define SIN6_LEN_RFC2133 24
#define EPERM 1
#define EACCES 13
#define EEXIST 17
#define EPIPE 32
#define ENETUNREACH 101
#define ECONNABORTED 103
#define ECONNRESET 104
#define ETIMEDOUT 110
#define ECONNREFUSED 111
#define EHOSTUNREACH 113

/* include/linux/socket.h */
#define AF_INET 2
#define AF_INET6 10

/* include/net/tcp_states.h: part of the user ABI (ss, /proc/net/tcp), hence constants. */
#define TCP_ESTABLISHED 1
#define TCP_SYN_SENT 2
#define TCP_SYN_RECV 3
#define TCP_FIN_WAIT1 4
#define TCP_FIN_WAIT2 5
#define TCP_CLOSE 7
#define TCP_CLOSE_WAIT 8
#define TCP_LAST_ACK 9
#define TCP_LISTEN 10
#define TCP_CLOSING 11

/* include/linux/sched.h; the bits have not moved since 2.6. */
#define PF_EXITING 0x00000004
#define PF_KTHREAD 0x00200000

/* Only their existence is asked for: Linux 5.11 and 5.15. */
enum bpf_func_id { BPF_FUNC_get_current_task_btf = 158, BPF_FUNC_task_pt_regs = 175 };

struct sockaddr_in {
	__u16 sin_family;
	__be16 sin_port;
	__be32 sin_addr;
};

struct sockaddr_in6 {
	__u16 sin6_family;
	__be16 sin6_port;
	__be32 sin6_flowinfo;
	__be32 sin6_addr[4];
};

/*
 * include/uapi/linux/bpf.h: contexts of cgroup programs, whose layout is fixed; the verifier turns the accesses
 * into those of the kernel's own. dst_port of bpf_sock is big-endian with two bytes of padding behind it.
 */
struct bpf_sock {
	__u32 bound_dev_if;
	__u32 family;
	__u32 type;
	__u32 protocol;
	__u32 mark;
	__u32 priority;
	__u32 src_ip4;
	__u32 src_ip6[4];
	__u32 src_port;
	__be16 dst_port;
	__u16 pad;
	__u32 dst_ip4;
	__u32 dst_ip6[4];
	__u32 state;
	__s32 rx_queue_mapping;
};

struct bpf_sock_addr {
	__u32 user_family;
	__u32 user_ip4;
	__u32 user_ip6[4];
	__u32 user_port;
	__u32 family;
	__u32 type;
	__u32 protocol;
	__u32 msg_src_ip4;
	__u32 msg_src_ip6[4];
	struct bpf_sock *sk;
};

struct bpf_raw_tracepoint_args {
	__u64 args[0];
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct in6_addr {
	union {
		__u8 u6_addr8[16];
		__be32 u6_addr32[4];
	} in6_u;
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	unsigned char skc_ipv6only : 1;
	int skc_bound_dev_if;
	unsigned long skc_flags;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};

enum sock_flags { SOCK_DEAD, SOCK_DONE };

typedef struct {
	int owned;
} socket_lock_t;

struct sock {
	struct sock_common __sk_common;
	socket_lock_t sk_lock;
	int sk_err;
	int sk_err_soft;
	__u32 sk_max_ack_backlog;
	__u16 sk_protocol;
	__u16 sk_type;
	__u8 sk_shutdown;
	__u8 sk_userlocks;
	struct socket *sk_socket;
};

struct inet_sock {
	struct sock sk;
	__be16 inet_sport;
};

struct msghdr {
	void *msg_name;
	int msg_namelen;
};

struct inet_connection_sock {
	struct inet_sock icsk_inet;
	void *icsk_ulp_data;
	struct {
		__u32 lrcvtime; /* jiffies */
	} icsk_ack;
};

struct minmax_sample {
	__u32 v;
};

struct minmax {
	struct minmax_sample s[3];
};

struct request_sock;

struct tcp_request_sock {
	__u64 snt_synack; /* CLOCK_MONOTONIC, microseconds */
};

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u32 snd_una;
	__u32 snd_nxt;
	__u32 write_seq;
	__u32 lsndtime; /* jiffies */
	__u32 rcv_nxt;
	__u32 srtt_us;
	__u64 tcp_clock_cache; /* CLOCK_MONOTONIC, ns */
	struct minmax rtt_min;
	__u32 total_retrans;
	__u32 segs_in;
	__u32 segs_out;
	__u32 data_segs_in;
	__u32 data_segs_out;
	__u64 tcp_mstamp; /* microseconds of CLOCK_MONOTONIC */
	__u64 bytes_sent;
	__u64 bytes_retrans;
	__u64 bytes_acked;
	__u64 bytes_received;
	bool is_mptcp;
	__u8 repair : 1;
	struct request_sock *fastopen_rsk;
};

struct list_head {
	struct list_head *next;
};

struct mptcp_sock {
	struct inet_connection_sock sk;
	__u32 token;
	struct list_head conn_list;
};

struct mptcp_subflow_context {
	struct list_head node;
	__u32 token;
	__u32 request_join : 1, mp_capable : 1, mp_join : 1;
	struct sock *tcp_sock;
	struct sock *conn;
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct qstr d_name;
};

struct path {
	struct dentry *dentry;
};

struct super_block {
	unsigned long s_magic;
};

struct inode {
	struct super_block *i_sb;
};

struct file {
	const struct cred *f_cred;
	struct path f_path;
	struct inode *f_inode;
	const struct file_operations *f_op;
	void *private_data;
};

struct socket {
	struct file *file;
	struct sock *sk;
};

struct mm_struct {
	struct file *exe_file;
};

struct kernfs_node {
	struct kernfs_node *parent;
	const char *name;
	unsigned int hash; /* of the name */
	__u64 id;
};

/* A hierarchy. */
struct cgroup_root {
	unsigned int subsys_mask; /* its controllers, bits by enum cgroup_subsys_id */
};

struct cgroup {
	struct kernfs_node *kn;
	struct cgroup_root *root;
	int level; /* 0: the root */
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
};

enum cgroup_subsys_id { memory_cgrp_id, pids_cgrp_id };

struct css_set {
	struct cgroup_subsys_state *subsys[16];
	struct cgroup *dfl_cgrp;
	struct list_head cgrp_links; /* one for each hierarchy that is mounted */
};

struct cgrp_cset_link {
	struct cgroup *cgrp;
	struct list_head cgrp_link;
};

struct pid_namespace {
	struct ns_common ns;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct nsproxy {
	struct net *net_ns;
};

typedef struct {
	__u32 val;
} kuid_t;

struct cred {
	kuid_t uid;
};

struct signal_struct {
	int group_exit_code; /* as wait() tells it: the signal in the lowest seven bits */
};

struct completion;

struct task_struct {
	unsigned int flags;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	void *stack;
	struct pid *thread_pid;
	__u64 start_boottime;
	__u64 self_exec_id;
	const struct cred *cred;
	char comm[16];
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct completion *vfork_done;
	struct mm_struct *mm;
	struct css_set *cgroups;
};

/* x86's; arm64's has no such member. */
struct pt_regs {
	unsigned long orig_ax;
};

struct linux_binprm;
struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

#pragma clang attribute pop

#endif
