package io.netspan.bpf.btf;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads one struct with all that is within it. */
final class StructReader {

  /** Far beyond any struct of ours; without it, few types could describe endless members. */
  private static final int MOST_MEMBERS = 1 << 16;

  private final BtfTypes types;
  private int members;

  StructReader(BtfTypes types) {
    this.types = types;
  }

  static boolean isStruct(BtfType type) {
    return type.kind() == BtfKind.STRUCT || type.kind() == BtfKind.UNION;
  }

  BtfStruct read(BtfType struct) {
    return read(struct, 0);
  }

  private BtfStruct read(BtfType struct, int depth) {
    List<BtfMember> found = new ArrayList<>();
    addMembers(struct, 0, depth, found);
    return new BtfStruct(struct.name(), bytes(struct, struct.sizeOrType()), found);
  }

  /** {@code struct btf_member {u32 name_off; u32 type; u32 offset;}}. */
  private void addMembers(BtfType struct, int base, int depth, List<BtfMember> found) {
    members += struct.vlen();
    if (depth == BtfTypes.DEEPEST || members > MOST_MEMBERS) {
      throw types.error("struct " + struct.name() + " without end", struct);
    }
    for (int i = 0; i < struct.vlen(); i++) {
      String name = types.string(types.word(struct, 3 * i));
      long id = types.word(struct, 3 * i + 1);
      int offset = bytes(struct, base + bitOffset(struct, types.word(struct, 3 * i + 2)) / 8);
      BtfType type = types.resolve(id);
      if (name.isEmpty() && isStruct(type)) {
        addMembers(type, offset, depth + 1, found);
      } else {
        Optional<BtfStruct> within =
            isStruct(type) ? Optional.of(read(type, depth + 1)) : Optional.empty();
        found.add(new BtfMember(name, offset, types.size(id), within));
      }
    }
  }

  /** With kind_flag, bits 24-31 are a bit field's width. */
  private static long bitOffset(BtfType struct, long offset) {
    return struct.kindFlag() ? offset & 0xffffff : offset;
  }

  private int bytes(BtfType struct, long number) {
    if (number > Integer.MAX_VALUE) {
      throw types.error("struct " + struct.name() + " of " + number + " bytes", struct);
    }
    return (int) number;
  }
}
