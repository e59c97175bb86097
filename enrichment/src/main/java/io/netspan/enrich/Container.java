package io.netspan.enrich;

import static io.netspan.enrich.ProcessIdentity.firstKnown;

import org.jspecify.annotations.Nullable;

/**
 * The innermost container that a process lives in.
 *
 * @param id 64 hexadecimal digits, or as the runtime has it: LXC and systemd-nspawn have only names
 * @param name null if not known
 * @param runtime docker, containerd, cri-o, podman, lxc and the like; null if the cgroup's name
 *     does not say
 * @param outerId of the outermost container, which the host's runtime knows, if this one is in
 *     another one; null if it is in none
 */
public record Container(
    String id, @Nullable String name, @Nullable String runtime, @Nullable String outerId) {

  /** A container that is in no other one as far as is known, and whose name is not known. */
  public Container(String id, @Nullable String runtime) {
    this(id, null, runtime, null);
  }

  /** A container whose name is its id. */
  public static Container named(String name, @Nullable String runtime) {
    return new Container(name, name, runtime, null);
  }

  /** This container in another one, if that is not null. */
  public Container within(@Nullable String outermost) {
    return outermost == null ? this : new Container(id, name, runtime, outermost);
  }

  /** With what another source knows about the same container. */
  Container completedBy(@Nullable Container other) {
    if (other == null || !id.equals(other.id())) {
      return this;
    }
    return new Container(
        id,
        firstKnown(name, other.name()),
        firstKnown(runtime, other.runtime()),
        firstKnown(outerId, other.outerId()));
  }
}
