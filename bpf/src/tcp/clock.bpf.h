/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The time of a step without a read of the clock: a read costs a third of a record.
 *
 * The stack reads CLOCK_MONOTONIC once for each segment before it acts on it (tcp_mstamp_refresh, in tcp_rcv_established and
 * tcp_rcv_state_process) and keeps it in tcp_sock::tcp_clock_cache. CLOCK_BOOTTIME is that and the time spent in suspend.
 *
 * The value is used only in the jiffy in which it was read; the first step in each jiffy reads the clocks. Jiffies stand
 * still in suspend, but no segment is processed within one jiffy of its end: devices and processes are resumed later.
 */
#ifndef NETSPAN_CLOCK_H
#define NETSPAN_CLOCK_H

#include "lib/bpf.h"

/* CPUs race for these without harm: each of them has read the same clocks in the same jiffy. */
static __u64 clocks_jiffies; /* when the clocks were read */
static __u64 clocks_ktime_ns;
static __u64 suspended_ns; /* CLOCK_BOOTTIME - CLOCK_MONOTONIC */

/* The difference of the clocks only changes by a suspend, so one that is possible is kept. */
static __noinline __u64 read_clocks(__u64 jiffies)
{
	__u64 before = bpf_ktime_get_ns();
	__u64 now = bpf_ktime_get_boot_ns();
	__u64 least = now - bpf_ktime_get_ns(), most = now - before;

	if (suspended_ns < least || suspended_ns > most)
		suspended_ns = least;
	clocks_ktime_ns = before;
	*(volatile __u64 *)&clocks_jiffies = jiffies;
	return now;
}

/*
 * The time at which the stack has begun to process the segment that causes a step. For any other step, up to a jiffy
 * earlier than the step.
 */
static __always_inline __u64 segment_ns(struct tcp_sock *tp)
{
	__u64 jiffies = bpf_jiffies64(), ktime_ns;

	if (!bpf_core_field_exists(tp->tcp_clock_cache))
		return bpf_ktime_get_boot_ns();
	if (jiffies != *(volatile __u64 *)&clocks_jiffies)
		return read_clocks(jiffies);
	ktime_ns = tp->tcp_clock_cache;
	return ktime_ns >= clocks_ktime_ns ? ktime_ns + suspended_ns : bpf_ktime_get_boot_ns();
}

#endif
