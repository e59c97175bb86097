package io.netspan.bpf.btf;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the declarations of maps. With {@code bpf_helpers.h} a map is a variable of an unnamed
 * struct: {@code __uint(name, n)} makes a member that points to an array of n elements, {@code
 * __type(name, t)} one that points to a t; see parse_btf_map_def() in libbpf.c.
 */
final class MapReader {
  private final BtfTypes types;

  MapReader(BtfTypes types) {
    this.types = types;
  }

  /**
   * Reads one map.
   *
   * @param variable a variable of section {@code .maps}
   */
  MapDefinition read(BtfType variable) {
    BtfType struct = types.resolve(variable.sizeOrType());
    if (struct.kind() != BtfKind.STRUCT) {
      throw types.error("map " + variable.name() + " is a " + struct.kind(), struct);
    }
    return new MapDefinition(
        variable.name(),
        number(struct, "type"),
        number(struct, "max_entries"),
        number(struct, "map_flags"),
        content(struct, "key"),
        content(struct, "value"));
  }

  private Optional<MapDefinition.Content> content(BtfType struct, String which) {
    BtfType pointer = member(struct, which);
    if (pointer != null) {
      long id = pointee(pointer);
      BtfType type = types.resolve(id);
      return Optional.of(
          new MapDefinition.Content(
              name(id),
              types.size(id),
              StructReader.isStruct(type)
                  ? Optional.of(new StructReader(types).read(type))
                  : Optional.empty()));
    }
    int size = number(struct, which + "_size");
    return size == 0
        ? Optional.empty()
        : Optional.of(new MapDefinition.Content("", size, Optional.empty()));
  }

  /** The first name on the way to the type: {@code __u64} rather than what it stands for. */
  private String name(long id) {
    BtfType type = types.get(id);
    for (int depth = 0; type.name().isEmpty() && depth < BtfTypes.DEEPEST; depth++) {
      switch (type.kind()) {
        case VOLATILE, CONST, RESTRICT, TYPE_TAG -> type = types.get(type.sizeOrType());
        default -> {
          return "";
        }
      }
    }
    return type.name();
  }

  private int number(BtfType struct, String name) {
    BtfType pointer = member(struct, name);
    if (pointer == null) {
      return 0;
    }
    BtfType array = types.resolve(pointee(pointer));
    if (array.kind() != BtfKind.ARRAY) {
      throw types.error("member " + name + " of a map is no number", struct);
    }
    return (int) types.word(array, 2);
  }

  private long pointee(BtfType pointer) {
    if (pointer.kind() != BtfKind.PTR) {
      throw types.error("a map has a " + pointer.kind() + " where a pointer belongs", pointer);
    }
    return pointer.sizeOrType();
  }

  /** The type of a member; null if there is none. */
  private @Nullable BtfType member(BtfType struct, String name) {
    for (int i = 0; i < struct.vlen(); i++) {
      if (types.string(types.word(struct, 3 * i)).equals(name)) {
        return types.resolve(types.word(struct, 3 * i + 1));
      }
    }
    return null;
  }
}
