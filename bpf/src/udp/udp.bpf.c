// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * UDP flows, one per socket and peer. UDP has no states to follow, so each datagram is counted where a process sends or
 * receives it, in the context of that process; packets are not inspected.
 *
 * There are two ways. Where the kernel allows trampolines (fexit), programs on udp_sendmsg, udp_recvmsg and their IPv6
 * counterparts see socket, peer and result, and other protocols pay nothing. Elsewhere the tracepoints sock_send_length
 * and sock_recv_length (Linux 6.3) give socket and result of every send and receive call; those of other protocols return
 * after two loads. The peer of an unconnected socket comes from cgroup hooks, which run earlier in the same call. User
 * space tries the ways in this order.
 */
#include "lib/address.bpf.h"
#include "lib/self.bpf.h"
#include "udp/flow.bpf.h"
#include "udp/flows.h"
#include "udp/peer.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Keeps the types of the maps in the object's BTF, which user space compares with its own layouts. */
struct wire {
	struct udp_flow_key key;
	struct udp_flow flow;
	struct udp_socket socket;
	struct udp_tallies tallies;
	struct process_event process;
	struct cgroup_event cgroup;
	struct counters counters;
};
const struct wire *wire_types __attribute__((unused));

/* The same for enums. */
struct wire_enums {
	enum udp_peer peer;
};
const struct wire_enums *wire_enums __attribute__((unused));

/* Errors from the network, mostly from ICMP; not EAGAIN, and not mistakes of the caller. */
static __always_inline bool network_error(int error)
{
	return error == -ECONNREFUSED || error == -EHOSTUNREACH || error == -ENETUNREACH ||
	       error == -EACCES || error == -EPERM;
}

static __always_inline bool udp(struct sock *sk)
{
	__u16 family;

	/* A netlink or Unix socket has numbers of its own for protocols. */
	if (sk->sk_protocol != IPPROTO_UDP || sk->sk_type != SOCK_DGRAM)
		return false;
	family = sk->__sk_common.skc_family;
	return family == AF_INET || family == AF_INET6;
}

/* ret is the payload's length, or an error. */
static __always_inline bool counts(struct sock *sk, int ret, int flags, bool sent)
{
	if (ret < 0 && !network_error(ret))
		return false;
	if (sent)
		return true;
	/* After shutdown() every receive call returns 0. */
	return !(flags & (MSG_PEEK | MSG_ERRQUEUE)) &&
	       !(ret == 0 && sk->sk_shutdown & RCV_SHUTDOWN);
}

static __always_inline void transferred(struct sock *sk, int ret, int flags, bool sent)
{
	struct udp_flow_key key = {};

	if (!counts(sk, ret, flags, sent)) {
		/* A later call without an address must not find it. */
		if (sent) {
			key.socket = bpf_get_socket_cookie(sk);
			take(&key, sent);
		}
		return;
	}
	key.socket = bpf_get_socket_cookie(sk);
	find_peer(sk, &key, sent);
	count(sk, &key, ret, sent, bpf_ktime_get_boot_ns());
}

/* v6_only: datagrams over IPv4 are counted by another program. */
static __always_inline void returned(struct sock *sk, struct msghdr *msg, int ret, int flags,
				     bool sent, bool v6_only)
{
	struct udp_flow_key key = {};
	void *name = msg->msg_name;

	if (!counts(sk, ret, flags, sent))
		return;
	key.socket = bpf_get_socket_cookie(sk);
	/* A receive call that failed leaves the address unset. */
	if (!name || (!sent && ret < 0) || !name_of(name, &key))
		connected_peer(sk, &key);
	if (v6_only && key.family == AF_INET)
		return;
	count(sk, &key, ret, sent, bpf_ktime_get_boot_ns());
}

SEC("fexit/udp_sendmsg")
int BPF_PROG(sent4, struct sock *sk, struct msghdr *msg, size_t len, int ret)
{
	returned(sk, msg, ret, 0, true, false);
	return 0;
}

