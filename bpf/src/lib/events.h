/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The wire: what the kernel side sends to user space. Each record starts with the same header. Only types
 * of fixed width, explicit padding, members in the machine's byte order but for addresses. The Java side
 * declares the same layouts (io.netspan.receiver.wire) and compares them with this object's BTF, member
 * by member, in a test and at each start. The records that have the connection's addresses have them at the
 * same offsets (down to dport).
 *
 * Addresses are in network byte order, IPv4 in the first four bytes; a v4-mapped IPv6 address is sent as
 * IPv4. Ports are numbers, not big-endian. Times are CLOCK_BOOTTIME nanoseconds unless named otherwise.
 */
#ifndef NETSPAN_EVENTS_H
#define NETSPAN_EVENTS_H

#ifdef __bpf__
#include "lib/kernel.h"
#else
#include <linux/types.h>
#endif

enum netspan_event {
	EVENT_PROCESS = 1,
	EVENT_TCP_OPEN = 2,
	EVENT_TCP_ESTABLISHED = 3,
	EVENT_TCP_CLOSING = 4,
	EVENT_TCP_CLOSE = 5,
	EVENT_TCP_LISTEN = 6,
	EVENT_TCP_ACCEPT = 7,
	EVENT_TCP_SOCKET = 8, /* never in the ring: what a pass finds, read from its iterator */
	EVENT_TCP_RESET = 9,
	EVENT_CGROUP = 10,
	EVENT_TCP_UNCHANGED = 11, /* as EVENT_TCP_SOCKET */
	EVENT_COUNT = 12,	  /* as the size of an array by type; type 0 is never used */
};

/* Why something could not be done; the index into counters.failed. */
enum netspan_failure {
	FAILURE_ANNOUNCED_UPDATE = 0, /* the process will be announced again */
	FAILURE_OWN_UPDATE = 1,	      /* a connection of the agent will be seen */
	FAILURE_NOT_TCP = 2,	      /* the tracepoint's socket is no full TCP socket */
	FAILURE_SUBFLOWS = 3,	   /* an MPTCP connection has more subflows than a pass follows */
	FAILURE_CGROUP_UPDATE = 4, /* the cgroups will be described again */
	FAILURE_CGROUP_CUT = 5,	   /* a cgroup's path is longer than its record */
	FAILURE_COUNT = 6,
};

/* What a TCP socket is to an MPTCP connection. */
enum netspan_subflow {
	SUBFLOW_NONE = 0,   /* nothing, or it is not agreed on yet */
	SUBFLOW_MASTER = 1, /* the first subflow: MP_CAPABLE */
	SUBFLOW_JOIN = 2,   /* a further one: MP_JOIN */
};

/* How a connection came to be established. */
enum netspan_beginning {
	BEGAN_CONNECTED = 0, /* by connect(), or with a listener that has no backlog */
	BEGAN_ACCEPTED = 1,  /* the socket is a listener's child by sk_max_ack_backlog */
	BEGAN_EARLY =
		2, /* a Fast Open listener's child that is closed before its handshake is over */
	BEGAN_RESTORED = 3, /* by TCP_REPAIR: no SYN was sent */
};

/*
 * A process, sent when it first opens, serves or closes a connection, and again when it has executed another
 * program, or has another user, cgroup or name. Names are what the kernel has: NUL-terminated, cut, any byte
 * but NUL.
 *
 * Its origin is the process that executed the program which this one runs since it was forked, itself if it
 * has executed it; tgid 0: not known.
 */
struct process_event {
	__u32 type;
	__u32 size;
	__u64 ktime_ns;
	__u64 start_time; /* of the thread group's leader, CLOCK_BOOTTIME, ns */
	__u64 parent_start_time;
	__u64 cgroups; /* those it is in, as in their cgroup_events, which come before */
	__u32 tgid;
	__u32 parent_tgid;
	__u32 uid;
	__u32 pid_ns; /* inodes */
	__u32 net_ns;
	__u32 exec_id; /* counts its execs, and its parent's before it */
	__u64 origin_start_time;
	__u32 origin_tgid;
	__u32 origin_exec_id;
	char comm[16];
	char exe[64]; /* base name of the executable's file */
};
_Static_assert(sizeof(struct process_event) == 80 + 16 + 64, "process_event");

/* The kind of hierarchy that a cgroup is in. */
enum netspan_hierarchy {
	HIERARCHY_UNIFIED = 0,	   /* version 2 */
	HIERARCHY_NAMED = 1,	   /* version 1 without controllers: systemd's */
	HIERARCHY_CONTROLLERS = 2, /* version 1 */
};

/*
 * The path of a cgroup that a process is in, sent before the first process in the same cgroups is described. There is one
 * for each hierarchy in which the path is another one, and none for roots.
 */
