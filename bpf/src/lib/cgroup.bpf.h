/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The cgroups that a process is in: one in each hierarchy, of which a host with version 2 alone has one, and a host with
 * version 1 a dozen. Processes in the same cgroups share a css_set. Its paths are sent once, when its first process is
 * described, so that they are known of a cgroup that is removed a moment later.
 */
#ifndef NETSPAN_CGROUP_H
#define NETSPAN_CGROUP_H

#include "lib/core_fixes.bpf.h"
#include "lib/emit.bpf.h"

/* All controllers of version 1 mounted apart, systemd's hierarchy, version 2, and some named ones. */
#define MOST_HIERARCHIES 24

#define MOST_LEVELS 64

/* NAME_MAX and the NUL. */
#define LONGEST_NAME 256

/*
 * The sets of cgroups whose paths were sent. The least recently used entries are evicted, and their paths are sent again.
 * User space sets the size before loading, and remembers more.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, __u32);
} described SEC(".maps");

static __always_inline __u64 mix(__u64 hash, __u64 value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL;
	return hash ^ hash >> 29;
}

static __always_inline struct list_head *links_of(struct css_set *set)
{
	return __builtin_preserve_access_index(&set->cgrp_links);
}

static __always_inline struct cgroup *linked_cgroup(struct list_head *node)
{
	struct cgrp_cset_link *link =
		(void *)node - bpf_core_field_offset(struct cgrp_cset_link, cgrp_link);

	return BPF_CORE_READ(link, cgrp);
}

/*
 * A number for the cgroups of a css_set, from their ids, which are not given out again, unlike the addresses of any of
 * these objects. Hierarchies have the same order in each css_set; a new one is the last.
 */
static __always_inline __u64 number_of(struct css_set *set)
{
	struct list_head *head = links_of(set), *node = BPF_CORE_READ(head, next);
	__u64 hash = 0;

	for (int i = 0; i < MOST_HIERARCHIES && node && node != head; i++) {
		hash = mix(hash, BPF_CORE_READ(linked_cgroup(node), kn, id));
		node = BPF_CORE_READ(node, next);
	}
	return hash;
}

static __always_inline void fill_path(struct cgroup_event *e, struct kernfs_node *kn)
{
	__u64 at = 0;

	for (int i = 0; i < MOST_LEVELS; i++) {
		struct kernfs_node *parent = kernfs_parent(kn);
		long bytes;

		if (!parent || at > sizeof(e->path) - LONGEST_NAME)
			break;
		bytes = bpf_probe_read_kernel_str(e->path + at, LONGEST_NAME,
						  BPF_CORE_READ(kn, name));
		if (bytes <= 0)
			break;
		at += bytes;
		kn = parent;
	}
	e->path_bytes = at;
	if (kernfs_parent(kn))
		count_failure(FAILURE_CGROUP_CUT);
}

/* Sends the path of one cgroup. 0: there was no room. Global functions are checked once by the verifier. */
__noinline int send_cgroup(__u64 cgroup, __u64 cgroups, __u32 hierarchy, __u64 ktime_ns)
{
	struct cgroup_event *e = reserve(EVENT_CGROUP, sizeof(*e));

	if (!e)
		return 0;
	e->type = EVENT_CGROUP;
	e->size = sizeof(*e);
	e->ktime_ns = ktime_ns;
	e->cgroups = cgroups;
	e->hierarchy = hierarchy;
	fill_path(e, BPF_CORE_READ((struct cgroup *)cgroup, kn));
	submit(e, ktime_ns);
	return 1;
}

/* A number for a path, from its last two names and its depth; 0: it is the root's. */
static __always_inline __u64 path_number(struct cgroup *cgroup)
{
	__u64 level = BPF_CORE_READ(cgroup, level);
	struct kernfs_node *kn;

	if (!level)
		return 0;
	kn = BPF_CORE_READ(cgroup, kn);
	return (__u64)BPF_CORE_READ(kn, hash) << 32 ^ BPF_CORE_READ(kernfs_parent(kn), hash) ^
	       level << 16;
}

/* The paths that were sent last of the hierarchies of version 1, which mostly have the same one. */
struct paths {
	__u64 numbers[4];
};

/* False if it was there already, or is the root's. */
static __always_inline bool add_path(struct paths *paths, __u64 number)
{
	if (!number || number == paths->numbers[0] || number == paths->numbers[1] ||
	    number == paths->numbers[2] || number == paths->numbers[3])
		return false;
	paths->numbers[3] = paths->numbers[2];
	paths->numbers[2] = paths->numbers[1];
	paths->numbers[1] = paths->numbers[0];
	paths->numbers[0] = number;
	return true;
}

/* Sends the paths of a css_set. 0: there was no room for all of them. */
static __always_inline int send_paths(struct css_set *set, __u64 cgroups, __u64 ktime_ns)
{
	struct list_head *head = links_of(set), *node = BPF_CORE_READ(head, next);
	struct cgroup *unified = BPF_CORE_READ(set, dfl_cgrp);
	struct paths paths = {};

	if (add_path(&paths, path_number(unified)) &&
	    !send_cgroup((__u64)unified, cgroups, HIERARCHY_UNIFIED, ktime_ns))
		return 0;
	for (int i = 0; i < MOST_HIERARCHIES && node && node != head; i++) {
		struct cgroup *cgroup = linked_cgroup(node);
		__u32 controllers = BPF_CORE_READ(cgroup, root, subsys_mask);

		if (add_path(&paths, path_number(cgroup)) &&
		    !send_cgroup((__u64)cgroup, cgroups,
				 controllers ? HIERARCHY_CONTROLLERS : HIERARCHY_NAMED, ktime_ns))
			return 0;
		node = BPF_CORE_READ(node, next);
	}
	return 1;
}

#define NOT_DESCRIBED (~0ULL)

/* The number of a css_set's cgroups, whose paths are sent if that was not done; NOT_DESCRIBED: there was no room. */
__noinline __u64 describe_cgroups(__u64 set, __u64 ktime_ns)
{
	__u64 cgroups = number_of((struct css_set *)set);
	__u32 sent = 1;

	if (bpf_map_lookup_elem(&described, &cgroups))
		return cgroups;
	if (!send_paths((struct css_set *)set, cgroups, ktime_ns))
		return NOT_DESCRIBED;
	if (bpf_map_update_elem(&described, &cgroups, &sent, BPF_ANY))
		count_failure(FAILURE_CGROUP_UPDATE);
	return cgroups;
}

#endif
