/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * UDP flows, counted in maps that user space reads at an interval. The rules of events.h hold: fixed widths,
 * explicit padding, addresses in network byte order (IPv4, also v4-mapped, in the first four bytes), ports as
 * numbers, CLOCK_BOOTTIME nanoseconds. The Java side declares the same layouts (io.netspan.receiver.wire)
 * and compares them with udp.bpf.o's BTF.
 */
#ifndef NETSPAN_FLOWS_H
#define NETSPAN_FLOWS_H

#ifdef __bpf__
#include "lib/kernel.h"
#else
#include <linux/types.h>
#endif

enum udp_peer {
	PEER_KNOWN = 0,
	PEER_UNKNOWN = 1, /* recv() without room for an address, or no hook saw the address */
	PEER_OTHERS = 2,  /* all peers for which there was no room; address and port are 0 */
};

struct udp_flow_key {
	__u64 socket; /* its cookie: never given to another socket, unlike its address */
	__u8 peer[16];
	__u16 port;
	__u8 family;
	__u8 kind; /* enum udp_peer */
	__u32 pad;
};
_Static_assert(sizeof(struct udp_flow_key) == 32, "udp_flow_key");

#define FLOW_SENT_FIRST 1
#define FLOW_CONNECTED 2 /* when the flow began */
#define FLOW_BOUND 4	 /* to a port that the program chose, not the kernel */
#define FLOW_OWN 8	 /* the agent's */

/*
 * An exchange is a datagram in the direction of the first one (the question), and the next one in the other
 * (the answer); of several questions in a row the last counts.
 */
struct udp_flow {
	__u64 last_ns;
	__u64 bytes_sent; /* payload */
	__u64 bytes_received;
	__u64 datagrams_sent; /* successful calls: one with UDP_SEGMENT, or of a corked series, is one */
	__u64 datagrams_received;
	__u64 asked_ns; /* 0: answered */
	__u64 exchanges;
	__u64 exchange_sum_ns;
	__u64 exchange_max_ns;
	__u64 id; /* random, never 0 */
	__u64 first_ns;
	__u64 start_time; /* of the process that began the flow, as in process_event */
	__u32 tgid;	  /* 0: a kernel thread */
	__u32 tid;
	__u32 net_ns;
	__u32 errors;	/* calls that failed because of the network, an ICMP message mostly */
	__u8 saddr[16]; /* 0: any */
	__u16 sport;
	__u16 error; /* errno of the last of them */
	__u8 flags;
	__u8 pad[3];
};
_Static_assert(sizeof(struct udp_flow) == 136, "udp_flow");

struct udp_socket {
	__u64 first_ns;
	__u32 flows; /* in the map now, or about to be added */
	__u32 closed;
};
_Static_assert(sizeof(struct udp_socket) == 16, "udp_socket");

/* One per CPU. In datagrams and failed calls alike, but for lost_bytes. */
struct udp_tallies {
	__u64 socket_full; /* in the flow of the others, since the socket had as many flows as it may */
	__u64 table_full; /* in the flow of the others, since there was no room for one more flow */
	__u64 lost;	  /* in no flow at all: no room for that one either */
	__u64 lost_bytes;
};
_Static_assert(sizeof(struct udp_tallies) == 32, "udp_tallies");

#endif
