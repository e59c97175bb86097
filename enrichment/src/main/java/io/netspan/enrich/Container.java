package io.netspan.enrich;

import org.jspecify.annotations.Nullable;

/**
 * The innermost container that a process lives in.
 *
 * @param id 64 hexadecimal digits, or as the runtime has it
 * @param runtime docker, containerd, cri-o, podman or lxc; null where the cgroup's name does not
 *     tell
 */
public record Container(String id, @Nullable String runtime) {}
