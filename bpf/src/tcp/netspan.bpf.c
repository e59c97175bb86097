// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The connection tracer, on the tracepoint of TCP's state changes. It keeps no state per connection: it sends a record at
 * each step that matters, and user space joins the records.
 */
#include "lib/address.bpf.h"
#include "lib/process.bpf.h"
#include "tcp/accept.bpf.h" /* the first program, so that its refusal costs no time */
#include "tcp/clock.bpf.h"
#include "tcp/closer.bpf.h"
#include "tcp/mptcp.bpf.h"
#include "tcp/own.bpf.h"
#include "tcp/pass.bpf.h"
#include "tcp/programs.bpf.h"
#include "tcp/sent.bpf.h"
#include "tcp/taken.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Keeps the types of the records in the object's BTF, which user space compares with its own layouts. */
struct wire {
	struct process_event process;
	struct tcp_open_event open;
	struct tcp_established_event established;
	struct tcp_closing_event closing;
	struct tcp_close_event close;
	struct tcp_listen_event listen;
	struct tcp_accept_event accept;
	struct tcp_socket_event socket;
	struct tcp_reset_event reset;
	struct cgroup_event cgroup;
	struct tcp_unchanged_event unchanged;
	struct counters counters;
};
const struct wire *wire_types __attribute__((unused));

/* The same for enums. */
struct wire_enums {
	enum netspan_event event;
	enum netspan_failure failure;
	enum netspan_subflow subflow;
	enum netspan_beginning beginning;
	enum netspan_hierarchy hierarchy;
};
const struct wire_enums *wire_enums __attribute__((unused));

#define STATES_THAT_MATTER                                                                         \
	(1U << TCP_ESTABLISHED | 1U << TCP_SYN_SENT | 1U << TCP_FIN_WAIT1 | 1U << TCP_CLOSE |      \
	 1U << TCP_LAST_ACK | 1U << TCP_LISTEN)

/* skc_num is 0 again by the step to CLOSE; inet_sport stays. */
#define FILL_LOCAL(e, sk, tp, v6)                                                                  \
	do {                                                                                       \
		(e)->net_ns = (sk)->__sk_common.skc_net.net->ns.inum;                              \
		(e)->sport = bpf_ntohs((tp)->inet_conn.icsk_inet.inet_sport);                      \
		(e)->family = (v6) ? AF_INET6 : AF_INET;                                           \
		if (v6)                                                                            \
			copy_v6((e)->saddr, &(sk)->__sk_common.skc_v6_rcv_saddr);                  \
		else                                                                               \
			copy_v4((e)->saddr, (sk)->__sk_common.skc_rcv_saddr);                      \
	} while (0)

#define FILL_TUPLE(e, sk, tp)                                                                      \
	do {                                                                                       \
		bool v6 = speaks_v6(sk);                                                           \
                                                                                                   \
		FILL_LOCAL(e, sk, tp, v6);                                                         \
		(e)->dport = bpf_ntohs((sk)->__sk_common.skc_dport);                               \
		if (v6)                                                                            \
			copy_v6((e)->daddr, &(sk)->__sk_common.skc_v6_daddr);                      \
		else                                                                               \
			copy_v4((e)->daddr, (sk)->__sk_common.skc_daddr);                          \
	} while (0)

/*
 * The two initial sequence numbers, at any moment of an established connection's life: the bytes acknowledged and
 * received since then are counted by the same 32-bit arithmetic.
 */
#define LOCAL_ISN(tp) ((tp)->snd_una - (__u32)(tp)->bytes_acked)
#define REMOTE_ISN(tp) ((tp)->rcv_nxt - (__u32)(tp)->bytes_received)

/*
 * A child of a listener is a copy of it, its backlog included; a socket that connects has no backlog, and neither has a
 * child after listen(fd, 0). So this is evidence only, for connections whose beginning was not seen.
 */
static __always_inline __u8 accepted(struct sock *sk)
{
	return sk->sk_max_ack_backlog != 0;
}

