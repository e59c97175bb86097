package io.netspan.bpf.btf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import io.netspan.bpf.object.NetspanObject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests of the reader with well-formed types and with corrupt bytes. */
final class BtfTest {

  private final BtfBuilder types = new BtfBuilder();

  private BtfStruct struct() {
    return types.build().struct("s").orElseThrow();
  }

  private static List<String> places(BtfStruct struct) {
    return struct.members().stream()
        .map(m -> m.name() + " " + m.offset() + " " + m.size())
        .toList();
  }

  // ---- well-formed

  @Test
  void membersHaveNameOffsetAndSize() {
    int u8 = types.integer(1);
    int u64 = types.integer(8);
    types.struct("s", 24, "a", u8, 0, "b", u64, 64, "c", u8, 128);
    assertThat(places(struct())).containsExactly("a 0 1", "b 8 8", "c 16 1");
    assertThat(struct().size()).isEqualTo(24);
  }

  @Test
  void namesAndQualifiersAreSeenThrough() {
    int u32 = types.integer(4);
    int typedef = types.type("__u32", BtfKind.TYPEDEF, 0, u32);
    int constant = types.type("", BtfKind.CONST, 0, typedef);
    int isVolatile = types.type("", BtfKind.VOLATILE, 0, constant);
    int restrict = types.type("", BtfKind.RESTRICT, 0, isVolatile);
    int tag = types.type("user", BtfKind.TYPE_TAG, 0, restrict);
    types.struct("s", 4, "a", tag, 0);
    assertThat(places(struct())).containsExactly("a 0 4");
  }

  @Test
  void allKindsOfMembersHaveASize() {
    int u32 = types.integer(4);
    int u16 = types.integer(2);
    int row = types.type("", BtfKind.ARRAY, 0, 0, u16, u32, 3);
    int matrix = types.type("", BtfKind.ARRAY, 0, 0, row, u32, 5);
    int pointer = types.type("", BtfKind.PTR, 0, 0);
    int enumeration = types.type("e", BtfKind.ENUM, 1, 4, 0, 0);
    int wide = types.type("e64", BtfKind.ENUM64, 1, 8, 0, 0, 0);
    int real = types.type("double", BtfKind.FLOAT, 0, 8);
    int inner = types.struct("inner", 8, "x", u32, 0, "y", u32, 32);
    types.struct(
        "s",
        80,
        "m",
        matrix,
        0,
        "p",
        pointer,
        256,
        "e",
        enumeration,
        320,
        "w",
        wide,
        384,
        "f",
        real,
        448,
        "i",
        inner,
        512);
    assertThat(places(struct()))
        .containsExactly("m 0 30", "p 32 8", "e 40 4", "w 48 8", "f 56 8", "i 64 8");
    assertThat(places(struct().members().getLast().struct().orElseThrow()))
        .containsExactly("x 0 4", "y 4 4");
  }

  @Test
  void unnamedMembersAreTheirParents() {
    int u32 = types.integer(4);
    int pair = types.struct("", 8, "x", u32, 0, "y", u32, 32);
    int union = types.group(BtfKind.UNION, "", 8, "", pair, 0, "word", u32, 0);
    types.struct("s", 16, "a", u32, 0, "", union, 64);
    assertThat(places(struct())).containsExactly("a 0 4", "x 8 4", "y 12 4", "word 8 4");
  }

  @Test
  void bitFieldsHaveTheOffsetOfTheirByte() {
    int u32 = types.integer(4);
    int info = 1 << 31 | BtfKind.STRUCT.ordinal() << 24 | 2;
    int a = types.string("a");
    int b = types.string("b");
    types.raw("s", info, 4, a, u32, 3 << 24, b, u32, 5 << 24 | 11);
    assertThat(places(struct())).containsExactly("a 0 4", "b 1 4");
  }

