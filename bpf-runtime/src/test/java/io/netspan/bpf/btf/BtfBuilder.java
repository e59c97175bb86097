package io.netspan.bpf.btf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes .BTF by hand, well-formed or not, and the ELF file around it. Ids count from 1. */
final class BtfBuilder {

  private final ByteArrayOutputStream types = new ByteArrayOutputStream();
  private final ByteArrayOutputStream strings = new ByteArrayOutputStream();
  private final Map<String, Integer> symbols = new LinkedHashMap<>();
  private int count;

  BtfBuilder() {
    strings.write(0);
  }

  /** A type, and the words that follow it. */
  int type(String name, BtfKind kind, int vlen, int sizeOrType, int... words) {
    return raw(name, kind.ordinal() << 24 | vlen, sizeOrType, words);
  }

  int raw(String name, int info, int sizeOrType, int... words) {
    write(types, string(name), info, sizeOrType);
    write(types, words);
    return ++count;
  }

  int integer(int size) {
    return type("int" + size, BtfKind.INT, 0, size, size * 8);
  }

  /**
   * @param members name, type, offset in bits, of each
   */
  int struct(String name, int size, Object... members) {
    return group(BtfKind.STRUCT, name, size, members);
  }

  int group(BtfKind kind, String name, int size, Object... members) {
    int[] words = new int[members.length];
    for (int i = 0; i < members.length; i++) {
      words[i] = members[i] instanceof String text ? string(text) : (Integer) members[i];
    }
    return type(name, kind, members.length / 3, size, words);
  }

  int next() {
    return count + 1;
  }

  /** A global variable's symbol in the only data section. */
  BtfBuilder symbol(String name, int offset) {
    symbols.put(name, offset);
    return this;
  }

  int string(String text) {
    if (text.isEmpty()) {
      return 0;
    }
    int offset = strings.size();
    strings.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    strings.write(0);
    return offset;
  }

  byte[] section() {
    ByteArrayOutputStream section = new ByteArrayOutputStream();
    write(section, 0x0001eb9f, 24, 0, types.size(), types.size(), strings.size());
    section.writeBytes(types.toByteArray());
    section.writeBytes(strings.toByteArray());
    return section.toByteArray();
  }

  Btf build() {
    return Btf.of(elf());
  }

  byte[] elf() {
    ByteArrayOutputStream symbolNames = new ByteArrayOutputStream();
    ByteArrayOutputStream table = new ByteArrayOutputStream();
    symbolNames.write(0);
    symbols.forEach(
        (name, offset) -> {
          write(table, symbolNames.size(), 0, offset, 0, 0, 0);
          symbolNames.writeBytes(name.getBytes(StandardCharsets.UTF_8));
          symbolNames.write(0);
        });
    List<Part> parts = new ArrayList<>();
    parts.add(new Part("", 0, 0, stream(new byte[0])));
    parts.add(new Part(".rodata", 1, 0, stream(new byte[64])));
    parts.add(new Part(".BTF", 1, 0, stream(section())));
    parts.add(new Part(".symtab", 2, 4, stream(sectionOne(table.toByteArray()))));
    parts.add(new Part(".strtab", 3, 0, symbolNames));
    return assemble(parts);
  }

  /** {@code st_shndx} is the u16 at 6 of each symbol: section 1, .rodata. */
  private static byte[] sectionOne(byte[] table) {
    ByteBuffer buffer = ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < table.length; at += 24) {
      buffer.putShort(at + 6, (short) 1);
    }
    return table;
  }

  private record Part(String name, int type, int link, ByteArrayOutputStream contents) {}

  private static ByteArrayOutputStream stream(byte[] bytes) {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    stream.writeBytes(bytes);
    return stream;
  }

  private static byte[] assemble(List<Part> contents) {
    ByteArrayOutputStream names = new ByteArrayOutputStream();
    List<Integer> nameOffsets = new ArrayList<>();
    List<Part> parts = new ArrayList<>(contents);
    parts.add(new Part(".shstrtab", 3, 0, stream(new byte[0])));
    for (Part part : parts) {
      nameOffsets.add(names.size());
      names.writeBytes(part.name().getBytes(StandardCharsets.UTF_8));
      names.write(0);
    }
    parts.set(parts.size() - 1, new Part(".shstrtab", 3, 0, names));
    int total = 64 + parts.stream().mapToInt(p -> p.contents().size() + 64).sum();
    ByteBuffer file = ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN);
    file.putInt(0x464c457f).put((byte) 2).put((byte) 1).put((byte) 1);
    file.putShort(16, (short) 1).putShort(18, (short) 247).putLong(40, 64);
    file.putShort(58, (short) 64).putShort(60, (short) parts.size());
    file.putShort(62, (short) (parts.size() - 1));
    int header = 64;
    int offset = 64 + 64 * parts.size();
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      file.putInt(header, nameOffsets.get(i)).putInt(header + 4, part.type());
      file.putLong(header + 24, offset).putLong(header + 32, part.contents().size());
      file.putInt(header + 40, part.link());
      file.put(offset, part.contents().toByteArray());
      header += 64;
      offset += part.contents().size();
    }
    return file.array();
  }

  private static void write(ByteArrayOutputStream out, int... words) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * words.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int word : words) {
      buffer.putInt(word);
    }
    out.writeBytes(buffer.array());
  }
}
