/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What a socket has sent is told by its sequence numbers. bytes_sent counts a segment each time it is handed to IP, and
 * bytes_retrans only retransmissions. A first transmission that IP refuses (an output filter, no route) leaves snd_nxt
 * unchanged, and bytes_sent counts it again at each attempt.
 */
#ifndef NETSPAN_SENT_H
#define NETSPAN_SENT_H

#include "lib/bpf.h"

#define STATES_AFTER_OUR_FIN                                                                       \
	(1U << TCP_FIN_WAIT1 | 1U << TCP_FIN_WAIT2 | 1U << TCP_CLOSING | 1U << TCP_LAST_ACK)

/* A FIN takes the last sequence number as soon as it is queued (tcp_send_fin); data may still be queued before it. */
static __always_inline bool is_fin_sent(int state, __u32 snd_nxt, __u32 write_seq)
{
	return 1U << (state & 31) & STATES_AFTER_OUR_FIN && snd_nxt == write_seq;
}

/*
 * Whether the error on the socket was only reported and ended nothing: with IP_RECVERR, ICMP errors are. Such an error
 * ends a connect(), or a connection whose retransmission timer gave up, which takes it from sk_err_soft (tcp_write_err).
 */
static __always_inline bool is_pending(struct sock *sk, int state)
{
	int error = sk->sk_err;

	return error && error != ECONNRESET && error != EPIPE && error != ETIMEDOUT &&
	       error != ECONNABORTED && state != TCP_SYN_SENT && state != TCP_SYN_RECV &&
	       sk->sk_err_soft != error;
}

#endif