  @Test
  void kindsWithoutLayoutAreSkipped() {
    int u32 = types.integer(4);
    types.type("f", BtfKind.FWD, 0, 0);
    int proto = types.type("", BtfKind.FUNC_PROTO, 2, u32, 0, u32, 0, u32);
    int function = types.type("main", BtfKind.FUNC, 1, proto);
    types.type("tag", BtfKind.DECL_TAG, 0, function, -1);
    types.struct("s", 4, "a", u32, 0);
    assertThat(places(struct())).containsExactly("a 0 4");
    assertThat(types.build().struct("f")).isEmpty();
  }

  @Test
  void variablesStandWhereTheirSymbolSays() {
    int u32 = types.integer(4);
    int global = types.type("global", BtfKind.VAR, 0, u32, 1);
    int local = types.type("local", BtfKind.VAR, 0, u32, 0);
    types.type(".rodata", BtfKind.DATASEC, 2, 0, global, 0, 4, local, 24, 4);
    types.symbol("global", 16);
    assertThat(types.build().variables(".rodata"))
        .containsExactly(new BtfVariable("global", 16, 4), new BtfVariable("local", 24, 4));
    assertThat(types.build().variables(".bss")).isEmpty();
  }

  /** A member as {@code __uint} makes it: a pointer to an array of that many elements. */
  private int uint(int value) {
    return types.type("", BtfKind.PTR, 0, types.type("", BtfKind.ARRAY, 0, 0, 1, 1, value));
  }

  private Btf maps(int... declarations) {
    int[] words = new int[3 * declarations.length];
    for (int i = 0; i < declarations.length; i++) {
      words[3 * i] = types.type("map" + i, BtfKind.VAR, 0, declarations[i], 1);
    }
    types.type(".maps", BtfKind.DATASEC, declarations.length, 0, words);
    return types.build();
  }

  @Test
  void mapsAreReadAsTheyAreDeclared() {
    int u32 = types.integer(4);
    int u64 = types.type("__u64", BtfKind.TYPEDEF, 0, types.integer(8));
    int value = types.struct("flow", 16, "sent", u64, 0, "received", u64, 64);
    int hash =
        types.struct(
            "",
            32,
            "type",
            uint(1),
            0,
            "max_entries",
            uint(1 << 31),
            64,
            "key",
            types.type("", BtfKind.PTR, 0, types.type("", BtfKind.CONST, 0, u64)),
            128,
            "value",
            types.type("", BtfKind.PTR, 0, value),
            192);
    int sized =
        types.struct(
            "", 24, "type", uint(2), 0, "key_size", uint(4), 64, "value_size", uint(12), 128);
    int ring = types.struct("", 8, "type", uint(27), 0, "map_flags", uint(7), 64);
    Btf btf = maps(hash, sized, ring);

    assertThat(btf.maps())
        .containsExactly(
            new MapDefinition(
                "map0",
                1,
                1 << 31,
                0,
                Optional.of(new MapDefinition.Content("__u64", 8, Optional.empty())),
                Optional.of(new MapDefinition.Content("flow", 16, btf.struct("flow")))),
            new MapDefinition(
                "map1",
                2,
                0,
                0,
                Optional.of(new MapDefinition.Content("", 4, Optional.empty())),
                Optional.of(new MapDefinition.Content("", 12, Optional.empty()))),
            new MapDefinition("map2", 27, 0, 7, Optional.empty(), Optional.empty()));
    assertThat(btf.map("map2")).contains(btf.maps().getLast());
    assertThat(btf.map("map3")).isEmpty();
    assertThat(u32).isPositive();
  }

  @Test
  void enumeratorsHaveNumbers() {
    types.raw("signed", 1 << 31 | BtfKind.ENUM.ordinal() << 24 | 1, 4, types.string("LOW"), -1);
    types.type(
        "kinds", BtfKind.ENUM, 2, 4, types.string("FIRST"), 1, types.string("LAST"), 1 << 31);
    Btf btf = types.build();

    assertThat(btf.enumerators("kinds"))
        .containsExactly(Map.entry("FIRST", 1L), Map.entry("LAST", 1L << 31));
    assertThat(btf.enumerators("signed")).containsExactly(Map.entry("LOW", -1L));
    assertThat(btf.enumerators("others")).isEmpty();
  }

