package io.netspan.bpf.btf;

import io.netspan.bpf.btf.ElfFile.Section;
import io.netspan.bpf.btf.ElfFile.Symbol;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The C types and variables that a BPF object describes in its BTF.
 *
 * <p>Immutable. Every method may throw {@link BtfException}, since types are resolved on demand.
 */
public final class Btf {

  private final BtfTypes types;
  private final ElfFile elf;
  private final List<Symbol> symbols;

  private Btf(BtfTypes types, ElfFile elf) {
    this.types = types;
    this.elf = elf;
    this.symbols = elf.symbols();
  }

  /**
   * Reads an object file for BPF.
   *
   * @throws BtfException if it is not one, or has no .BTF
   */
  public static Btf of(byte[] elf) {
    ElfFile file = new ElfFile(elf);
    Section section =
        file.section(".BTF")
            .orElseThrow(() -> new BtfException("no .BTF section (compile with clang -g)", 0));
    return new Btf(new BtfTypes(file.contents(section)), file);
  }

  /** The struct or union of this name. */
  public Optional<BtfStruct> struct(String name) {
    for (BtfType type : types.all()) {
      if (StructReader.isStruct(type) && type.name().equals(name)) {
        return Optional.of(new StructReader(types).read(type));
      }
    }
    return Optional.empty();
  }

  /**
   * The numbers of an enum's members by name, in its order; none if there is no enum of this name.
   */
  public Map<String, Long> enumerators(String name) {
    for (BtfType type : types.all()) {
      if (type.kind() == BtfKind.ENUM && type.name().equals(name)) {
        return enumerators(type);
      }
    }
    return Map.of();
  }

  /** {@code struct btf_enum {u32 name_off; s32 val;}}; with kind_flag the values are signed. */
  private Map<String, Long> enumerators(BtfType type) {
    Map<String, Long> all = new LinkedHashMap<>();
    for (int i = 0; i < type.vlen(); i++) {
      long value = types.word(type, 2 * i + 1);
      all.put(types.string(types.word(type, 2 * i)), type.kindFlag() ? (int) value : value);
    }
    return all;
  }

  /** The variables of a data section such as {@code .rodata}; none if there is no such section. */
  public List<BtfVariable> variables(String sectionName) {
    for (BtfType type : types.all()) {
      if (type.kind() == BtfKind.DATASEC && type.name().equals(sectionName)) {
        return variables(type);
      }
    }
    return List.of();
  }

  /** The maps of section {@code .maps}, in its order; none if there is no such section. */
  public List<MapDefinition> maps() {
    List<MapDefinition> maps = new ArrayList<>();
    for (BtfType type : types.all()) {
      if (type.kind() == BtfKind.DATASEC && type.name().equals(".maps")) {
        variablesOf(type).forEach(variable -> maps.add(new MapReader(types).read(variable)));
      }
    }
    return maps;
  }

  /** The map of this name. */
  public Optional<MapDefinition> map(String name) {
    return maps().stream().filter(map -> map.name().equals(name)).findFirst();
  }

  private List<BtfType> variablesOf(BtfType datasec) {
    List<BtfType> variables = new ArrayList<>();
    for (int i = 0; i < datasec.vlen(); i++) {
      BtfType variable = types.get(types.word(datasec, 3 * i));
      if (variable.kind() != BtfKind.VAR) {
        throw types.error("a " + variable.kind() + " in a data section", datasec);
      }
      variables.add(variable);
    }
    return variables;
  }

  private List<BtfVariable> variables(BtfType datasec) {
    int section = elf.section(datasec.name()).map(Section::index).orElse(-1);
    List<BtfVariable> variables = new ArrayList<>();
    List<BtfType> all = variablesOf(datasec);
    for (int i = 0; i < all.size(); i++) {
      BtfType variable = all.get(i);
      long offset = offset(variable, section).orElse(types.word(datasec, 3 * i + 1));
      int size = types.size(variable.sizeOrType());
      if (offset > Integer.MAX_VALUE - size) {
        throw types.error("variable " + variable.name() + " at offset " + offset, datasec);
      }
      variables.add(new BtfVariable(variable.name(), (int) offset, size));
    }
    return variables;
  }

  /**
   * clang leaves the offsets of global variables to the linker, as relocations of .BTF by the
   * variable's symbol; libbpf resolves them the same way (btf_fixup_datasec).
   */
  private Optional<Long> offset(BtfType variable, int section) {
    return symbols.stream()
        .filter(s -> s.section() == section && s.name().equals(variable.name()))
        .map(Symbol::value)
        .findFirst();
  }
}
