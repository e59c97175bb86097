package io.netspan.bpf.object;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests with the real object, libbpf and kernel. */
@KernelTest
final class BpfKernelTest {
  private static final String SOCKET = "tcp_socket_event";

  private static final String TRACER = "inet_sock_set_state";

  private static BpfObject open() {
    return NetspanObject.open();
  }

  /** BPF descriptors of this process: maps, programs, links, BTF. */
  private static List<String> bpfDescriptors() throws IOException {
    try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
      return fds.map(BpfKernelTest::target)
          .filter(t -> t.startsWith("anon_inode:bpf") || t.startsWith("anon_inode:btf"))
          .sorted()
          .toList();
    }
  }

  private static String target(Path fd) {
    try {
      return Files.readSymbolicLink(fd).toString();
    } catch (IOException _) {
      return ""; // closed meanwhile: the listing's own
    }
  }

  @Test
  void loadAttachAndCloseLeaveNothing() throws IOException {
    List<String> before = bpfDescriptors();
    try (BpfObject object = open()) {
      object.map("events").resize(64 * 1024);
      object.load();
      object.program(TRACER).attach();
      object.program("stand_in").attach();
      assertThat(object.map("events").maxEntries()).isEqualTo(64 * 1024);
      assertThat(bpfDescriptors()).contains("anon_inode:bpf-prog", "anon_inode:bpf_link");
    }
    assertThat(bpfDescriptors()).isEqualTo(before);
  }

  @Test
  void aFailedLoadLeavesNothing(@TempDir Path directory) throws Exception {
    List<String> before = bpfDescriptors();
    try (BpfObject object = BpfObject.open("bad", compile(directory, UNBOUNDED))) {
      assertThatThrownBy(object::load).isInstanceOf(VerifierException.class);
    }
    assertThat(bpfDescriptors()).isEqualTo(before);
  }

  @Test
  void aProgramRunsInItsCallersContext() {
    try (BpfObject object = open();
        Arena arena = Arena.ofConfined()) {
      object.load();
      object.program("remember_self").run();
      MemorySegment bss = arena.allocate(4096, 8);
      object.map(".bss").lookup(0, bss);
      int offset =
          object.btf().variables(".bss").stream()
              .filter(v -> v.name().equals("self_tgid"))
              .findFirst()
              .orElseThrow()
              .offset();
      assertThat(bss.get(ValueLayout.JAVA_INT, offset))
          .isEqualTo((int) ProcessHandle.current().pid());
    }
  }

  private static final int TCP_LISTEN = 10;

  /**
   * The ports of the listening sockets of this process that an iteration found, one for each
   * descriptor.
   */
  private static List<Integer> listening(BpfObject object, BpfIterator walk) {
    int sport = NetspanObject.offset(object, SOCKET, "sport");
    int tgid = NetspanObject.offset(object, SOCKET, "tgid");
    int state = NetspanObject.offset(object, SOCKET, "state");
    List<Integer> ports = new ArrayList<>();
    while (walk.fill()) {
      walk.deliver(
          (records, offset, length) -> {
            assertThat(length).isEqualTo(NetspanObject.size(object, SOCKET));
            if (records.get(ValueLayout.JAVA_BYTE, offset + state) == TCP_LISTEN
                && records.get(ValueLayout.JAVA_INT, offset + tgid)
                    == ProcessHandle.current().pid()) {
              ports.add(
                  Short.toUnsignedInt(
                      records.get(ValueLayout.JAVA_SHORT_UNALIGNED, offset + sport)));
            }
          });
    }
    return ports;
  }

  @Test
  void aWalkFindsWhatIsOpen() throws IOException {
    List<String> before = bpfDescriptors();
    try (BpfObject object = open();
        ServerSocket first = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ServerSocket second = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      object.constant("exclude_self", 0);
      object.load();
      for (int i = 0; i < 3; i++) {
        try (BpfIterator walk =
            object.program("descriptors").iterate(NetspanObject.size(object, SOCKET))) {
          assertThat(listening(object, walk)).contains(first.getLocalPort(), second.getLocalPort());
        }
      }
    }
    assertThat(bpfDescriptors()).isEqualTo(before);
  }

  @Test
  void whatIsAttachedIsThere() {
    try (BpfObject object = open()) {
      object.load();
      object.program(TRACER).attach();
      assertThatNoException().isThrownBy(object::requireAttached);
    }
  }

  @Test
  void aProgramThatHasNotRunMissedNothing() {
    try (BpfObject object = open()) {
      object.load();
      assertThat(object.program(TRACER).missedRuns()).isZero();
    }
  }

  @Test
  void aConstantIsWhatTheProgramSees() {
    try (BpfObject object = open();
        Arena arena = Arena.ofConfined()) {
      object.constant("wakeup_interval_ns", 123_456_789_012L);
      object.load();
      MemorySegment rodata = arena.allocate(4096, 8);
      object.map(".rodata").lookup(0, rodata);
      assertThat(object.btf().variables(".rodata"))
          .filteredOn(v -> v.name().equals("wakeup_interval_ns"))
          .extracting(v -> rodata.get(ValueLayout.JAVA_LONG, v.offset()))
          .containsExactly(123_456_789_012L);
    }
  }

  @Test
  void aMapPerCpuGivesASlotForEach() {
    try (BpfObject object = open();
        Arena arena = Arena.ofConfined()) {
      object.load();
      int size = object.btf().struct("counters").orElseThrow().size();
      MemorySegment slots = arena.allocate((long) size * BpfMap.possibleCpus(), 8);
      slots.fill((byte) 1);
      object.map("tallies").lookup(0, slots);
      assertThat(slots.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
    }
  }

  @Test
  void programsThatDoNotAttachSayWhat() {
    try (BpfObject object = open()) {
      object.load();
      assertThatThrownBy(() -> object.program("remember_self").attach())
          .isExactlyInstanceOf(BpfException.class)
          .hasMessageStartingWith("attach program remember_self: ");
      assertThatThrownBy(() -> object.program(TRACER).run())
          .hasMessageStartingWith("run program inet_sock_set_state: ");
      assertThatThrownBy(() -> object.program("nothing").attach())
          .hasMessage("find program nothing: none in object netspan");
    }
  }

  // ---- the verifier

  private static final String UNBOUNDED =
      """
      typedef unsigned int u32;
      char LICENSE[] __attribute__((section("license"), used)) = "GPL";
      int table[4];
      __attribute__((section("raw_tp"), used)) int bad(unsigned long *ctx)
      {
        return table[(u32) ctx[0]];
      }
      """;

  @Test
  void theVerifiersVerdictIsShown(@TempDir Path directory) throws Exception {
    try (BpfObject object = BpfObject.open("bad", compile(directory, UNBOUNDED))) {
      VerifierException e = catchThrowableOfType(VerifierException.class, object::load);
      assertThat(e.program()).isEqualTo("bad");
      assertThat(e)
          .hasMessageStartingWith("load program bad: EACCES (13); the verifier says:\n")
          .hasMessageContaining("unbounded memory access")
          .hasMessageContaining("lines omitted)");
      assertThat(e.log()).contains("R1=ctx", "processed ");
      assertThat(e.log().lines()).hasSizeGreaterThan(8);
    }
  }

  private static byte[] compile(Path directory, String source)
      throws IOException, InterruptedException {
    Path file = Files.writeString(directory.resolve("bad.bpf.c"), source);
    Path object = directory.resolve("bad.bpf.o");
    Process clang;
    try {
      clang =
          new ProcessBuilder(
                  "clang",
                  "-O2",
                  "-g",
                  "-target",
                  "bpf",
                  "-c",
                  file.toString(),
                  "-o",
                  object.toString())
              .redirectErrorStream(true)
              .start();
    } catch (IOException e) {
      assumeTrue(false, "needs clang to compile a bad program: " + e.getMessage());
      throw e;
    }
    String output = new String(clang.getInputStream().readAllBytes(), UTF_8);
    assertThat(clang.waitFor()).as(output).isZero();
    return Files.readAllBytes(object);
  }

  // ---- without privileges

  @ParameterizedTest
  @ValueSource(strings = {"-bpf,-perfmon,-sys_admin", "-perfmon,-sys_admin", "-bpf,-sys_admin"})
  void withoutCapabilitiesTheMessageNamesThem(String dropped) throws Exception {
    assertThat(runWith(dropped))
        .contains("EPERM (1); needs CAP_BPF and CAP_PERFMON (or root)")
        .doesNotContain("loaded");
  }

  @Test
  void theTwoCapabilitiesAreEnough() throws Exception {
    assertThat(runWith("-all,+bpf,+perfmon")).isEqualTo("loaded\n");
  }

  private static String runWith(String boundingSet) throws Exception {
    try {
      return ChildJvm.run(
          List.of("setpriv", "--bounding-set", boundingSet, "--inh-caps", "-all"),
          "--enable-native-access=ALL-UNNAMED");
    } catch (IOException e) {
      assumeTrue(false, "needs setpriv of util-linux to drop capabilities: " + e.getMessage());
      throw e;
    }
  }
}
