/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef NETSPAN_ACCEPT_H
#define NETSPAN_ACCEPT_H

#include "lib/process.bpf.h"
#include "tcp/own.bpf.h"

/*
 * Reports which process accepts, where the kernel allows trampolines; user space loads the object without this program
 * if it does not. Accepts by io_uring are seen too. The function's result follows its arguments in the context; Linux 6.10
 * (92ef0fd55ac8 "net: change proto and proto_ops accept type") reduced these from four to two.
 */
struct proto_accept_arg {
	int flags;
};

/* In assembler, because clang would merge both loads into one from a computed address, which verifiers refuse. */
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
	/* accept() also returns a connection that was reset before; its end has been reported. */
	if (!sk || sk->__sk_common.skc_state == TCP_CLOSE || own_known((__u64)sk))
		return 0;
	current_owner(&owner, now);
	e = reserve(EVENT_TCP_ACCEPT, sizeof(*e));
	if (!e)
		return 0;
	FILL_HEADER(e, EVENT_TCP_ACCEPT, sk, now);
	FILL_OWNER(e, owner);
	submit(e, now);
	return 0;
}

#endif