/*
 * For an IPv4 destination the kernel's udpv6_sendmsg calls udp_sendmsg. It replaces msg_name with an IPv4 address on its
 * stack for that call; some kernels leave it there.
 */
SEC("fexit/udpv6_sendmsg")
int BPF_PROG(sent6, struct sock *sk, struct msghdr *msg, size_t len, int ret)
{
	if (!msg->msg_name || msg->msg_namelen >= SIN6_LEN_RFC2133)
		returned(sk, msg, ret, 0, true, true);
	return 0;
}

/* Linux 5.19, commit ec095263a965 ("net: remove noblock parameter from recvmsg() entities"), moved flags. */
static __always_inline int receive(unsigned long long *ctx)
{
	struct sock *sk = (void *)ctx[0];
	struct msghdr *msg = (void *)ctx[1];
	__u64 arguments = bpf_get_func_arg_cnt(ctx), flags = 0, ret = 0;

	if (bpf_get_func_arg(ctx, arguments > 5 ? 4 : 3, &flags) || bpf_get_func_ret(ctx, &ret))
		return 0;
	returned(sk, msg, ret, flags, false, false);
	return 0;
}

SEC("fexit/udp_recvmsg")
int received4(unsigned long long *ctx)
{
	return receive(ctx);
}

SEC("fexit/udpv6_recvmsg")
int received6(unsigned long long *ctx)
{
	return receive(ctx);
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(send_length, struct sock *sk, int ret, int flags)
{
	if (udp(sk))
		transferred(sk, ret, 0, true);
	return 0;
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(recv_length, struct sock *sk, int ret, int flags)
{
	if (udp(sk))
		transferred(sk, ret, flags, false);
	return 0;
}

SEC("cgroup/sendmsg4")
int name_send4(struct bpf_sock_addr *ctx)
{
	name4(ctx, true);
	return 1;
}

SEC("cgroup/sendmsg6")
int name_send6(struct bpf_sock_addr *ctx)
{
	name6(ctx, true);
	return 1;
}

SEC("cgroup/recvmsg4")
int name_recv4(struct bpf_sock_addr *ctx)
{
	name4(ctx, false);
	return 1;
}

SEC("cgroup/recvmsg6")
int name_recv6(struct bpf_sock_addr *ctx)
{
	name6(ctx, false);
	return 1;
}

/* The last descriptor of a socket is closed (Linux 5.9). Runs for TCP too, once per socket. */
SEC("cgroup/sock_release")
int release(struct bpf_sock *ctx)
{
	struct udp_socket *socket;
	__u64 cookie;

	if (ctx->protocol != IPPROTO_UDP)
		return 1;
	cookie = bpf_get_socket_cookie(ctx);
	socket = bpf_map_lookup_elem(&udp_sockets, &cookie);
	if (socket)
		socket->closed = 1;
	return 1;
}

/* Run by user space, one run after the other: lowers a socket's count by the flows that were taken out. */
SEC("raw_tp")
int forget_flows(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 cookie = ctx->args[0];
	__u32 flows = ctx->args[1], before, after;
	struct udp_socket *socket = bpf_map_lookup_elem(&udp_sockets, &cookie);

	/* Flows that began while there was no room for their socket are counted nowhere: never below 0. */
	for (int i = 0; socket && i < 64; i++) {
		before = *(volatile __u32 *)&socket->flows;
		after = (__s32)before > (__s32)flows ? before - flows : 0;
		if (__sync_val_compare_and_swap(&socket->flows, before, after) == before)
			break;
	}
	return 0;
}

/* Takes out the entry of an open socket without flows; it stays if a flow has begun meanwhile. */
SEC("raw_tp")
int forget_idle(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 cookie = ctx->args[0];
	struct udp_socket *socket = bpf_map_lookup_elem(&udp_sockets, &cookie);

	if (!socket || __sync_val_compare_and_swap(&socket->flows, 0, FORGOTTEN))
		return 0;
	/* It fails with EBUSY if the lock of the bucket cannot be taken. */
	if (bpf_map_delete_elem(&udp_sockets, &cookie))
		socket->flows = 0;
	return 0;
}