static __always_inline void tcp_open(struct sock *sk, struct tcp_sock *tp)
{
	__u64 now = bpf_ktime_get_boot_ns();
	struct tcp_open_event *e;
	struct subflow subflow = {};
	struct owner owner = {};

	if (own_opened(sk, tp))
		return;
	subflow_of(&subflow, tp);
	if (subflow.kind != SUBFLOW_JOIN)
		current_owner(&owner, now);
	e = reserve(EVENT_TCP_OPEN, sizeof(*e));
	if (!e)
		return;
	FILL_HEADER(e, EVENT_TCP_OPEN, sk, now);
	FILL_OWNER(e, owner);
	e->pad = 0;
	e->rtt_min_us = tp->rtt_min.s[0].v;
	FILL_SUBFLOW(e, subflow);
	FILL_TUPLE(e, sk, tp);
	/* A socket that connects again has its last connection's port in inet_sport until one is chosen. */
	e->sport = sk->__sk_common.skc_num;
	submit(e, now);
}

/* Microseconds since the SYN-ACK of a Fast Open child whose handshake is not over; 0: it is no such child. */
static __always_inline __u32 synack_age_us(struct tcp_sock *tp)
{
	struct tcp_request_sock *request = (void *)BPF_CORE_READ(tp, fastopen_rsk);
	__u64 sent_us, age_us;

	if (!request)
		return 0;
	sent_us = BPF_CORE_READ(request, snt_synack);
	age_us = bpf_ktime_get_ns() / 1000 - sent_us;
	return !sent_us || age_us >> 28 ? 1 : age_us + 1;
}

static __always_inline __u8 beginning(struct sock *sk, struct tcp_sock *tp, int oldstate)
{
	if (oldstate == TCP_SYN_SENT && BPF_CORE_READ_BITFIELD(tp, repair))
		return BEGAN_RESTORED;
	return accepted(sk) ? BEGAN_ACCEPTED : BEGAN_CONNECTED;
}

/* early_us: microseconds since the SYN-ACK, of a Fast Open child whose handshake is not over; 0 otherwise. */
static __always_inline void tcp_established(struct sock *sk, struct tcp_sock *tp, int oldstate,
					    __u32 early_us)
{
	__u64 now = early_us ? bpf_ktime_get_boot_ns() : segment_ns(tp);
	__u32 local = LOCAL_ISN(tp), remote = REMOTE_ISN(tp);
	bool client = oldstate == TCP_SYN_SENT;
	struct tcp_established_event *e;
	struct subflow subflow = {};
	__u64 pair;

	pair = client ? (__u64)local << 32 | (remote - 1) : (__u64)(remote - 1) << 32 | (local - 1);
	if (own_established(sk, tp, pair, client))
		return;
	subflow_of(&subflow, tp);
	e = reserve(EVENT_TCP_ESTABLISHED, sizeof(*e));
	if (!e)
		return;
	FILL_HEADER(e, EVENT_TCP_ESTABLISHED, sk, now);
	e->local_isn = local;
	e->remote_isn = remote;
	e->srtt_us = early_us ? early_us << 3 : tp->srtt_us;
	e->total_retrans = tp->total_retrans;
	e->oldstate = oldstate;
	e->beginning = early_us ? BEGAN_EARLY : beginning(sk, tp, oldstate);
	e->device = sk->__sk_common.skc_bound_dev_if;
	FILL_SUBFLOW(e, subflow);
	FILL_TUPLE(e, sk, tp);
	submit(e, now);
}

/* token and net_ns: of an MPTCP connection that closes as a whole; 0: a TCP socket. */
static __always_inline void send_closing(struct sock *sk, struct owner *owner, int newstate,
					 __u32 token, __u32 net_ns, __u64 now)
{
	struct tcp_closing_event *e = reserve(EVENT_TCP_CLOSING, sizeof(*e));

	if (!e)
		return;
	FILL_HEADER(e, EVENT_TCP_CLOSING, sk, now);
	FILL_OWNER(e, *owner);
	e->newstate = newstate;
	e->exit_signal = owner->exit_signal;
	e->before_exec = owner->before_exec;
	e->pad[0] = e->pad[1] = 0;
	e->mptcp_token = token;
	e->net_ns = net_ns;
	submit(e, now);
}

