/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Which process is the agent. */
#ifndef NETSPAN_SELF_H
#define NETSPAN_SELF_H

#include "lib/bpf.h"

/* Set before loading: whether the agent's own traffic is left out. */
const volatile bool exclude_self = true;

/* Set by remember_self: a pid in the initial namespace, which an agent in a container does not know. */
static __u32 self_tgid;

static __always_inline bool is_self(__u32 tgid)
{
	return tgid == self_tgid;
}

static __always_inline bool is_left_out(__u32 tgid)
{
	return exclude_self && is_self(tgid);
}

/* Run once by the agent itself, through BPF_PROG_TEST_RUN, in its own context. */
SEC("raw_tp")
int remember_self(void *ctx)
{
	self_tgid = bpf_get_current_pid_tgid() >> 32;
	return 0;
}

#endif