struct cgroup_event {
	__u32 type;
	__u32 size;
	__u64 ktime_ns;
	__u64 cgroups;
	__u32 hierarchy;  /* enum netspan_hierarchy */
	__u32 path_bytes; /* of path that are used */
	char path[2048];  /* names from the leaf upwards, each with a NUL; the root's is left out */
};
_Static_assert(sizeof(struct cgroup_event) == 32 + 2048, "cgroup_event");

/* A step from CLOSE to SYN_SENT, in the context of the thread that connects. */
struct tcp_open_event {
	__u32 type;
	__u32 size;
	__u64 ktime_ns;
	__u64 sk; /* the socket's address: joins the records of one socket, never leaves the process */
	__u8 saddr[16];
	__u8 daddr[16];
	__u32 net_ns;
	__u16 family;
	__u16 sport; /* 0: not chosen yet */
	__u16 dport;
	__u16 pad;
	__u32 rtt_min_us; /* an earlier connection's of the socket, which disconnecting keeps; ~0: none */
	__u64 start_time; /* with tgid the key of a process_event */
	__u32 tgid;
	__u32 tid;
	__u32 mptcp_token;  /* this side's token of the MPTCP connection; 0: plain TCP */
	__u8 mptcp_subflow; /* enum netspan_subflow */
	__u8 mptcp_pad[3];
};
_Static_assert(sizeof(struct tcp_open_event) == 96, "tcp_open_event");

/* A step to ESTABLISHED, mostly in softirq: on whose thread says nothing. */
struct tcp_established_event {
	__u32 type;
	__u32 size;
	__u64 ktime_ns;
	__u64 sk; /* the socket's address: joins the records of one socket, never leaves the process */
	__u8 saddr[16];
	__u8 daddr[16];
	__u32 net_ns;
	__u16 family;
	__u16 sport; /* 0: not chosen yet */
	__u16 dport;
	__u8 oldstate;
	__u8 beginning;	  /* enum netspan_beginning */
	__u32 local_isn;  /* snd_una - bytes_acked */
	__u32 remote_isn; /* rcv_nxt - bytes_received */
	__u32 srtt_us; /* the kernel's unit: eighths of a microsecond; 0: not measured; BEGAN_EARLY: since the SYN-ACK */
	__u32 total_retrans;
	__u32 device; /* index of the network device that it is bound to, as its listener is; 0: none */
	__u32 mptcp_token;  /* this side's token of the MPTCP connection; 0: plain TCP */
	__u8 mptcp_subflow; /* enum netspan_subflow */
	__u8 mptcp_pad[3];
};
_Static_assert(sizeof(struct tcp_established_event) == 96, "tcp_established_event");

/*
 * The first step of our side's close, in the context of the process that closes or shuts down. Its time is that of the last
 * segment if that was in the same jiffy.
 */
struct tcp_closing_event {
	__u32 type;
	__u32 size;
	__u64 ktime_ns;
	__u64 sk;
	__u64 start_time;
	__u32 tgid; /* 0: closed on behalf of nobody (a kernel thread) */
	__u32 tid;
	__u32 newstate;
	__u8 exit_signal; /* that the process is dying of; 0: it lives, or exits by itself */
	__u8 before_exec; /* closed by an exec: by the program before it, of the one announced last */
	__u8 pad[2];
	__u32 mptcp_token; /* not 0: sk is no TCP socket, but the MPTCP connection's, of all its subflows */
	__u32 net_ns; /* with it; else 0 */
};
_Static_assert(sizeof(struct tcp_closing_event) == 56, "tcp_closing_event");

/*
 * A step to CLOSE: the end of a connection, also where it goes on as TIME_WAIT. The counters are those of
 * struct tcp_sock, untouched: bytes_acked counts our SYN and FIN, bytes_received a received FIN; bytes_sent and
 * not bytes_retrans counts again what the stack refused to send and the timer tries again.
 */
struct tcp_close_event {
	__u32 type;
	__u32 size;
	__u64 ktime_ns;
	__u64 sk; /* the socket's address: joins the records of one socket, never leaves the process */
	__u8 saddr[16];
	__u8 daddr[16];
	__u32 net_ns;
	__u16 family;
	__u16 sport; /* 0: not chosen yet */
	__u16 dport;
	__u16 sk_err;
	__u8 oldstate;
	__u8 accepted;
	__u8 fin_received; /* SOCK_DONE */
	__u8 sk_shutdown;  /* RCV_SHUTDOWN 1, SEND_SHUTDOWN 2 */
	__u64 start_time; /* as in tcp_closing_event, where a process ended the connection at once */
	__u64 bytes_sent;
	__u64 bytes_retrans;
	__u64 bytes_acked;
	__u64 bytes_received;
	__u32 tgid;
	__u32 tid;
	__u32 local_isn;
	__u32 remote_isn;
	__u32 srtt_us;
	__u32 rtt_min_us; /* microseconds; ~0: none */
	__u32 total_retrans;
	__u32 segs_in;
	__u32 segs_out;
	__u32 unacked; /* snd_nxt - snd_una: sent, our SYN and FIN included, and not acknowledged */
	__u16 sk_err_soft;
	__u8 exit_signal; /* as in tcp_closing_event */
	__u8 before_exec; /* as in tcp_closing_event */
	__u8 fin_sent;	  /* our FIN is in bytes_acked or unacked */
	__u8 repair; /* TCP_REPAIR was on: the connection goes on elsewhere, and no segment was sent */
	__u8 pad[2];
	__u32 mptcp_token;  /* this side's token of the MPTCP connection; 0: plain TCP */
	__u8 mptcp_subflow; /* enum netspan_subflow */
	__u8 mptcp_pad[3];
};
_Static_assert(sizeof(struct tcp_close_event) == 168, "tcp_close_event");

