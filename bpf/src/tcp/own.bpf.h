/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The agent's own connections are left out. Its socket is marked when it connects; the other end, a backend on this
 * machine, is recognized by the identity pair that both ends share.
 */
#ifndef NETSPAN_OWN_H
#define NETSPAN_OWN_H

#include "lib/emit.bpf.h"
#include "lib/self.bpf.h"

struct own_connection {
	__u64 pair; /* 0: not established */
	__u32 port; /* of the server, host byte order */
	__u32 pad;
};

/* Key: a socket's address, or an identity pair. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct own_connection);
} own SEC(".maps");

/*
 * The number of keys by the low byte of the server's port, which spares nearly all other connections the look-up. (The
 * verifier allows no arithmetic on the socket's address.)
 */
static __u32 own_ports[256];

static __always_inline bool own_port(__u16 port)
{
	return *(volatile __u32 *)&own_ports[port & 255] != 0;
}

static __always_inline struct own_connection *own_find(__u64 key, struct tcp_sock *tp)
{
	__u16 sport = bpf_ntohs(tp->inet_conn.icsk_inet.inet_sport);
	__u16 dport = bpf_ntohs(tp->inet_conn.icsk_inet.sk.__sk_common.skc_dport);

	if (!own_port(sport) && !own_port(dport))
		return NULL;
	return bpf_map_lookup_elem(&own, &key);
}

/* For callers that do not have the ports at hand. */
static __always_inline bool own_known(__u64 key)
{
	return bpf_map_lookup_elem(&own, &key) != NULL;
}

static __always_inline void own_add(__u64 key, __u64 pair, __u16 port)
{
	struct own_connection value = { .pair = pair, .port = port };

	/* Raised first: a look-up on another CPU must not skip a key that is there. */
	__sync_fetch_and_add(&own_ports[port & 255], 1);
	if (bpf_map_update_elem(&own, &key, &value, BPF_ANY)) {
		__sync_fetch_and_add(&own_ports[port & 255], -1);
		count_failure(FAILURE_OWN_UPDATE);
	}
}

static __always_inline void own_remove(__u64 key, __u16 port)
{
	if (!bpf_map_delete_elem(&own, &key))
		__sync_fetch_and_add(&own_ports[port & 255], -1);
}

/* A socket of the agent connects. */
static __always_inline bool own_opened(struct sock *sk, struct tcp_sock *tp)
{
	if (!is_left_out(bpf_get_current_pid_tgid() >> 32))
		return false;
	if (!own_find((__u64)sk, tp))
		own_add((__u64)sk, 0, bpf_ntohs(sk->__sk_common.skc_dport));
	return true;
}

static __always_inline bool own_established(struct sock *sk, struct tcp_sock *tp, __u64 pair,
					    bool client)
{
	struct own_connection *known;

	if (client) {
		known = own_find((__u64)sk, tp);
		if (!known)
			return false;
		known->pair = pair;
		own_add(pair, pair, known->port);
		return true;
	}
	known = own_find(pair, tp);
	if (!known)
		return false;
	own_add((__u64)sk, pair, known->port);
	return true;
}

static __always_inline bool own_closed(struct sock *sk, struct tcp_sock *tp)
{
	struct own_connection *known = own_find((__u64)sk, tp);
	__u64 pair;
	__u16 port;

	if (!known)
		return false;
	pair = known->pair;
	port = known->port;
	own_remove((__u64)sk, port);
	if (pair)
		own_remove(pair, port);
	return true;
}

#endif
