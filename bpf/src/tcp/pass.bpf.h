/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Passes over the open sockets. The kernel side keeps nothing per connection, so user space reads what is open: an
 * iterator over the descriptors of all processes, in all network namespaces, gives tcp_socket_event records like a file.
 * The program `ask` gives the same record for one socket by its address, for sockets without a descriptor: those not
 * accepted yet, and those that their process has closed and that have not ended. (iter/bpf_sk_storage_map could walk
 * tracked sockets only, but needs storage for each of them, and Linux 5.10 and some hardened kernels refuse it.)
 *
 * Both read sockets by bpf_probe_read_kernel, which works on all kernels (bpf_sock_from_file came with Linux 5.11). A
 * socket whose address user space remembers may have been freed. Reading it is harmless, and the result shows it: a TCP
 * socket is in TCP_CLOSE before it is freed, its slab is SLAB_TYPESAFE_BY_RCU, and a socket that took its place has
 * another identity pair, which user space compares.
 */
#ifndef NETSPAN_PASS_H
#define NETSPAN_PASS_H

#include "lib/address.bpf.h"
#include "lib/process.bpf.h"
#include "tcp/mptcp.bpf.h"
#include "tcp/own.bpf.h"
#include "tcp/sent.bpf.h"

/*
 * The socket that was read last; type 0: none. One thread of user space runs passes and inquiries, one after the other.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tcp_socket_event);
} answer SEC(".maps");

static __always_inline void read_addresses(struct tcp_socket_event *e, struct sock *sk)
{
	__u32 *saddr = (__u32 *)e->saddr, *daddr = (__u32 *)e->daddr;

	e->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if (e->family == AF_INET6 && has_ipv6(sk)) {
		struct in6_addr peer = {};

		bpf_core_read(&peer, sizeof(peer), &sk->__sk_common.skc_v6_daddr);
		if (!v4_mapped(&peer)) {
			bpf_core_read(saddr, 16, &sk->__sk_common.skc_v6_rcv_saddr);
			__builtin_memcpy(daddr, &peer, 16);
			return;
		}
		e->family = AF_INET;
	}
	saddr[0] = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
	daddr[0] = BPF_CORE_READ(sk, __sk_common.skc_daddr);
}

static __always_inline void read_totals(struct tcp_socket_event *e, struct tcp_sock *tp)
{
	__u32 una, nxt;

	e->bytes_sent = BPF_CORE_READ(tp, bytes_sent);
	e->bytes_retrans = BPF_CORE_READ(tp, bytes_retrans);
	e->bytes_acked = BPF_CORE_READ(tp, bytes_acked);
	una = BPF_CORE_READ(tp, snd_una);
	nxt = BPF_CORE_READ(tp, snd_nxt);
	e->local_isn = una - (__u32)e->bytes_acked;
	e->unacked = nxt - una;
	e->fin_sent = is_fin_sent(e->state, nxt, BPF_CORE_READ(tp, write_seq));
	e->steady = BPF_CORE_READ(tp, snd_nxt) == nxt && BPF_CORE_READ(tp, snd_una) == una &&
		    BPF_CORE_READ(tp, bytes_sent) == e->bytes_sent &&
		    BPF_CORE_READ(tp, bytes_retrans) == e->bytes_retrans &&
		    BPF_CORE_READ(tp, bytes_acked) == e->bytes_acked;
	e->bytes_received = BPF_CORE_READ(tp, bytes_received);
	e->remote_isn = BPF_CORE_READ(tp, rcv_nxt) - (__u32)e->bytes_received;
	e->srtt_us = BPF_CORE_READ(tp, srtt_us);
	e->rtt_min_us = BPF_CORE_READ(tp, rtt_min.s[0].v);
	e->total_retrans = BPF_CORE_READ(tp, total_retrans);
	e->segs_in = BPF_CORE_READ(tp, segs_in);
	e->segs_out = BPF_CORE_READ(tp, segs_out);
}

/*
 * How long no payload has gone in either direction. Both times are also set when the connection is established. They are
 * jiffies, and what a jiffy is user space finds out by comparing them with ktime_ns: CONFIG_HZ is in no type.
 */
static __always_inline void read_quiet(struct tcp_socket_event *e, struct tcp_sock *tp)
{
	__u32 sent, received;

	e->jiffies = (__u32)bpf_jiffies64();
	sent = e->jiffies - BPF_CORE_READ(tp, lsndtime);
	received = e->jiffies - BPF_CORE_READ(tp, inet_conn.icsk_ack.lrcvtime);
	e->quiet_jiffies = sent < received ? sent : received;
}

