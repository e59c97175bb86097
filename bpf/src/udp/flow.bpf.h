/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The flows. A datagram of a known flow costs one look-up. */
#ifndef NETSPAN_FLOW_H
#define NETSPAN_FLOW_H

#include "lib/address.bpf.h"
#include "lib/process.bpf.h"
#include "lib/self.bpf.h"
#include "udp/flows.h"

/* Both are set before loading. */
const volatile __u32 most_peers = 1024; /* flows of a socket, those without a known peer included */
const volatile __u32 one_of = 1; /* 1: all flows are counted; n: one in n, chosen by its key */

/*
 * The map is no LRU, because an evicted flow would take its counts with it. User space takes out flows that have ended;
 * datagrams that find no room are counted. The size is set before loading.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct udp_flow_key);
	__type(value, struct udp_flow);
} udp_flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64); /* cookie */
	__type(value, struct udp_socket);
} udp_sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct udp_tallies);
} udp_counts SEC(".maps");

#define TALLY(member, n)                                                                           \
	do {                                                                                       \
		__u32 zero_ = 0;                                                                   \
		struct udp_tallies *t_ = bpf_map_lookup_elem(&udp_counts, &zero_);                 \
                                                                                                   \
		if (t_)                                                                            \
			__sync_fetch_and_add(&t_->member, n);                                      \
	} while (0)

/* The multiplier is 2^64 / golden ratio, which spreads neighbouring addresses and ports over the upper bits. */
static __always_inline bool left_out(struct udp_flow_key *key)
{
	__u64 *words = (__u64 *)key;
	__u64 hash;

	if (one_of <= 1)
		return false;
	hash = words[0] * 0x9e3779b97f4a7c15ULL;
	hash = (hash ^ words[1] ^ hash >> 32) * 0x9e3779b97f4a7c15ULL;
	hash = (hash ^ words[2] ^ hash >> 32) * 0x9e3779b97f4a7c15ULL;
	hash = (hash ^ words[3] ^ hash >> 32) * 0x9e3779b97f4a7c15ULL;
	return (__u32)(hash >> 32) % one_of != 0;
}

static __always_inline void fill_flow(struct udp_flow *flow, struct sock *sk,
				      struct udp_flow_key *key, bool sent, __u64 now)
{
	struct owner owner = {};

	flow->first_ns = now;
	flow->id = (__u64)bpf_get_prandom_u32() << 32 | bpf_get_prandom_u32() | 1;
	flow->net_ns = sk->__sk_common.skc_net.net->ns.inum;
	flow->sport = sk->__sk_common.skc_num;
	if (key->family == AF_INET6 && has_ipv6(sk))
		copy_v6(flow->saddr, &sk->__sk_common.skc_v6_rcv_saddr);
	else
		copy_v4(flow->saddr, sk->__sk_common.skc_rcv_saddr);
	/* sk_userlocks is a bit-field in older kernels. */
	flow->flags =
		(sent ? FLOW_SENT_FIRST : 0) | (sk->__sk_common.skc_dport ? FLOW_CONNECTED : 0) |
		(BPF_CORE_READ_BITFIELD(sk, sk_userlocks) & SOCK_BINDPORT_LOCK ? FLOW_BOUND : 0);
	current_owner(&owner, now);
	flow->start_time = owner.start_time;
	flow->tgid = owner.tgid;
	flow->tid = owner.tid;
	if (is_left_out(owner.tgid))
		flow->flags |= FLOW_OWN;
}

static __always_inline struct udp_flow *others(struct udp_flow_key *key)
{
	__builtin_memset(key->peer, 0, sizeof(key->peer));
	key->port = 0;
	key->kind = PEER_OTHERS;
	return bpf_map_lookup_elem(&udp_flows, key);
}

/*
 * The count in the entry of a socket that is being taken out; it is more than there can be flows. A program that has found
 * the entry before sees the mark, unless it runs so late that the memory is another socket's entry.
 */
