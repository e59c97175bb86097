// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* What the kernel measures of a program that does nothing: the part of each run that is from measuring. */
#include "lib/bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tp_btf/inet_sock_set_state")
int empty(void *ctx)
{
	return 0;
}
