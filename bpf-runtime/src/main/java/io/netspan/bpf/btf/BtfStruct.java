package io.netspan.bpf.btf;

import java.util.List;
import java.util.Optional;

/**
 * A C struct or union.
 *
 * @param size in bytes, trailing padding included
 */
public record BtfStruct(String name, int size, List<BtfMember> members) {

  public BtfStruct {
    members = List.copyOf(members);
  }

  /** The member of this name. */
  public Optional<BtfMember> member(String name) {
    return members.stream().filter(member -> member.name().equals(name)).findFirst();
  }
}
