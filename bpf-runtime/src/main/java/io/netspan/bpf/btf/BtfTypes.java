package io.netspan.bpf.btf;

import java.util.ArrayList;
import java.util.List;

/**
 * The types of one .BTF section, by id; see Documentation/bpf/btf.rst of Linux v6.12.
 *
 * <p>{@code struct btf_header {u16 magic; u8 version, flags; u32 hdr_len, type_off, type_len,
 * str_off, str_len;}}, then types and strings, their offsets counted from the header's end. {@code
 * struct btf_type {u32 name_off; u32 info; u32 size_or_type;}}, then what its kind asks for; {@code
 * info} has vlen in bits 0-15, the kind in 24-28 and kind_flag in 31. Ids count from 1; 0 is void.
 */
final class BtfTypes {

  private static final int MAGIC = 0xeb9f;
  private static final int TYPE = 12;

  /** Chains of modifiers and nested arrays or structs beyond this are loops. */
  static final int DEEPEST = 64;

  private static final int POINTER_SIZE = 8;

  private final Bytes section;
  private final Bytes types;
  private final Bytes strings;
  private final List<BtfType> byId = new ArrayList<>();

  BtfTypes(Bytes section) {
    this.section = section;
    if (section.u16(0) != MAGIC) {
      throw section.error("not little-endian BTF", 0);
    }
    if (section.u8(2) != 1) {
      throw section.error("BTF of version " + section.u8(2), 2);
    }
    long header = section.u32(4);
    types = section.slice(header + section.u32(8), section.u32(12));
    strings = section.slice(header + section.u32(16), section.u32(20));
    readTypes();
  }

  private void readTypes() {
    byId.add(new BtfType("void", BtfKind.VOID, 0, false, 0, 0));
    long at = 0;
    while (at < types.length()) {
      long info = types.u32(at + 4);
      int number = (int) (info >> 24) & 0x1f;
      if (!BtfKind.known(number)) {
        throw types.error("type " + byId.size() + " of unknown kind " + number, at);
      }
      BtfKind kind = BtfKind.of(number);
      int vlen = (int) info & 0xffff;
      String name = strings.string(types.u32(at));
      long next = at + TYPE + kind.trailer(vlen);
      types.slice(at, next - at);
      byId.add(new BtfType(name, kind, vlen, info >> 31 != 0, types.u32(at + 8), at + TYPE));
      at = next;
    }
  }

  List<BtfType> all() {
    return byId;
  }

  BtfType get(long id) {
    if (id < 0 || id >= byId.size()) {
      throw section.error("no type " + id + " among " + byId.size(), 0);
    }
    return byId.get((int) id);
  }

  /** The i-th u32 of what follows the type. */
  long word(BtfType type, int i) {
    return types.u32(type.at() + 4L * i);
  }

  String string(long offset) {
    return strings.string(offset);
  }

  BtfException error(String what, BtfType type) {
    return types.error(what, type.at());
  }

  /** Without typedefs and qualifiers. */
  BtfType resolve(long id) {
    BtfType type = get(id);
    for (int depth = 0; depth < DEEPEST; depth++) {
      switch (type.kind()) {
        case TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG -> type = get(type.sizeOrType());
        default -> {
          return type;
        }
      }
    }
    throw error("endless chain of types", type);
  }

  /** In bytes. */
  int size(long id) {
    long elements = 1;
    BtfType type = resolve(id);
    for (int depth = 0; type.kind() == BtfKind.ARRAY; depth++) {
      elements *= word(type, 2);
      if (depth == DEEPEST || elements > Integer.MAX_VALUE) {
        throw error("array without end", type);
      }
      type = resolve(word(type, 0));
    }
    long size =
        switch (type.kind()) {
          case INT, STRUCT, UNION, ENUM, ENUM64, FLOAT -> type.sizeOrType();
          case PTR -> POINTER_SIZE;
          default -> throw error("a " + type.kind() + " has no size", type);
        };
    if (size * elements > Integer.MAX_VALUE) {
      throw error("size of " + size + " * " + elements + " bytes", type);
    }
    return (int) (size * elements);
  }
}
