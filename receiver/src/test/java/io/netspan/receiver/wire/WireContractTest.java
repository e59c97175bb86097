package io.netspan.receiver.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import io.netspan.bpf.btf.Btf;
import io.netspan.bpf.btf.BtfMember;
import io.netspan.bpf.btf.BtfStruct;
import io.netspan.enrich.cgroup.CgroupPath;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares the Java layouts with the C structs of the object that the agent loads. */
final class WireContractTest {
  private static final String OBJECT = "/io/netspan/bpf/object/netspan.bpf.o";

  /** The C struct that exists only to hold one member of each struct of the wire format. */
  private static final String REGISTRY = "wire";

  private static final String UDP_OBJECT = "/io/netspan/bpf/object/udp.bpf.o";

  private static Btf btf;

  @BeforeAll
  static void readObject() throws IOException {
    btf = read(OBJECT);
  }

  @Test
  void everyLayoutMatchesItsStruct() {
    assertThat(EventDecoder.differences(btf)).isEmpty();
  }

  @Test
  void enumNumbersMatchC() {
    assertThat(WireEnums.differences(btf)).isEmpty();
    assertThat(btf.enumerators("netspan_beginning"))
        .containsOnly(
            Map.entry("BEGAN_CONNECTED", 0L),
            Map.entry("BEGAN_ACCEPTED", (long) TcpEstablishedEvent.ACCEPTED),
            Map.entry("BEGAN_EARLY", (long) TcpEstablishedEvent.EARLY),
            Map.entry("BEGAN_RESTORED", (long) TcpEstablishedEvent.RESTORED));
  }

  @Test
  void differencesToTheEnumsOfAnotherObjectAreReported() throws IOException {
    assertThat(WireEnums.differences(read(UDP_OBJECT)))
        .hasSize(2)
        .first(STRING)
        .startsWith("enum netspan_event: C {}, Java {EVENT_PROCESS=1, EVENT_TCP_OPEN=2,");
  }

  @Test
  void peerKindsMatchC() throws IOException {
    assertThat(read(UDP_OBJECT).enumerators("udp_peer"))
        .containsOnly(
            Map.entry("PEER_KNOWN", (long) UdpFlowView.PEER_KNOWN),
            Map.entry("PEER_UNKNOWN", 1L),
            Map.entry("PEER_OTHERS", (long) UdpFlowView.PEER_OTHERS));
  }

  @Test
  void hierarchiesMatchC() {
    Map<String, Long> hierarchies = new LinkedHashMap<>();
    for (CgroupPath.Hierarchy hierarchy : CgroupPath.Hierarchy.values()) {
      hierarchies.put("HIERARCHY_" + hierarchy, (long) hierarchy.ordinal());
    }

    assertThat(btf.enumerators("netspan_hierarchy")).isEqualTo(hierarchies);
  }

  private static Btf read(String object) throws IOException {
    try (InputStream in = WireContractTest.class.getResourceAsStream(object)) {
      return Btf.of(Objects.requireNonNull(in, object).readAllBytes());
    }
  }

  @Test
  void everyStructOfTheWireFormatHasALayout() {
    List<String> structs =
        btf.struct(REGISTRY).orElseThrow().members().stream()
            .map(member -> member.struct().orElseThrow().name())
            .toList();

    assertThat(structs).contains("process_event", "tcp_close_event", "counters");
    assertThat(names(EventDecoder.layouts())).containsExactlyInAnyOrderElementsOf(structs);
  }

  @Test
  void theLayoutOfEveryViewIsCompared() throws ReflectiveOperationException {
    List<MemoryLayout> layouts = new ArrayList<>();
    for (Class<?> view : views(KernelEvent.class)) {
      layouts.add((StructLayout) view.getDeclaredField("LAYOUT").get(null));
    }

    assertThat(layouts).hasSize(EventType.values().length - 1);
    assertThat(names(EventDecoder.layouts())).containsAll(names(layouts));
  }

  /** Returns all concrete subclasses of a sealed class. */
  private static List<Class<?>> views(Class<?> sealed) {
    return Arrays.stream(sealed.getPermittedSubclasses())
        .flatMap(c -> c.isSealed() ? views(c).stream() : List.<Class<?>>of(c).stream())
        .toList();
  }

  private static List<String> names(Collection<? extends MemoryLayout> layouts) {
    return layouts.stream().map(layout -> layout.name().orElseThrow()).toList();
  }

  @Test
  void everyTypeHasACounter() {
    BtfStruct counters = btf.struct("counters").orElseThrow();

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
  void theTupleIsAtTheSameOffsetsInAllEvents(String member) {
    assertThat(WireLayout.offset(TcpOpenEvent.LAYOUT, member))
        .isEqualTo(WireLayout.offset(TcpEstablishedEvent.LAYOUT, member))
        .isEqualTo(WireLayout.offset(TcpCloseEvent.LAYOUT, member));
  }

  @Test
  void recordSizesAreMultiplesOfEight() {
    // The ring starts each record at a multiple of 8, and C pads structs with u64 members.
    assertThat(EventDecoder.layouts()).allMatch(layout -> layout.byteSize() % Long.BYTES == 0);
  }
}
