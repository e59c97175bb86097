/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Addresses of sockets, in network byte order; IPv4 in the first four of sixteen bytes. */
#ifndef NETSPAN_ADDRESS_H
#define NETSPAN_ADDRESS_H

#include "lib/core_fixes.bpf.h"

/* ::ffff:0:0/96, RFC 4291 2.5.5.2 */
static __always_inline bool words_v4_mapped(const __u32 *words)
{
	return !words[0] && !words[1] && words[2] == bpf_htonl(0xffff);
}

static __always_inline bool v4_mapped(struct in6_addr *a)
{
	return words_v4_mapped(a->in6_u.u6_addr32);
}

static __always_inline void copy_v4(__u8 *to, __be32 address)
{
	__u32 *words = (__u32 *)to;

	words[0] = address;
	words[1] = words[2] = words[3] = 0;
}

static __always_inline void copy_v6(__u8 *to, struct in6_addr *address)
{
	__u32 *words = (__u32 *)to;

	words[0] = address->in6_u.u6_addr32[0];
	words[1] = address->in6_u.u6_addr32[1];
	words[2] = address->in6_u.u6_addr32[2];
	words[3] = address->in6_u.u6_addr32[3];
}

/*
 * An IPv6 socket that speaks IPv4 has its addresses in both places: skc_daddr, and mapped in skc_v6_daddr.
 */
static __always_inline bool speaks_v6(struct sock *sk)
{
	return sk->__sk_common.skc_family == AF_INET6 && has_ipv6(sk) &&
	       !v4_mapped(&sk->__sk_common.skc_v6_daddr);
}

#endif
