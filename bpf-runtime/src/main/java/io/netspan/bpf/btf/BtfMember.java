package io.netspan.bpf.btf;

import java.util.Optional;

/**
 * A named member of a C struct or union; the members of an unnamed one count as its parent's.
 *
 * @param offset in the struct, in bytes; that of a bit field is rounded down
 * @param size in bytes; of a bit field, of its declared type
 * @param struct what is within, if this one is a struct or union
 */
public record BtfMember(String name, int offset, int size, Optional<BtfStruct> struct) {}