static __always_inline void tcp_closing(struct sock *sk, struct tcp_sock *tp, int newstate)
{
	__u64 now = segment_ns(tp);
	struct owner owner = {};

	if (own_find((__u64)sk, tp))
		return;
	if (!is_subflow(tp))
		closing_owner(sk, &owner, now);
	send_closing(sk, &owner, newstate, 0, 0, now);
}

/*
 * A step of the msk itself. Only close() and shutdown() take it to these two states (mptcp_close_state), in the context
 * of the process. The kernel closes its subflows later, when all data is acknowledged.
 */
static __always_inline void mptcp_closing(struct sock *sk, int newstate)
{
	__u64 now = bpf_ktime_get_boot_ns();
	struct owner owner;
	__u32 token;

	if (newstate != TCP_FIN_WAIT1 && newstate != TCP_LAST_ACK)
		return;
	token = BPF_CORE_READ((struct mptcp_sock *)sk, token);
	if (!token)
		return; /* it has fallen back to TCP before its SYN */
	closing_owner(sk, &owner, now);
	send_closing(sk, &owner, newstate, token, sk->__sk_common.skc_net.net->ns.inum, now);
}

/*
 * A step from an open state to CLOSE without an error is taken by tcp_close (unread data), tcp_disconnect (SO_LINGER 0, an
 * unaccepted child of a closed listener) and a failed or abandoned connect, each in the context of the process. Steps with
 * an error are taken by a softirq or a timer.
 */
static __always_inline bool closed_by_process(struct sock *sk, struct tcp_sock *tp, int oldstate)
{
	return (!sk->sk_err || is_pending(sk, oldstate)) &&
	       (oldstate == TCP_ESTABLISHED || oldstate == TCP_CLOSE_WAIT ||
		oldstate == TCP_SYN_SENT) &&
	       (!is_subflow(tp) || is_whole_closed(tp));
}

static __always_inline void fill_totals(struct tcp_close_event *e, struct tcp_sock *tp,
					int oldstate)
{
	e->bytes_sent = tp->bytes_sent;
	e->bytes_retrans = tp->bytes_retrans;
	e->bytes_acked = tp->bytes_acked;
	e->bytes_received = tp->bytes_received;
	e->local_isn = LOCAL_ISN(tp);
	e->remote_isn = REMOTE_ISN(tp);
	e->srtt_us = tp->srtt_us;
	e->rtt_min_us = tp->rtt_min.s[0].v;
	e->total_retrans = tp->total_retrans;
	e->segs_in = tp->segs_in;
	e->segs_out = tp->segs_out;
	e->unacked = tp->snd_nxt - tp->snd_una;
	e->fin_sent = is_fin_sent(oldstate, tp->snd_nxt, tp->write_seq);
	e->repair = BPF_CORE_READ_BITFIELD(tp, repair);
}

/* SOCK_DONE: a FIN has been received. */
static __always_inline bool is_done(struct sock *sk)
{
	return sk->__sk_common.skc_flags >> bpf_core_enum_value(enum sock_flags, SOCK_DONE) & 1;
}

/*
 * Both sides have closed: the last acknowledgement has come, or the other side's FIN (a FIN that comes in FIN_WAIT2 takes
 * the socket out of it at once). A process takes no such step.
 */
static __always_inline bool closed_by_segment(struct sock *sk, int oldstate)
{
	return !sk->sk_err &&
	       (oldstate == TCP_LAST_ACK || (oldstate == TCP_FIN_WAIT2 && is_done(sk)));
}

static __always_inline void tcp_close(struct sock *sk, struct tcp_sock *tp, int oldstate)
{
	__u64 now = closed_by_segment(sk, oldstate) ? segment_ns(tp) : bpf_ktime_get_boot_ns();
	struct owner owner = {};
	struct subflow subflow = {};
	struct tcp_close_event *e;

	if (own_closed(sk, tp))
		return;
	if (closed_by_process(sk, tp, oldstate))
		closing_owner(sk, &owner, now);
	subflow_of(&subflow, tp);
	e = reserve(EVENT_TCP_CLOSE, sizeof(*e));
	if (!e)
		return;
	FILL_HEADER(e, EVENT_TCP_CLOSE, sk, now);
	FILL_OWNER(e, owner);
	fill_totals(e, tp, oldstate);
	e->sk_err = sk->sk_err;
	e->sk_err_soft = sk->sk_err_soft;
	e->oldstate = oldstate;
	e->accepted = accepted(sk);
	e->fin_received = is_done(sk);
	e->sk_shutdown = sk->sk_shutdown;
	e->exit_signal = owner.exit_signal;
	e->before_exec = owner.before_exec;
	e->pad[0] = e->pad[1] = 0;
	FILL_SUBFLOW(e, subflow);
	FILL_TUPLE(e, sk, tp);
	submit(e, now);
}

