package io.netspan.enrich;

import org.jspecify.annotations.Nullable;

/**
 * The innermost container that a process lives in.
 *
 * @param id 64 hexadecimal digits, or as the runtime has it
 * @param runtime docker, containerd, cri-o, podman or lxc; null if the cgroup's name does not say
 */
public record Container(String id, @Nullable String runtime) {

  /** With what another source knows about the same container. */
  Container completedBy(@Nullable Container other) {
    return runtime == null && other != null && id.equals(other.id()) ? other : this;
  }
}
