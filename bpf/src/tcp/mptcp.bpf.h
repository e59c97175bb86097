/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * MPTCP. A process has the descriptor of one socket (struct mptcp_sock, "msk"); the connections on the network are the
 * TCP sockets below it, its subflows. connect() or accept() opens the first one. The kernel joins and closes the others,
 * in a workqueue, in softirq, or in the context of a process that changes MPTCP endpoints over netlink. So "current" is
 * not a subflow's owner; the steps of the msk give it.
 *
 * Each subflow has a mptcp_subflow_context in icsk_ulp_data. It is freed after an RCU grace period, as the sockets are:
 * what bpf_probe_read_kernel reads here can be out of date, but never belongs to another socket.
 */
#ifndef NETSPAN_MPTCP_H
#define NETSPAN_MPTCP_H

#include "lib/core_fixes.bpf.h"
#include "lib/events.h"

/* The kernel's path manager makes up to 8 subflows beyond the first; one in user space has no limit. */
#define MOST_SUBFLOWS 16

struct subflow {
	__u32 token;
	__u8 kind;
};

#define FILL_SUBFLOW(e, subflow)                                                                   \
	do {                                                                                       \
		(e)->mptcp_token = (subflow).token;                                                \
		(e)->mptcp_subflow = (subflow).kind;                                               \
		(e)->mptcp_pad[0] = (e)->mptcp_pad[1] = (e)->mptcp_pad[2] = 0;                     \
	} while (0)

/* Whether the kernel has MPTCP (CONFIG_MPTCP). */
static __always_inline bool has_mptcp(void)
{
	return bpf_core_type_exists(struct mptcp_subflow_context);
}

/* For a socket that the verifier trusts. is_mptcp is read as a bit field, in case a kernel makes it one. */
static __always_inline bool is_subflow(struct tcp_sock *tp)
{
	return has_mptcp() && BPF_CORE_READ_BITFIELD(tp, is_mptcp);
}

static __always_inline bool is_subflow_unlocked(struct tcp_sock *tp)
{
	return has_mptcp() && BPF_CORE_READ_BITFIELD_PROBED(tp, is_mptcp);
}

/*
 * mp_capable and mp_join are set once the other end has agreed: on a client after its step to ESTABLISHED
 * (subflow_finish_connect), on a server before. A client that joins has no token of its own in the context, and
 * the msk loses its own when it is destroyed, which can be before its subflows end.
 */
static __noinline void read_subflow(struct subflow *to, struct mptcp_subflow_context *context)
{
	struct mptcp_sock *msk = (void *)BPF_CORE_READ(context, conn);

	to->token = BPF_CORE_READ(context, token);
	if (!to->token)
		to->token = BPF_CORE_READ(msk, token);
	to->kind = SUBFLOW_NONE;
	if (BPF_CORE_READ_BITFIELD_PROBED(context, mp_join) ||
	    BPF_CORE_READ_BITFIELD_PROBED(context, request_join))
		to->kind = SUBFLOW_JOIN;
	else if (BPF_CORE_READ_BITFIELD_PROBED(context, mp_capable))
		to->kind = SUBFLOW_MASTER;
}

static __always_inline void subflow_of(struct subflow *to, struct tcp_sock *tp)
{
	if (is_subflow(tp))
		read_subflow(to, tp->inet_conn.icsk_ulp_data);
}

/* Whether the process has closed the whole MPTCP connection, and not only this subflow. */
static __always_inline bool is_whole_closed(struct tcp_sock *tp)
{
	struct mptcp_subflow_context *context = tp->inet_conn.icsk_ulp_data;

	return BPF_CORE_READ(context, conn, __sk_common.skc_state) == TCP_CLOSE;
}

#endif