/* False if this is not a TCP socket of a connection or a listener. */
static __always_inline bool read_socket(struct tcp_socket_event *e, struct sock *sk)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	struct subflow subflow = {};
	__u8 state;

	if (BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return false;
	state = BPF_CORE_READ(sk, __sk_common.skc_state);
	if (state == TCP_CLOSE)
		return false;
	e->type = EVENT_TCP_SOCKET;
	e->size = sizeof(*e);
	e->ktime_ns = bpf_ktime_get_boot_ns();
	e->sk = (__u64)sk;
	e->state = state;
	read_addresses(e, sk);
	if (e->family != AF_INET && e->family != AF_INET6)
		return false; /* another protocol 6 */
	e->net_ns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	/* Until the kernel has chosen a listener's port, its inet_sport can be that of an earlier connection. */
	e->sport = state == TCP_LISTEN
			   ? BPF_CORE_READ(sk, __sk_common.skc_num)
			   : bpf_ntohs(BPF_CORE_READ(tp, inet_conn.icsk_inet.inet_sport));
	e->dport = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
	e->sk_err = BPF_CORE_READ(sk, sk_err);
	e->sk_shutdown = BPF_CORE_READ(sk, sk_shutdown);
	e->accepted = BPF_CORE_READ(sk, sk_max_ack_backlog) != 0;
	e->fin_received = BPF_CORE_READ(sk, __sk_common.skc_flags) >>
				  bpf_core_enum_value(enum sock_flags, SOCK_DONE) &
			  1;
	e->device = BPF_CORE_READ(sk, __sk_common.skc_bound_dev_if);
	if (state == TCP_LISTEN) {
		e->v6_only = BPF_CORE_READ_BITFIELD_PROBED(sk, __sk_common.skc_ipv6only);
	} else {
		read_totals(e, tp);
		read_quiet(e, tp);
	}
	if (is_subflow_unlocked(tp))
		read_subflow(&subflow, BPF_CORE_READ(tp, inet_conn.icsk_ulp_data));
	FILL_SUBFLOW(e, subflow);
	return true;
}

static __always_inline struct tcp_socket_event *last_answer(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&answer, &zero);
}

/*
 * Reads a socket into the answer. The function is global, so that the verifier checks it once rather than for each
 * subflow; before Linux 5.13 the arguments of a global function can only be numbers.
 */
__noinline int read_answer(__u64 sk)
{
	struct tcp_socket_event *e = last_answer();

	if (!e)
		return 0;
	__builtin_memset(e, 0, sizeof(*e));
	if (read_socket(e, (struct sock *)sk))
		return 1;
	e->type = 0;
	return 0;
}

/*
 * What the current pass may leave out: connections that were last active before `active_before_us`, a second before the
 * pass before began; 0: it reads all. The second is for what may lie between the stack's reading of the clock and its
 * changing a socket.
 */
static __u64 pass_began_ns;
static __u64 pass_began_boot_ns;
static __u64 active_before_us;

/* The process of which the last descriptor of an unchanged connection was in this pass; 0: of none so far. */
static __u32 unchanged_tgid;

#define ACTIVE_MARGIN_NS 1000000000ULL

/* Run by user space before each pass; the argument: whether the pass reads all sockets. */
SEC("raw_tp")
int begin_pass(__u64 *ctx)
{
	active_before_us = ctx[0] || !pass_began_ns ? 0 : (pass_began_ns - ACTIVE_MARGIN_NS) / 1000;
	pass_began_ns = bpf_ktime_get_ns();
	pass_began_boot_ns = bpf_ktime_get_boot_ns();
	unchanged_tgid = 0;
	return 0;
}

/*
 * Whether a TCP socket is as the pass before has read it. The stack sets tcp_mstamp before it handles a segment, a system
 * call that sends, and a timer; only a bare acknowledgement can go out without, which changes nothing but segs_out. What is
 * not established has a record in any case, and so has a socket without a time, which TCP_REPAIR made.
 */
