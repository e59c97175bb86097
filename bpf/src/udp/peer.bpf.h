/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Finds the peer of a call. A connected socket stores it; for others the cgroup hook saves it per thread, and the
 * tracepoint at the end of that call picks it up. Not per CPU: a thread can move to another CPU in between.
 */
#ifndef NETSPAN_PEER_H
#define NETSPAN_PEER_H

#include "lib/address.bpf.h"
#include "lib/emit.bpf.h"
#include "udp/flow.bpf.h"

struct named_peer {
	__u64 socket; /* 0: taken */
	__u8 address[16];
	__u16 port;
	__u8 family;
	__u8 sent;
	__u32 pad;
};

/*
 * By thread id. An entry matters from hook to tracepoint only; LRU, so that those of threads that are gone make
 * room. One that is thrown out too early is counted as an unknown peer.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, struct named_peer);
} named_peers SEC(".maps");

/*
 * Whether any connected socket was ever used to send to somebody else, which is allowed and rare: only from then
 * on are connected sockets worth a look-up of the name.
 */
static bool strayed;

static __always_inline void leave(struct named_peer *peer)
{
	__u32 thread = (__u32)bpf_get_current_pid_tgid();
	struct named_peer *mine = bpf_map_lookup_elem(&named_peers, &thread);

	if (mine)
		*mine = *peer;
	else
		bpf_map_update_elem(&named_peers, &thread, peer, BPF_ANY);
}

/* Only at the end of the same call: the entry of an earlier one that failed is of another direction or socket. */
static __always_inline bool take(struct udp_flow_key *key, bool sent)
{
	__u32 thread = (__u32)bpf_get_current_pid_tgid();
	struct named_peer *mine = bpf_map_lookup_elem(&named_peers, &thread);

	if (!mine || mine->socket != key->socket || mine->sent != sent)
		return false;
	mine->socket = 0;
	__builtin_memcpy(key->peer, mine->address, sizeof(key->peer));
	key->port = mine->port;
	key->family = mine->family;
	return true;
}

static __always_inline void connected_peer(struct sock *sk, struct udp_flow_key *key)
{
	key->port = bpf_ntohs(sk->__sk_common.skc_dport);
	if (!key->port) {
		key->kind = PEER_UNKNOWN;
		key->family = sk->__sk_common.skc_family;
	} else if (speaks_v6(sk)) {
		key->family = AF_INET6;
		copy_v6(key->peer, &sk->__sk_common.skc_v6_daddr);
	} else {
		key->family = AF_INET;
		copy_v4(key->peer, sk->__sk_common.skc_daddr);
	}
}

static __always_inline void find_peer(struct sock *sk, struct udp_flow_key *key, bool sent)
{
	bool connected = sk->__sk_common.skc_dport;

	if ((connected && !*(volatile bool *)&strayed) || !take(key, sent))
		connected_peer(sk, key);
}

/* A socket address in the kernel's memory, of a call that has succeeded or was about it. */
static __always_inline bool name_of(void *name, struct udp_flow_key *key)
{
	struct sockaddr_in6 address = {};
	struct sockaddr_in *v4 = (void *)&address;

	if (bpf_probe_read_kernel(&address, sizeof(*v4), name))
		return false;
	key->port = bpf_ntohs(v4->sin_port);
	key->family = AF_INET;
	if (v4->sin_family != AF_INET6) {
		copy_v4(key->peer, v4->sin_addr);
		return true;
	}
	if (bpf_probe_read_kernel(&address, sizeof(address), name))
		return false;
	if (words_v4_mapped(address.sin6_addr)) {
		copy_v4(key->peer, address.sin6_addr[3]);
		return true;
	}
	key->family = AF_INET6;
	__builtin_memcpy(key->peer, address.sin6_addr, sizeof(key->peer));
	return true;
}

/* IPv4, or IPv4 mapped: the hook of a v6 socket that sends to a mapped address is that of IPv4. */
static __always_inline void name4(struct bpf_sock_addr *ctx, bool sent)
{
	struct named_peer peer = { .family = AF_INET, .sent = sent };
	struct bpf_sock *sk = ctx->sk;
	__u32 address = ctx->user_ip4;

	if (!sk || sk->protocol != IPPROTO_UDP)
		return;
	peer.port = bpf_ntohs((__u16)ctx->user_port);
	if (sk->dst_port) {
		if (!sent || (bpf_ntohs(sk->dst_port) == peer.port && sk->dst_ip4 == address))
			return;
		strayed = true;
	}
	copy_v4(peer.address, address);
	peer.socket = bpf_get_socket_cookie(ctx);
	leave(&peer);
}

static __always_inline void name6(struct bpf_sock_addr *ctx, bool sent)
{
	struct named_peer peer = { .family = AF_INET6, .sent = sent };
	__u32 *words = (__u32 *)peer.address;
	struct bpf_sock *sk = ctx->sk;

	if (!sk || sk->protocol != IPPROTO_UDP)
		return;
	peer.port = bpf_ntohs((__u16)ctx->user_port);
	words[0] = ctx->user_ip6[0];
	words[1] = ctx->user_ip6[1];
	words[2] = ctx->user_ip6[2];
	words[3] = ctx->user_ip6[3];
	if (sk->dst_port) {
		if (!sent || (bpf_ntohs(sk->dst_port) == peer.port && sk->dst_ip6[0] == words[0] &&
			      sk->dst_ip6[1] == words[1] && sk->dst_ip6[2] == words[2] &&
			      sk->dst_ip6[3] == words[3]))
			return;
		strayed = true;
	}
	if (words_v4_mapped(words)) {
		peer.family = AF_INET;
		copy_v4(peer.address, words[3]);
	}
	peer.socket = bpf_get_socket_cookie(ctx);
	leave(&peer);
}

#endif