#define FORGOTTEN (1U << 31)

/*
 * Counts a flow before it is added: so the entry of its socket is not taken out meanwhile, and two CPUs at once do not add
 * more flows than a socket may have. Null: there is no room for the socket.
 */
static __always_inline struct udp_socket *take_place(__u64 cookie, __u64 now, __u32 *before)
{
	struct udp_socket first = { .first_ns = now };

	/* One turn for a known entry, two for a new one; more only while the entry is being taken out. */
	for (int i = 0; i < 8; i++) {
		struct udp_socket *socket = bpf_map_lookup_elem(&udp_sockets, &cookie);
		long error;

		if (!socket) {
			error = bpf_map_update_elem(&udp_sockets, &cookie, &first, BPF_NOEXIST);
			if (error && error != -EEXIST)
				return NULL;
			continue;
		}
		*before = __sync_fetch_and_add(&socket->flows, 1);
		if (*before < FORGOTTEN)
			return socket;
	}
	return NULL;
}

static __always_inline void give_back(struct udp_socket *socket)
{
	if (socket)
		__sync_fetch_and_add(&socket->flows, -1);
}

/* A flow for a datagram that has none yet: a new one, or that of all other peers; null if there is room for neither. */
static __noinline struct udp_flow *begin(struct sock *sk, struct udp_flow_key *key, bool sent,
					 __u64 now)
{
	struct udp_flow flow = {}, *known;
	struct udp_socket *socket;
	__u32 before = 0;
	long error;

	socket = take_place(key->socket, now, &before);
	if (key->kind == PEER_KNOWN && (!socket || before >= most_peers)) {
		if (socket)
			TALLY(socket_full, 1);
		else
			TALLY(table_full, 1);
		known = others(key);
		if (known) {
			give_back(socket);
			return known;
		}
	}
	fill_flow(&flow, sk, key, sent, now);
	error = bpf_map_update_elem(&udp_flows, key, &flow, BPF_NOEXIST);
	if (error)
		give_back(socket);
	if (error && error != -EEXIST && key->kind == PEER_KNOWN) {
		TALLY(table_full, 1);
		return others(key);
	}
	return bpf_map_lookup_elem(&udp_flows, key);
}

static __always_inline void exchange(struct udp_flow *flow, bool sent, __u64 now)
{
	__u64 asked, took;

	if (!!(flow->flags & FLOW_SENT_FIRST) == sent) {
		flow->asked_ns = now;
		return;
	}
	asked = __sync_lock_test_and_set(&flow->asked_ns, 0);
	if (!asked)
		return;
	/* Two threads can be counted in another order than their clocks were read. */
	took = now > asked ? now - asked : 0;
	__sync_fetch_and_add(&flow->exchanges, 1);
	__sync_fetch_and_add(&flow->exchange_sum_ns, took);
	if (took > flow->exchange_max_ns)
		flow->exchange_max_ns = took;
}

static __always_inline void count(struct sock *sk, struct udp_flow_key *key, int ret, bool sent,
				  __u64 now)
{
	struct udp_flow *flow;

	if (left_out(key))
		return;
	flow = bpf_map_lookup_elem(&udp_flows, key);
	if (!flow)
		flow = begin(sk, key, sent, now);
	if (!flow) {
		TALLY(lost, 1);
		if (ret > 0)
			TALLY(lost_bytes, ret);
		return;
	}
	flow->last_ns = now;
	if (ret < 0) {
		flow->error = -ret;
		__sync_fetch_and_add(&flow->errors, 1);
		return;
	}
	if (sent) {
		__sync_fetch_and_add(&flow->bytes_sent, ret);
		__sync_fetch_and_add(&flow->datagrams_sent, 1);
	} else {
		__sync_fetch_and_add(&flow->bytes_received, ret);
		__sync_fetch_and_add(&flow->datagrams_received, 1);
	}
	if (key->kind == PEER_KNOWN)
		exchange(flow, sent, now);
}

#endif
