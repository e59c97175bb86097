// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The connection tracer, on the tracepoint of TCP's state changes. It keeps no state of a connection; it sends
 * a record at each step that matters, and user space joins them.
 */
#include "lib/address.bpf.h"
#include "lib/process.bpf.h"
#include "tcp/accept.bpf.h" /* the first program, so that its refusal costs no time */
#include "tcp/mptcp.bpf.h"
#include "tcp/own.bpf.h"
#include "tcp/pass.bpf.h"
#include "tcp/programs.bpf.h"
#include "tcp/sent.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Keeps the wire's types in the object's BTF, which user space compares with its own. */
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
	struct counters counters;
};
const struct wire *wire_types __attribute__((unused));

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
 * The two initial sequence numbers, from any moment of an established connection's life: what was
 * acknowledged and received since then is counted by the same 32-bit arithmetic.
 */
#define LOCAL_ISN(tp) ((tp)->snd_una - (__u32)(tp)->bytes_acked)
#define REMOTE_ISN(tp) ((tp)->rcv_nxt - (__u32)(tp)->bytes_received)

/*
 * A child of a listener is a copy of it, its backlog included; a socket that connects has none. Not so
 * after listen(fd, 0): it is evidence for a connection whose beginning was not seen, no more.
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
	submit(e, EVENT_TCP_OPEN, now);
}

/* Microseconds since the SYN-ACK of a Fast Open child that waits for its acknowledgement; 0: it is none. */
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

/* With early_us: of the child of a Fast Open listener, since its SYN-ACK. */
static __always_inline void tcp_established(struct sock *sk, struct tcp_sock *tp, int oldstate,
					    __u32 early_us)
{
	__u64 now = bpf_ktime_get_boot_ns();
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
	submit(e, EVENT_TCP_ESTABLISHED, now);
}

/*
 * A process that is spawned (vfork, or fork and then exec) inherits the descriptors that its parent has at that
 * moment. If the parent closes a socket before the child is rid of it, the child drops the last reference,
 * although it has never used it. Whose socket it is says its file: it holds the credentials of the thread that
 * called accept() or socket(), which the threads of a process share and a forked process has a copy of
 * (copy_creds). Not told: a forked child that closes by itself; it may have served the connection.
 */
static __noinline bool parent_owns(struct sock *sk, struct owner *owner, __u64 now)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct task_struct *parent = BPF_CORE_READ(task, real_parent);
	struct task_struct *leader = BPF_CORE_READ(parent, group_leader);
	const struct cred *made_by = BPF_CORE_READ(sk, sk_socket, file, f_cred);

	if (!owner || !made_by || made_by != BPF_CORE_READ(parent, cred))
		return false;
	owner->start_time = BPF_CORE_READ(leader, start_boottime);
	owner->tgid = BPF_CORE_READ(parent, tgid);
	owner->tid = BPF_CORE_READ(parent, pid);
	owner->before_exec = 0;
	owner->by_exec = 0;
	announce_probed(leader, parent, owner, now);
	return true;
}

/*
 * As current_owner, of a step that whoever closes a socket takes. That is who drops the last reference to its
 * file, and iter/task_file holds one to each file it visits: what a process closes in that moment is closed by
 * the agent, which says nothing of who had it.
 */
static __always_inline void closing_owner(struct sock *sk, struct owner *owner, __u64 now)
{
	current_owner(owner, now);
	if (owner->by_exec || is_vfork_child())
		parent_owns(sk, owner, now);
	if (is_self(owner->tgid))
		*owner = (struct owner){};
}

