package io.netspan.bpf.btf;

import java.util.Optional;

/**
 * A map as its object declares it, in section {@code .maps}.
 *
 * @param type {@code enum bpf_map_type}; 0 if the object leaves it out
 * @param maxEntries an unsigned number; 0 if the object leaves it to the loader
 * @param flags {@code BPF_F_*}
 * @param key empty of a map without keys, such as a ring buffer
 * @param value empty of a map without values
 */
public record MapDefinition(
    String name,
    int type,
    int maxEntries,
    int flags,
    Optional<Content> key,
    Optional<Content> value) {

  /**
   * What a key or a value is.
   *
   * @param type the name of its C type; empty if the object gives the size only, or the type has no
   *     name
   * @param size in bytes
   * @param struct its members, if it is a struct or union
   */
  public record Content(String type, int size, Optional<BtfStruct> struct) {}
}
