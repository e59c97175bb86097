package io.netspan.receiver.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.bpf.btf.Btf;
import io.netspan.bpf.btf.BtfMember;
import io.netspan.bpf.btf.BtfStruct;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Java layouts against the C structs of the object that the agent loads. */
final class WireContractTest {
  private static final String OBJECT = "/io/netspan/bpf/object/netspan.bpf.o";

  /** Which in C does nothing but hold one member of each type of the wire. */
  private static final String REGISTRY = "wire";

  private static Btf btf;

  @BeforeAll
  static void readObject() throws IOException {
    try (InputStream in = WireContractTest.class.getResourceAsStream(OBJECT)) {
      btf = Btf.of(Objects.requireNonNull(in, OBJECT).readAllBytes());
    }
  }

  @Test
  void noLayoutDiffersFromItsStruct() {
    assertThat(EventDecoder.differences(btf)).isEmpty();
  }

  @Test
  void everyStructOfTheWireHasALayout() {
    List<String> structs =
        btf.struct(REGISTRY).orElseThrow().members().stream()
            .map(member -> member.struct().orElseThrow().name())
            .toList();

    assertThat(structs).contains("process_event", "tcp_close_event", "counters");
    assertThat(names(EventDecoder.layouts())).containsExactlyInAnyOrderElementsOf(structs);
  }

  @Test
  void everyViewHasItsLayoutCompared() throws ReflectiveOperationException {
    List<MemoryLayout> layouts = new ArrayList<>();
    for (Class<?> view : views(KernelEvent.class)) {
      layouts.add((StructLayout) view.getDeclaredField("LAYOUT").get(null));
    }

    assertThat(layouts).hasSize(EventType.values().length - 1);
    assertThat(names(EventDecoder.layouts())).containsAll(names(layouts));
  }

  /** All concrete classes below a sealed one. */
  private static List<Class<?>> views(Class<?> sealed) {
    return Arrays.stream(sealed.getPermittedSubclasses())
        .flatMap(c -> c.isSealed() ? views(c).stream() : List.<Class<?>>of(c).stream())
        .toList();
  }

  private static List<String> names(Collection<? extends MemoryLayout> layouts) {
    return layouts.stream().map(layout -> layout.name().orElseThrow()).toList();
  }

  @Test
  void everyTypeHasATally() {
    BtfStruct counters = btf.struct("counters").orElseThrow();

    assertThat(size(counters, "sent")).isEqualTo(EventType.values().length * Long.BYTES);
    assertThat(size(counters, "lost")).isEqualTo(EventType.values().length * Long.BYTES);
    assertThat(size(counters, "failed"))
        .isEqualTo(KernelCounts.Failure.values().length * Long.BYTES);
    assertThat(size(counters, "stood_in")).isEqualTo(Long.BYTES);
  }

  private static int size(BtfStruct struct, String member) {
    return struct.members().stream()
        .filter(m -> m.name().equals(member))
        .mapToInt(BtfMember::size)
        .sum();
  }

  @ParameterizedTest
  @ValueSource(strings = {"sk", "saddr", "daddr", "net_ns", "family", "sport", "dport"})
  void theTupleIsAtTheSameOffsetsInAllThatHaveIt(String member) {
    assertThat(WireLayout.offset(TcpOpenEvent.LAYOUT, member))
        .isEqualTo(WireLayout.offset(TcpEstablishedEvent.LAYOUT, member))
        .isEqualTo(WireLayout.offset(TcpCloseEvent.LAYOUT, member));
  }

  @Test
  void recordsAreWholeWords() {
    // The ring starts each record at a multiple of 8, and C pads structs with u64 members so.
    assertThat(EventDecoder.layouts()).allMatch(layout -> layout.byteSize() % Long.BYTES == 0);
  }
}