static __always_inline void tcp_closing(struct sock *sk, struct tcp_sock *tp, int newstate)
{
	__u64 now = bpf_ktime_get_boot_ns();
	struct tcp_closing_event *e;
	struct owner owner = {};

	if (own_find((__u64)sk, tp))
		return;
	if (!is_subflow(tp))
		closing_owner(sk, &owner, now);
	e = reserve(EVENT_TCP_CLOSING, sizeof(*e));
	if (!e)
		return;
	FILL_HEADER(e, EVENT_TCP_CLOSING, sk, now);
	FILL_OWNER(e, owner);
	e->newstate = newstate;
	e->exit_signal = owner.exit_signal;
	e->before_exec = owner.before_exec;
	e->pad[0] = e->pad[1] = 0;
	e->mptcp_token = e->net_ns = 0;
	submit(e, EVENT_TCP_CLOSING, now);
}

/*
 * A step of the msk itself. To these two only close() and shutdown() take it (mptcp_close_state), in the context
 * of the process; its subflows follow when all data is acknowledged, by the kernel's hand.
 */
static __always_inline void mptcp_closing(struct sock *sk, int newstate)
{
	__u64 now = bpf_ktime_get_boot_ns();
	struct tcp_closing_event *e;
	struct owner owner;
	__u32 token;

	if (newstate != TCP_FIN_WAIT1 && newstate != TCP_LAST_ACK)
		return;
	token = BPF_CORE_READ((struct mptcp_sock *)sk, token);
	if (!token)
		return; /* no MPTCP was asked for: it has fallen back before its SYN */
	closing_owner(sk, &owner, now);
	e = reserve(EVENT_TCP_CLOSING, sizeof(*e));
	if (!e)
		return;
	FILL_HEADER(e, EVENT_TCP_CLOSING, sk, now);
	FILL_OWNER(e, owner);
	e->newstate = newstate;
	e->exit_signal = owner.exit_signal;
	e->before_exec = owner.before_exec;
	e->pad[0] = e->pad[1] = 0;
	e->mptcp_token = token;
	e->net_ns = sk->__sk_common.skc_net.net->ns.inum;
	submit(e, EVENT_TCP_CLOSING, now);
}

/*
 * Straight from an open state to CLOSE without an error: only tcp_close (unread data), tcp_disconnect
 * (SO_LINGER 0, an unaccepted child of a closed listener) and a failed or abandoned connect do that, each
 * in the context of the process. Errors come by softirq or timer.
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

static __always_inline void tcp_close(struct sock *sk, struct tcp_sock *tp, int oldstate)
{
	__u64 now = bpf_ktime_get_boot_ns();
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
	e->fin_received =
		sk->__sk_common.skc_flags >> bpf_core_enum_value(enum sock_flags, SOCK_DONE) & 1;
	e->sk_shutdown = sk->sk_shutdown;
	e->exit_signal = owner.exit_signal;
	e->before_exec = owner.before_exec;
	e->pad[0] = e->pad[1] = 0;
	FILL_SUBFLOW(e, subflow);
	FILL_TUPLE(e, sk, tp);
	submit(e, EVENT_TCP_CLOSE, now);
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
	/* inet_sport is set after this step, and an earlier connection's until then. */
	if (newstate == TCP_LISTEN)
		e->sport = sk->__sk_common.skc_num;
	submit(e, EVENT_TCP_LISTEN, now);
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
	/* Closed by its process before the acknowledgement of its SYN-ACK: it is never ESTABLISHED. */
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

