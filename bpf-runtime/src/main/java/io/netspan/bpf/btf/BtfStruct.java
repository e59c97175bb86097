package io.netspan.bpf.btf;

import java.util.List;

/**
 * A C struct or union.
 *
 * @param size in bytes, trailing padding included
 */
public record BtfStruct(String name, int size, List<BtfMember> members) {

  public BtfStruct {
    members = List.copyOf(members);
  }
}
