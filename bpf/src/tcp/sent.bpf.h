/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What was sent, by sequence numbers. bytes_sent counts a segment whenever it is handed to IP, and bytes_retrans
 * only what is sent again; a first transmission that IP refuses (an output filter, no route) leaves snd_nxt where
 * it is and is counted anew at each try.
 */
#ifndef NETSPAN_SENT_H
#define NETSPAN_SENT_H

#include "lib/bpf.h"

#define STATES_AFTER_OUR_FIN                                                                       \
	(1U << TCP_FIN_WAIT1 | 1U << TCP_FIN_WAIT2 | 1U << TCP_CLOSING | 1U << TCP_LAST_ACK)

/* A FIN takes the last sequence number as soon as it is queued (tcp_send_fin); then data may be before it. */
static __always_inline bool is_fin_sent(int state, __u32 snd_nxt, __u32 write_seq)
{
	return 1U << (state & 31) & STATES_AFTER_OUR_FIN && snd_nxt == write_seq;
}

/*
 * Whether the error on the socket is one that is told and changes nothing: ICMP's, with IP_RECVERR. What such an
 * error ends is a connect(), or (tcp_write_err) a connection whose timer gave up, which takes it from sk_err_soft.
 */
static __always_inline bool is_pending(struct sock *sk, int state)
{
	int error = sk->sk_err;

	return error && error != ECONNRESET && error != EPIPE && error != ETIMEDOUT &&
	       error != ECONNABORTED && state != TCP_SYN_SENT && state != TCP_SYN_RECV &&
	       sk->sk_err_soft != error;
}

#endif
