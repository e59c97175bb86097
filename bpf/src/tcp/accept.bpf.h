/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef NETSPAN_ACCEPT_H
#define NETSPAN_ACCEPT_H

#include "lib/process.bpf.h"
#include "tcp/own.bpf.h"

/*
 * Who accepts, where the kernel allows trampolines; user space loads the object without it if that fails. It
 * sees io_uring too. The result comes after the arguments, of which Linux 6.10 (92ef0fd55ac8 "net: change
 * proto and proto_ops accept type") left two of four.
 */
struct proto_accept_arg {
	int flags;
};

/* By assembler: clang would make one load of both, from a computed address, which verifiers refuse in a context. */
#define READ_CONTEXT(value, ctx, index)                                                            \
	asm volatile("%0 = *(u64 *)(%1 + %2)" : "=r"(value) : "r"(ctx), "i"((index)*8))

SEC("fexit/inet_csk_accept")
int inet_csk_accept(__u64 *ctx)
{
	__u64 now = bpf_ktime_get_boot_ns();
	struct tcp_accept_event *e;
	struct owner owner;
	struct sock *sk;

	if (bpf_core_type_exists(struct proto_accept_arg))
		READ_CONTEXT(sk, ctx, 2);
	else
		READ_CONTEXT(sk, ctx, 4);
	/* What was reset before it was accepted is returned all the same; its end has been told. */
	if (!sk || sk->__sk_common.skc_state == TCP_CLOSE || own_known((__u64)sk))
		return 0;
	current_owner(&owner, now);
	e = reserve(EVENT_TCP_ACCEPT, sizeof(*e));
	if (!e)
		return 0;
	FILL_HEADER(e, EVENT_TCP_ACCEPT, sk, now);
	FILL_OWNER(e, owner);
	submit(e, EVENT_TCP_ACCEPT, now);
	return 0;
}

#endif