  @Test
  void anObjectMayHaveNoMaps() {
    types.integer(4);
    assertThat(types.build().maps()).isEmpty();
  }

  @Test
  void whatIsNoMapIsRefused() {
    int number = types.integer(4);
    assertThatThrownBy(maps(number)::maps)
        .isInstanceOf(BtfException.class)
        .hasMessageContaining("map map0 is a INT");
  }

  @Test
  void aMapsMembersArePointers() {
    int number = types.integer(4);
    assertThatThrownBy(maps(types.struct("", 8, "type", number, 0))::maps)
        .isInstanceOf(BtfException.class)
        .hasMessageContaining("a map has a INT where a pointer belongs");
  }

  @Test
  void aMapsNumbersArePointersToArrays() {
    int pointer = types.type("", BtfKind.PTR, 0, types.integer(4));
    assertThatThrownBy(maps(types.struct("", 8, "max_entries", pointer, 0))::maps)
        .isInstanceOf(BtfException.class)
        .hasMessageContaining("member max_entries of a map is no number");
  }

  @Test
  void theRealObjectsMapsAreRead() {
    Btf btf = Btf.of(NetspanObject.elf());
    assertThat(btf.maps())
        .extracting(MapDefinition::name)
        .contains("events", "announced", "programs", "tallies", "answer");
    MapDefinition tallies = btf.map("tallies").orElseThrow();
    assertThat(tallies.value().orElseThrow().type()).isEqualTo("counters");
    assertThat(tallies.value().orElseThrow().struct()).isEqualTo(btf.struct("counters"));
  }

  @Test
  void theRealObjectIsRead() {
    Btf btf = Btf.of(NetspanObject.elf());
    BtfStruct closing = btf.struct("tcp_closing_event").orElseThrow();
    assertThat(places(closing)).startsWith("type 0 4", "size 4 4", "ktime_ns 8 8", "sk 16 8");
    assertThat(btf.variables(".rodata"))
        .extracting(BtfVariable::name)
        .contains("exclude_self", "wakeup_interval_ns");
    assertThat(btf.variables(".rodata")).extracting(BtfVariable::offset).doesNotHaveDuplicates();
    assertThat(btf.struct("no_such_event")).isEmpty();
  }

  // ---- corrupt

  static List<Arguments> corruptTypes() {
    return List.of(
        corrupt(
            "typedef of itself",
            t -> t.struct("s", 4, "a", t.type("t", BtfKind.TYPEDEF, 0, t.next()), 0)),
        corrupt("member of no type", t -> t.struct("s", 4, "a", 99, 0)),
        corrupt("member that is void", t -> t.struct("s", 4, "a", 0, 0)),
        corrupt("struct within itself", t -> t.struct("s", 4, "a", t.next(), 0)),
        corrupt("unnamed struct within itself", t -> t.struct("s", 4, "", t.next(), 0)),
        corrupt("struct of 2^31 bytes", t -> t.struct("s", 1 << 31)),
        corrupt(
            "member beyond 2^31 bytes",
            t -> {
              int inner = t.integer(4);
              for (int level = 0; level < 5; level++) {
                inner = t.struct("", 4, "", inner, -8);
              }
              t.struct("s", 4, "", inner, 0);
            }),
        corrupt("unknown kind", t -> t.raw("s", 30 << 24, 0)),
        corrupt("kind 0", t -> t.raw("s", 0, 0)),
        corrupt("members cut off", t -> t.raw("s", BtfKind.STRUCT.ordinal() << 24 | 3, 4, 0, 0)),
        corrupt("name beyond the strings", t -> t.struct("s", 4, 9999, t.integer(4), 0)),
        corrupt(
            "array of itself",
            t -> t.struct("s", 4, "a", t.type("", BtfKind.ARRAY, 0, 0, t.next(), 0, 1), 0)),
        corrupt(
            "array of 2^32 elements",
            t -> t.struct("s", 4, "a", t.type("", BtfKind.ARRAY, 0, 0, t.integer(1), 0, -1), 0)),
        corrupt("structs that double at each level", BtfTest::doubling));
  }