/* accept() has returned this socket, in the context of the thread that called it. */
struct tcp_accept_event {
	__u32 type;
	__u32 size;
	__u64 ktime_ns;
	__u64 sk;
	__u64 start_time;
	__u32 tgid;
	__u32 tid;
};
_Static_assert(sizeof(struct tcp_accept_event) == 40, "tcp_accept_event");

/*
 * A socket as a pass finds it, read without its lock: two members that the kernel changes together can be of
 * two moments. Found by a descriptor of the process, or (tgid 0) asked for by address.
 */
struct tcp_socket_event {
	__u32 type;
	__u32 size;
	__u64 ktime_ns; /* before the socket was read */
	__u64 sk;
	__u8 saddr[16];
	__u8 daddr[16];
	__u32 net_ns;
	__u16 family;
	__u16 sport;
	__u16 dport; /* 0: a listener's */
	__u16 sk_err;
	__u8 state;
	__u8 accepted;
	__u8 fin_received;
	__u8 sk_shutdown;
	__u64 start_time;
	__u64 bytes_sent;
	__u64 bytes_retrans;
	__u64 bytes_acked;
	__u64 bytes_received;
	__u32 tgid;
	__u32 fd;
	__u32 local_isn;
	__u32 remote_isn;
	__u32 srtt_us;
	__u32 rtt_min_us;
	__u32 total_retrans;
	__u32 segs_in;
	__u32 segs_out;
	__u32 device;  /* as in tcp_established_event */
	__u32 unacked; /* as in tcp_close_event */
	__u8 v6_only;  /* a listener's: it accepts no IPv4 */
	__u8 fin_sent; /* as in tcp_close_event */
	__u8 steady;   /* what was sent and acknowledged was the same a moment later */
	__u8 pad;
	__u32 jiffies; /* when the socket was read */
	__u32 quiet_jiffies; /* since payload was last sent or received, or since the connection was established */
	__u32 mptcp_token;  /* this side's token of the MPTCP connection; 0: plain TCP */
	__u8 mptcp_subflow; /* enum netspan_subflow */
	__u8 mptcp_pad[3];
};
_Static_assert(sizeof(struct tcp_socket_event) == 176, "tcp_socket_event");

/* A descriptor of a connection on which nothing has happened since the pass before. */
struct tcp_unchanged_event {
	__u32 type;
	__u32 size;
	__u64 ktime_ns; /* when the pass began */
	__u64 sk;
	__u64 start_time;
	__u32 tgid;
	__u8 state;
	__u8 pad[3];
};
_Static_assert(sizeof(struct tcp_unchanged_event) == 40, "tcp_unchanged_event");

/*
 * A reset was sent from a socket that had been closed by an error: not the other end broke the connection off, this
 * kernel did. Comes after the tcp_close_event, of the same softirq.
 */
struct tcp_reset_event {
	__u32 type;
	__u32 size;
	__u64 ktime_ns;
	__u64 sk;
};
_Static_assert(sizeof(struct tcp_reset_event) == 24, "tcp_reset_event");

/* A step to LISTEN or from it, in the context of the process that listens. */
struct tcp_listen_event {
	__u32 type;
	__u32 size;
	__u64 ktime_ns;
	__u64 sk;
	__u64 start_time;
	__u32 tgid;
	__u32 tid;
	__u32 net_ns;
	__u16 family;
	__u16 sport; /* 0: the kernel has yet to choose it */
	__u8 newstate;
	__u8 v6_only;
	__u8 pad[2];
	__u32 device;
	__u8 saddr[16];
};
_Static_assert(sizeof(struct tcp_listen_event) == 72, "tcp_listen_event");

/* One per CPU, read and added up by user space. */
struct counters {
	__u64 lost[EVENT_COUNT]; /* by type: the ring was full */
	__u64 failed[FAILURE_COUNT];
	__u64 stood_in; /* runs of inet_sock_set_state that the kernel left out, made up for */
};

#endif