/*
 * The kernel does not run a program while another run of it is in progress on the same CPU (prog->active in
 * __bpf_trace_run). So a softirq that interrupts inet_sock_set_state, running for a process, would lose its step.
 * A second program, stand_in, is attached after it to the same tracepoint and takes the steps for which
 * inet_sock_set_state was not run. inet_sock_set_state leaves a mark for each step that it takes, and stand_in
 * removes it. A step is one call of the tracepoint, which runs one program after the other.
 *
 * Before Linux 7.0 tracepoints run with preemption off, and the mark is one word per CPU: the socket last seen.
 * Softirqs interrupt only while a process owns the socket's lock (sk_lock.owned), they run to their end, and they
 * change no socket that a process owns:
 *
 *   step of     it interrupts         inet_sock_set_state  stand_in
 *   a process   -                     takes the step       finds its mark or, after a softirq in between, the
 *                                                          socket owned: does nothing
 *   a softirq   neither program       takes the step       finds the mark: does nothing
 *   a softirq   stand_in              takes the step       is not run
 *   a softirq   inet_sock_set_state   is not run           finds no mark, or that of the interrupted socket, which
 *                                                          is another one, being owned: takes the step
 *
 * No step is taken twice, and each step of a softirq is taken once. Each step of a socket is under its lock, so its
 * records stay in order.
 *
 * Since Linux 7.0 a process can preempt another within the programs, and can move to another CPU between them.
 * There the marks are a hash map by socket. As steps of a socket exclude each other, its entry exists exactly from
 * inet_sock_set_state to stand_in. A mark that finds no room (too many processes preempted at once) leaves the step
 * to stand_in. The map costs more than the word, which is why older kernels do without it.
 *
 * The rest is counted: a run that the kernel left out (recursion_misses of inet_sock_set_state) and that is not in
 * stood_in was lost. That is a step on top of both programs on one CPU, and one hidden by a mark that stand_in, not
 * run or interrupted after its last look, left behind: per CPU if the next thing there is a softirq that interrupts
 * inet_sock_set_state before its mark, on the same socket; by socket if its next step finds inet_sock_set_state
 * busy.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64); /* the socket whose step inet_sock_set_state has taken; 0: none */
} taken SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64); /* a socket whose step inet_sock_set_state has taken */
	__type(value, __u8);
} taken_preemptibly SEC(".maps");

/*
 * The one question that is asked by version: that tracepoints are preemptible shows in no type. From uname(2), by
 * libbpf, before loading; the verifier removes the branch not taken.
 */
extern int LINUX_KERNEL_VERSION __kconfig;

static __always_inline bool tracepoints_preemptible(void)
{
	return LINUX_KERNEL_VERSION >= KERNEL_VERSION(7, 0, 0);
}

static __always_inline void count_stood_in(int n)
{
	struct counters *c = counters();

	if (c)
		__sync_fetch_and_add(&c->stood_in, n);
}

/* False: no room for the mark; what is not marked stand_in takes, and counts as such. */
static __always_inline bool mark_preemptibly(__u64 sk)
{
	__u8 marked = 1;

	if (!bpf_map_update_elem(&taken_preemptibly, &sk, &marked, BPF_ANY))
		return true;
	count_stood_in(-1); /* the kernel did not leave it out */
	return false;
}

static __always_inline bool is_marked(struct sock *sk)
{
	__u64 address = (__u64)sk, marked;
	__u32 zero = 0;
	__u64 *mark;

	if (tracepoints_preemptible())
		return !bpf_map_delete_elem(&taken_preemptibly, &address);
	mark = bpf_map_lookup_elem(&taken, &zero);
	if (!mark)
		return true;
	marked = *(volatile __u64 *)mark;
	*(volatile __u64 *)mark = 0;
	return marked == address || sk->sk_lock.owned || is_rt();
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(inet_sock_set_state, struct sock *sk, int oldstate, int newstate)
{
	__u32 zero = 0;
	__u64 *mark;

	if (tracepoints_preemptible()) {
		if (!mark_preemptibly((__u64)sk))
			return 0;
	} else {
		mark = bpf_map_lookup_elem(&taken, &zero);
		if (mark)
			*(volatile __u64 *)mark = (__u64)sk;
	}
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
 * The kernel breaks a connection off by itself when data comes for a socket that is closed: by tcp_reset, as if a reset
 * had come, and then it sends one. It tells of resets that come in tcp_reset too, so only this direction tells which.
 * Since Linux 6.8 there need be no socket.
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
	submit(e, EVENT_TCP_RESET, now);
	return 0;
}
