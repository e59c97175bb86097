#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

const volatile __u32 wanted_uid;

struct exec_event {
	__u64 ktime_ns; /* CLOCK_BOOTTIME */
	__u32 tgid;
	char comm[16];
	__u32 zero;
};
struct exec_event *keep_type __attribute__((unused)); /* so that its BTF is in the object */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096); /* bytes; user space sets its own before loading */
} events SEC(".maps");

SEC("raw_tp/sched_process_exec")
int executed(void *ctx)
{
	struct exec_event *event;

	if ((__u32)bpf_get_current_uid_gid() != wanted_uid)
		return 0;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event)
		return 0;
	event->ktime_ns = bpf_ktime_get_boot_ns();
	event->tgid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	event->zero = 0;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