static __always_inline void tcp_listen(struct sock *sk, struct tcp_sock *tp, int newstate)
{
	__u64 now = bpf_ktime_get_boot_ns();
	struct tcp_listen_event *e;
	struct owner owner;

	current_owner(&owner, now);
	e = reserve(EVENT_TCP_LISTEN, sizeof(*e));
	if (!e)
		return;
	FILL_HEADER(e, EVENT_TCP_LISTEN, sk, now);
	FILL_OWNER(e, owner);
	e->newstate = newstate;
	e->v6_only = BPF_CORE_READ_BITFIELD(sk, __sk_common.skc_ipv6only);
	e->pad[0] = e->pad[1] = 0;
	e->device = sk->__sk_common.skc_bound_dev_if;
	FILL_LOCAL(e, sk, tp, sk->__sk_common.skc_family == AF_INET6 && has_ipv6(sk));
	/* inet_sport is set after this step; until then it is that of an earlier connection. */
	if (newstate == TCP_LISTEN)
		e->sport = sk->__sk_common.skc_num;
	submit_urgent(e, now);
}

static __always_inline void step(struct sock *sk, int oldstate, int newstate)
{
	struct tcp_sock *tp;
	__u32 early_us = 0;

	if (!(1U << (newstate & 31) & STATES_THAT_MATTER) || oldstate == newstate)
		return;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp) {
		if (has_mptcp() && sk->sk_protocol == IPPROTO_MPTCP)
			mptcp_closing(sk, newstate);
		else
			count_failure(FAILURE_NOT_TCP);
		return;
	}
	/* A Fast Open child that its process closes before the handshake is over is never ESTABLISHED. */
	if (oldstate == TCP_SYN_RECV && newstate != TCP_ESTABLISHED)
		early_us = synack_age_us(tp);
	if (newstate == TCP_ESTABLISHED || early_us)
		tcp_established(sk, tp, oldstate, early_us);
	switch (newstate) {
	case TCP_SYN_SENT:
		tcp_open(sk, tp);
		break;
	case TCP_FIN_WAIT1:
	case TCP_LAST_ACK:
		tcp_closing(sk, tp, newstate);
		break;
	case TCP_CLOSE:
		if (oldstate == TCP_LISTEN)
			tcp_listen(sk, tp, newstate);
		else
			tcp_close(sk, tp, oldstate);
		break;
	case TCP_LISTEN:
		tcp_listen(sk, tp, newstate);
		break;
	}
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(inet_sock_set_state, struct sock *sk, int oldstate, int newstate)
{
	if (mark_step(sk))
		step(sk, oldstate, newstate);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(stand_in, struct sock *sk, int oldstate, int newstate)
{
	if (is_marked(sk))
		return 0;
	count_stood_in(1);
	step(sk, oldstate, newstate);
	return 0;
}

/*
 * When data arrives for a socket that its process has closed, the kernel itself breaks the connection off: it calls
 * tcp_reset, as for a reset that arrives, and then sends one. Only the reset that is sent tells the two apart. Since Linux
 * 6.8 the tracepoint is also called without a socket.
 */
SEC("tp_btf/tcp_send_reset")
int BPF_PROG(reset_sent, struct sock *sk)
{
	__u64 now = bpf_ktime_get_boot_ns();
	struct tcp_reset_event *e;

	if (!sk || sk->__sk_common.skc_state != TCP_CLOSE ||
	    (sk->sk_err != ECONNRESET && sk->sk_err != EPIPE))
		return 0;
	e = reserve(EVENT_TCP_RESET, sizeof(*e));
	if (!e)
		return 0;
	FILL_HEADER(e, EVENT_TCP_RESET, sk, now);
	submit(e, now);
	return 0;
}