static __always_inline bool is_unchanged(struct sock *sk, __u8 state)
{
	__u64 before = *(volatile __u64 *)&active_before_us, active;

	if (!before || (state != TCP_ESTABLISHED && state != TCP_CLOSE_WAIT) ||
	    BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return false;
	active = BPF_CORE_READ((struct tcp_sock *)sk, tcp_mstamp);
	return active && active < before;
}

/* Reads a socket that a process has a descriptor of into the answer. Returns its bytes; 0: there is nothing to say of it. */
__noinline int read_descriptor(__u64 sk, __u64 start_time, __u32 tgid, __u32 fd)
{
	struct tcp_socket_event *e = last_answer();
	struct tcp_unchanged_event *unchanged = (struct tcp_unchanged_event *)e;
	__u8 state;

	if (!e || !sk || own_known(sk))
		return 0;
	state = BPF_CORE_READ((struct sock *)sk, __sk_common.skc_state);
	if (is_unchanged((struct sock *)sk, state)) {
		*unchanged = (struct tcp_unchanged_event){
			.type = EVENT_TCP_UNCHANGED,
			.size = sizeof(*unchanged),
			.ktime_ns = pass_began_boot_ns,
			.sk = sk,
			.start_time = start_time,
			.tgid = tgid,
			.state = state,
		};
		return sizeof(*unchanged);
	}
	if (!read_answer(sk))
		return 0;
	e->start_time = start_time;
	e->tgid = tgid;
	e->fd = fd;
	return sizeof(*e);
}

/*
 * Writes the record of a descriptor's socket, or of a subflow of it. Returns its bytes. Nothing is written as no bytes,
 * not in a branch: the verifier drops states of a loop that have matched no other one so far (is_state_visited), and
 * then follows each way through the loop's branches anew, on Linux 6.1 up to its limit of a million instructions.
 */
static __always_inline __u64 write_socket(struct bpf_iter__task_file *ctx, struct owner *owner,
					  struct sock *sk, struct tcp_socket_event *e)
{
	__u64 bytes = read_descriptor((__u64)sk, owner->start_time, owner->tgid, ctx->fd);

	barrier_var(bytes);
	if (bytes > sizeof(*e))
		return 0;
	/* If the iterator's buffer is full, the kernel drops the records of this call and repeats it later. */
	bpf_seq_write(ctx->meta->seq, e, bytes);
	return bytes;
}

static __always_inline __u64 write_subflows(struct bpf_iter__task_file *ctx, struct owner *owner,
					    struct mptcp_sock *msk, struct tcp_socket_event *e)
{
	struct list_head *head = __builtin_preserve_access_index(&msk->conn_list);
	struct list_head *node = BPF_CORE_READ(head, next);
	struct mptcp_subflow_context *context;
	__u64 bytes = 0;

	for (int i = 0; i < MOST_SUBFLOWS && node && node != head; i++) {
		context = (void *)node - bpf_core_field_offset(struct mptcp_subflow_context, node);
		bytes |= write_socket(ctx, owner, BPF_CORE_READ(context, tcp_sock), e);
		node = BPF_CORE_READ(node, next);
	}
	if (node && node != head)
		count_failure(FAILURE_SUBFLOWS);
	return bytes;
}

/*
 * Whether the process need not be announced: all that was written is that connections are unchanged, and it was announced
 * when they were read. Once in each pass it is, in case that the process has changed.
 */
static __always_inline bool is_announced_in_pass(__u64 bytes, __u32 tgid)
{
	bool before = unchanged_tgid == tgid;

	if (bytes != sizeof(struct tcp_unchanged_event))
		return false;
	unchanged_tgid = tgid;
	return before;
}

/*
 * All sockets' files have the same operations, which are in a line of the cache that is read anyway. Their address is
 * learnt from the first socket.
 */
static __always_inline bool is_socket(struct file *file)
{
	static __u64 of_sockets;
	__u64 operations = (__u64)file->f_op;

	if (operations == *(volatile __u64 *)&of_sockets)
		return true;
	if (file->f_inode->i_sb->s_magic != SOCKFS_MAGIC)
		return false;
	of_sockets = operations;
	return true;
}

SEC("iter/task_file")
int descriptors(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task, *leader;
	struct tcp_socket_event *e = last_answer();
	struct file *file = ctx->file;
	struct owner owner = {};
	struct socket *socket;
	struct sock *sk;
	__u64 bytes, thread;

	if (!e || !task || !file || !is_socket(file))
		return 0;
	owner.tgid = task->tgid;
	if (is_left_out(owner.tgid))
		return 0;
	leader = task->group_leader;
	owner.start_time = leader->start_boottime;
	socket = (struct socket *)file->private_data;
	sk = BPF_CORE_READ(socket, sk);
	if (has_mptcp() && sk && BPF_CORE_READ(sk, sk_protocol) == IPPROTO_MPTCP)
		bytes = write_subflows(ctx, &owner, (struct mptcp_sock *)sk, e);
	else
		bytes = write_socket(ctx, &owner, sk, e);
	if (!bytes || is_announced_in_pass(bytes, owner.tgid) ||
	    was_announced(leader, task, &owner))
		return 0;
	bpf_core_read(&thread, sizeof(thread), &ctx->task);
	announce(thread, bpf_ktime_get_boot_ns());
	return 0;
}

/* Run by user space through BPF_PROG_TEST_RUN, one call at a time; the argument is a socket's address. */
SEC("raw_tp")
int ask(__u64 *ctx)
{
	read_answer(ctx[0]);
	return 0;
}

#endif
