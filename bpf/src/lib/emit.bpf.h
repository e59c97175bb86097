/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Sends records to user space: one ring, counters, and a limit to wake-ups. */
#ifndef NETSPAN_EMIT_H
#define NETSPAN_EMIT_H

#include "lib/bpf.h"
#include "lib/events.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 * 1024 * 1024); /* bytes; user space sets its own before loading */
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counters);
} tallies SEC(".maps");

/*
 * A record wakes the reader if none has done so for patience_ns; an urgent one, if none has done so for wakeup_interval_ns,
 * since user space has to look at a process while it lives. (A wake-up costs more than a record.) At that interval the ring
 * itself is looked at, too, and wakes the reader if it fills up. The agent sets both before loading; the values here are
 * for loaders that do not.
 */
const volatile __s64 patience_ns = 100 * 1000 * 1000;
const volatile __s64 wakeup_interval_ns = 20 * 1000 * 1000;

/* CPUs race for them without harm: a lost store costs one more wake-up. */
static __u64 last_wakeup_ns;
static __u64 last_look_ns;

/* Counters are raised atomically, because a softirq can interrupt an addition on its CPU. */
static __always_inline struct counters *counters(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&tallies, &zero);
}

static __always_inline void count_failure(enum netspan_failure why)
{
	struct counters *c = counters();

	if (c)
		__sync_fetch_and_add(&c->failed[why], 1);
}

/*
 * The record is not zeroed: the caller sets every member, padding included. Records that get a place are not counted: the
 * reader finds each of them, and the ring's positions tell what it has not read.
 */
static __always_inline void *reserve(enum netspan_event type, __u32 size)
{
	void *record = bpf_ringbuf_reserve(&events, size, 0);
	struct counters *c;

	if (record)
		return record;
	c = counters();
	if (c)
		__sync_fetch_and_add(&c->lost[type], 1);
	return NULL;
}

static __noinline bool is_filling(__u64 now)
{
	last_look_ns = now;
	return bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) >
	       bpf_ringbuf_query(&events, BPF_RB_RING_SIZE) / 16;
}

/* Signed: the records of two CPUs are not quite in the order of their times. */
static __always_inline __s64 since_wakeup(__u64 now)
{
	return now - last_wakeup_ns;
}

static __always_inline bool wakes(__u64 now)
{
	if (since_wakeup(now) >= patience_ns)
		return true;
	return (__s64)(now - last_look_ns) >= wakeup_interval_ns && is_filling(now);
}

static __always_inline void submit_and_wake(void *record, __u64 now, bool wake)
{
	__u64 flags = BPF_RB_NO_WAKEUP;

	if (wake) {
		last_wakeup_ns = now;
		flags = BPF_RB_FORCE_WAKEUP;
	}
	bpf_ringbuf_submit(record, flags);
}

static __always_inline void submit_urgent(void *record, __u64 now)
{
	submit_and_wake(record, now, since_wakeup(now) >= wakeup_interval_ns);
}

static __always_inline void submit(void *record, __u64 now)
{
	submit_and_wake(record, now, wakes(now));
}

#define FILL_HEADER(e, event, sk, now)                                                             \
	do {                                                                                       \
		(e)->type = event;                                                                 \
		(e)->size = sizeof(*(e));                                                          \
		(e)->ktime_ns = now;                                                               \
		(e)->sk = (__u64)(sk);                                                             \
	} while (0)

#endif
