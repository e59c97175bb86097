package io.netspan.bpf.btf;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Sections and symbols of an ELF64 little-endian object for BPF, as clang writes it.
 *
 * <p>Layouts: {@code Elf64_Ehdr}, {@code Elf64_Shdr} and {@code Elf64_Sym} of elf(5).
 */
final class ElfFile {

  private static final long MAGIC = 0x464c457fL; // \x7fELF
  private static final int CLASS_64 = 2;
  private static final int LITTLE_ENDIAN = 1;
  private static final int EM_BPF = 247;
  private static final int SECTION_HEADER = 64;
  private static final int SYMBOL = 24;
  private static final int SHT_SYMTAB = 2;
  private static final int SHT_NOBITS = 8;

  /**
   * @param size in memory, in bytes; also of a section without contents, such as .bss
   */
  record Section(int index, String name, int type, long offset, long size, int link) {}

  /**
   * @param value of a variable: its offset in the section
   */
  record Symbol(String name, int section, long value) {}

  private final Bytes file;
  private final List<Section> sections;

  ElfFile(byte[] elf) {
    file = Bytes.of(elf);
    requireBpfObject();
    sections = readSections();
  }

  private void requireBpfObject() {
    if (file.u32(0) != MAGIC) {
      throw file.error("not an ELF file", 0);
    }
    if (file.u8(4) != CLASS_64 || file.u8(5) != LITTLE_ENDIAN) {
      throw file.error("not a 64-bit little-endian ELF file", 4);
    }
    if (file.u16(18) != EM_BPF) {
      throw file.error("not for BPF, but for machine " + file.u16(18), 18);
    }
  }

  private List<Section> readSections() {
    long table = file.u64(40);
    int headerSize = file.u16(58);
    int count = file.u16(60);
    if (headerSize != SECTION_HEADER) {
      throw file.error("section headers of " + headerSize + " bytes", 58);
    }
    int namesIndex = file.u16(62);
    if (namesIndex >= count) {
      throw file.error("no section " + namesIndex + " for names", 62);
    }
    Bytes headers = file.slice(table, (long) count * SECTION_HEADER);
    Bytes names = contents(readSection(namesIndex, headers, Optional.empty()));
    List<Section> found = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      found.add(readSection(i, headers, Optional.of(names)));
    }
    return List.copyOf(found);
  }

  private static Section readSection(int index, Bytes headers, Optional<Bytes> names) {
    long at = (long) index * SECTION_HEADER;
    long name = headers.u32(at);
    return new Section(
        index,
        names.map(n -> n.string(name)).orElse(""),
        (int) headers.u32(at + 4),
        headers.u64(at + 24),
        headers.u64(at + 32),
        (int) headers.u32(at + 40));
  }

  Optional<Section> section(String name) {
    return sections.stream().filter(s -> s.name().equals(name)).findFirst();
  }

  Bytes contents(Section section) {
    return section.type() == SHT_NOBITS
        ? file.slice(0, 0)
        : file.slice(section.offset(), section.size());
  }

  List<Symbol> symbols() {
    List<Symbol> found = new ArrayList<>();
    for (Section table : sections) {
      if (table.type() == SHT_SYMTAB) {
        readSymbols(table, found);
      }
    }
    return found;
  }

  private void readSymbols(Section table, List<Symbol> found) {
    if (table.link() < 0 || table.link() >= sections.size()) {
      throw file.error("no section " + table.link() + " for names of symbols", table.offset());
    }
    Bytes names = contents(sections.get(table.link()));
    Bytes symbols = contents(table);
    for (long at = 0; at + SYMBOL <= symbols.length(); at += SYMBOL) {
      found.add(
          new Symbol(names.string(symbols.u32(at)), symbols.u16(at + 6), symbols.u64(at + 8)));
    }
  }
}