  private static Arguments corrupt(String name, Consumer<BtfBuilder> types) {
    return argumentSet(name, types);
  }

  private static void doubling(BtfBuilder types) {
    int inner = types.integer(4);
    for (int level = 0; level < 60; level++) {
      inner = types.struct("s" + level, 4, "a", inner, 0, "b", inner, 0);
    }
    types.struct("s", 4, "a", inner, 0);
  }

  @ParameterizedTest
  @MethodSource("corruptTypes")
  void corruptTypesAreOneKindOfException(Consumer<BtfBuilder> corrupt) {
    corrupt.accept(types);
    BtfException e = catchThrowableOfType(BtfException.class, this::struct);
    assertThat(e).isNotNull();
    assertThat(e).hasMessageContaining(" at byte " + e.offset());
  }

  @Test
  void otherFilesAreNamed() {
    byte[] elf = types.elf();
    assertThatThrownBy(() -> Btf.of(new byte[100])).hasMessage("not an ELF file at byte 0");
    byte[] bigEndian = elf.clone();
    bigEndian[5] = 2;
    assertThatThrownBy(() -> Btf.of(bigEndian))
        .hasMessage("not a 64-bit little-endian ELF file at byte 4");
    byte[] x86 = elf.clone();
    x86[18] = 62;
    assertThatThrownBy(() -> Btf.of(x86)).hasMessage("not for BPF, but for machine 62 at byte 18");
    byte[] manySections = elf.clone();
    ByteBuffer.wrap(manySections).order(ByteOrder.LITTLE_ENDIAN).putShort(60, (short) -1);
    assertThatThrownBy(() -> Btf.of(manySections)).isInstanceOf(BtfException.class);
  }

  @Test
  void noTruncationEscapesAsAnotherException() {
    byte[] elf = NetspanObject.elf();
    for (int length = 0; length < elf.length; length += 1 + length / 50) {
      readAll(Arrays.copyOf(elf, length));
    }
  }

  /**
   * Flips bytes of the parts that are parsed; the seed is fixed, so that failures are reproducible.
   */
  @Test
  void noCorruptionEscapesAsAnotherException() {
    Random random = new Random(20_261_121);
    int t = types.integer(4);
    types.struct("s", 8, "a", t, 0, "b", types.type("", BtfKind.ARRAY, 0, 0, t, t, 1), 32);
    types.type(".rodata", BtfKind.DATASEC, 1, 0, types.type("v", BtfKind.VAR, 0, t, 1), 0, 4);
    types.symbol("v", 4);
    types.type("e", BtfKind.ENUM, 2, 4, types.string("A"), 1, types.string("B"), 2);
    maps(types.struct("", 16, "max_entries", uint(8), 0, "key", uint(2), 64));
    byte[] elf = types.elf();
    int survived = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] corrupt = elf.clone();
      for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
        corrupt[random.nextInt(corrupt.length)] = (byte) random.nextInt(256);
      }
      survived += readAll(corrupt) ? 1 : 0;
    }
    assertThat(survived).as("read in spite of it").isBetween(1_000, 19_000);
  }

  private static boolean readAll(byte[] elf) {
    try {
      Btf btf = Btf.of(elf);
      var _ = btf.struct("s");
      var _ = btf.struct("tcp_close_event");
      var _ = btf.variables(".rodata");
      var _ = btf.maps();
      var _ = btf.enumerators("e");
      return true;
    } catch (BtfException _) {
      return false;
    }
  }
}
