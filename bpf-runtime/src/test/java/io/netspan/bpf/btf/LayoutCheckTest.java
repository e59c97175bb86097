package io.netspan.bpf.btf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netspan.bpf.object.NetspanObject;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LayoutCheckTest {

  private final BtfBuilder types = new BtfBuilder();
  private final int u16 = types.integer(2);
  private final int u32 = types.integer(4);
  private final int u64 = types.integer(8);

  private static StructLayout event(MemoryLayout... members) {
    return MemoryLayout.structLayout(members).withName("event");
  }

  private List<String> compare(MemoryLayout... members) {
    return LayoutCheck.compare(event(members), types.build());
  }

  /** {@code struct event {u64 sk; u16 sport; u16 dport; u32 pad;}}. */
  private void declareEvent() {
    types.struct("event", 16, "sk", u64, 0, "sport", u16, 64, "dport", u16, 80, "pad", u32, 96);
  }

  @Test
  void equalLayoutsDoNotDiffer() {
    declareEvent();
    assertThat(
            compare(
                JAVA_LONG.withName("sk"),
                JAVA_SHORT.withName("sport"),
                JAVA_SHORT.withName("dport"),
                JAVA_INT.withName("pad")))
        .isEmpty();
  }

  @Test
  void aSwapOfEqualSizesIsFound() {
    declareEvent();
    assertThat(
            compare(
                JAVA_LONG.withName("sk"),
                JAVA_SHORT.withName("dport"),
                JAVA_SHORT.withName("sport"),
                JAVA_INT.withName("pad")))
        .containsExactly(
            "event.sport: C [8, 2] Java [10, 2]", "event.dport: C [10, 2] Java [8, 2]");
  }

  @Test
  void missingMembersAreFoundOnBothSides() {
    declareEvent();
    assertThat(
            compare(
                JAVA_LONG.withName("sk"), JAVA_INT.withName("port"), MemoryLayout.paddingLayout(4)))
        .containsExactly(
            "event.sport: C [8, 2], not in Java",
            "event.dport: C [10, 2], not in Java",
            "event.pad: C [12, 4], not in Java",
            "event.port: not in C, Java [8, 4]");
  }

  @Test
  void sizesAreCompared() {
    declareEvent();
    assertThat(
            compare(
                JAVA_INT.withName("sk"),
                MemoryLayout.paddingLayout(4),
                JAVA_SHORT.withName("sport"),
                JAVA_SHORT.withName("dport")))
        .containsExactly(
            "event.sk: C [0, 8] Java [0, 4]",
            "event.pad: C [12, 4], not in Java",
            "event: C 16 bytes, Java 12");
  }

  @Test
  void structsWithinAreCompared() {
    int header = types.struct("header", 8, "type", u32, 0, "size", u32, 32);
    types.struct("event", 16, "header", header, 0, "sk", u64, 64);
    StructLayout swapped =
        MemoryLayout.structLayout(JAVA_INT.withName("size"), JAVA_INT.withName("type"));
    assertThat(compare(swapped.withName("header"), JAVA_LONG.withName("sk")))
        .containsExactly(
            "event.header.type: C [0, 4] Java [4, 4]", "event.header.size: C [4, 4] Java [0, 4]");
    assertThat(
            compare(
                MemoryLayout.sequenceLayout(8, JAVA_BYTE).withName("header"),
                JAVA_LONG.withName("sk")))
        .isEmpty();
  }

  @Test
  void unnamedUnionsAreSeenThrough() {
    int union = types.group(BtfKind.UNION, "", 4, "v4", u32, 0, "port", u16, 0);
    types.struct("event", 8, "", union, 0, "pad", u32, 32);
    assertThat(
            compare(
                MemoryLayout.unionLayout(JAVA_INT.withName("v4"), JAVA_SHORT.withName("port")),
                JAVA_INT.withName("pad")))
        .isEmpty();
  }

  @Test
  void aCarelessLayoutIsNamed() {
    declareEvent();
    assertThat(compare(JAVA_LONG, JAVA_INT.withName("pad"), JAVA_INT.withName("pad")))
        .contains("event: Java has a member without a name at 0", "event.pad: twice in Java");
    assertThat(LayoutCheck.compare(event().withName("other"), types.build()))
        .containsExactly("other: no such struct in C");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LayoutCheck.compare(MemoryLayout.structLayout(JAVA_INT), types.build()));
  }

  @Test
  void aSwapInTheRealObjectIsFound() {
    Btf btf = Btf.of(NetspanObject.elf());
    BtfStruct struct = btf.struct("tcp_closing_event").orElseThrow();
    List<MemoryLayout> members = new ArrayList<>();
    for (BtfMember member : struct.members()) {
      members.add(MemoryLayout.sequenceLayout(member.size(), JAVA_BYTE).withName(member.name()));
    }
    assertThat(LayoutCheck.compare(named(struct, members), btf)).isEmpty();
    Collections.swap(members, 0, 1);
    assertThat(LayoutCheck.compare(named(struct, members), btf))
        .containsExactly(
            "tcp_closing_event.type: C [0, 4] Java [4, 4]",
            "tcp_closing_event.size: C [4, 4] Java [0, 4]");
  }

  private static StructLayout named(BtfStruct struct, List<MemoryLayout> members) {
    return MemoryLayout.structLayout(members.toArray(MemoryLayout[]::new)).withName(struct.name());
  }

  // ---- maps

  private static final StructLayout FLOW =
      MemoryLayout.structLayout(JAVA_LONG.withName("sent")).withName("flow");

  private static Btf mapOf(String struct) {
    BtfBuilder types = new BtfBuilder();
    int u64 = types.integer(8);
    int value = types.struct(struct, 8, "sent", u64, 0);
    int pointer = types.type("", BtfKind.PTR, 0, value);
    int map = types.struct("", 8, "value", pointer, 0);
    types.type(".maps", BtfKind.DATASEC, 1, 0, types.type("flows", BtfKind.VAR, 0, map, 1), 0, 8);
    return types.build();
  }

  @Test
  void aMapsContentHasItsName() {
    assertThat(LayoutCheck.compareValue("flows", FLOW, mapOf("flow"))).isEmpty();
    assertThat(LayoutCheck.compareValue("flows", FLOW, mapOf("socket")))
        .containsExactly("map flows, value: C socket, Java flow");
    assertThat(LayoutCheck.compareKey("flows", FLOW, mapOf("flow")))
        .containsExactly("map flows, key: C none, Java flow");
    assertThat(LayoutCheck.compareKey("others", FLOW, mapOf("flow")))
        .containsExactly("map others: not in C");
  }
}
