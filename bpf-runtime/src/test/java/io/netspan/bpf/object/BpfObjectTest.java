package io.netspan.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import io.netspan.bpf.btf.BtfVariable;
import io.netspan.bpf.ring.RingBuffer;
import io.netspan.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests the calls to libbpf and the translation of its errors; no kernel, no libbpf. */
final class BpfObjectTest {

  private static final String TRACER = "inet_sock_set_state";

  private final FakeCalls calls = new FakeCalls();

  private BpfObject open() {
    return BpfObject.open("netspan", NetspanObject.elf(), calls);
  }

  private BpfObject loaded() {
    BpfObject object = open();
    object.load();
    return object;
  }

  // ---- life

  @Test
  void linksGoFirstAndTheLastOneFirst() {
    BpfObject object = loaded();
    object.program("one").attach();
    object.program("two").attach();
    calls.log.clear();
    object.close();
    object.close();
    assertThat(calls.log)
        .containsExactly(
            "bpf_link__destroy link of two",
            "bpf_link__destroy link of one",
            "bpf_object__close netspan");
  }

  @Test
  void aWalkThatCannotBeginSaysWhat() {
    BpfObject object = loaded();
    calls.fail("bpf_program__attach_iter", 22);
    assertThatThrownBy(() -> object.program("descriptors").iterate(8))
        .isInstanceOf(BpfException.class)
        .hasMessageStartingWith("attach program descriptors: EINVAL (22)");
  }

  @Test
  void aWalkThatTheKernelEndsSaysSo() {
    calls.fail("read", 12);
    try (BpfIterator walk = loaded().program("descriptors").iterate(8)) {
      assertThatThrownBy(walk::fill)
          .isInstanceOf(BpfException.class)
          .hasMessage("walk descriptors: read: ENOMEM (12)");
    }
    assertThat(calls.log).last().asString().startsWith("close ");
  }

  @Test
  void aWalkOverObjectsWithoutARecordGoesOn() {
    calls.fail("read", 11);
    try (BpfIterator walk = loaded().program("descriptors").iterate(8)) {
      assertThat(walk.fill()).isTrue();
      assertThat(walk.deliver((records, offset, length) -> {})).isZero();
    }
  }

  @Test
  void aRecordInTwoPiecesIsDeliveredOnce() {
    try (BpfIterator walk = loaded().program("descriptors").iterate(12)) {
      List<Integer> lengths = new ArrayList<>();
      for (int read = 0; read < 3; read++) { // 8 bytes each
        assertThat(walk.fill()).isTrue();
        walk.deliver((records, offset, length) -> lengths.add(length));
      }
      assertThat(lengths).containsExactly(12, 12);
    }
  }

  @Test
  void aLinkThatIsGoneIsNamed() {
    BpfObject object = loaded();
    object.program("one").attach();
    calls.fail("bpf_obj_get_info_by_fd", 9);
    assertThatThrownBy(object::requireAttached)
        .isInstanceOf(BpfException.class)
        .hasMessage("the link of program one is gone: EBADF (9)");
  }

  @Test
  void aLinkWithoutItsCgroupIsNamed() {
    BpfObject object = loaded();
    object.program("one").attach(Path.of("/cgroup"));
    calls.kernelInfo = MemorySegment.ofArray(new long[] {3, 0, 1, 0});
    assertThatNoException().isThrownBy(object::requireAttached);
    calls.kernelInfo = MemorySegment.ofArray(new long[] {3, 0, 0, 0});
    assertThatThrownBy(object::requireAttached)
        .isInstanceOf(BpfException.class)
        .hasMessage("the link of program one was detached from its cgroup");
  }

  @Test
  void aTracingLinkHasNoCgroupToLose() {
    BpfObject object = loaded();
    BpfLink link = object.program("one").attach();
    calls.kernelInfo = MemorySegment.ofArray(new long[] {2, 0, 0, 0});

    assertThat(link).isInstanceOf(TracingLink.class);
    assertThat(link.program()).isEqualTo("one");
    assertThatNoException().isThrownBy(link::requireAttached);
  }

  @Test
  void aLinkIsClosedByItselfOnce() {
    BpfObject object = loaded();
    BpfLink one = object.program("one").attach();
    object.program("two").attach();
    calls.log.clear();

    one.close();
    one.close();
    assertThat(calls.log).containsExactly("bpf_link__destroy link of one");
    assertThatIllegalStateException().isThrownBy(one::requireAttached);

    calls.log.clear();
    object.close();
    one.close();
    assertThat(calls.log)
        .containsExactly("bpf_link__destroy link of two", "bpf_object__close netspan");
  }

  @Test
  void aProgramIsOneThing() {
    BpfObject object = loaded();

    assertThat(object.program("one")).isSameAs(object.program("one"));
    assertThat(object.program("one").name()).isEqualTo("one");
  }

  @Test
  void aProgramGoesWithItsObject() {
    BpfObject object = loaded();
    BpfProgram program = object.program("one");
    object.close();

    assertThat(program.name()).isEqualTo("one");
    for (Runnable use :
        List.<Runnable>of(
            () -> program.autoload(true),
            program::attach,
            () -> program.attach(Path.of("/cgroup")),
            () -> program.iterate(8),
            program::run,
            program::missedRuns)) {
      assertThatIllegalStateException()
          .isThrownBy(use::run)
          .withMessageEndingWith("object netspan is closed");
    }
  }

  @Test
  void failuresHaveTheirNumber() {
    BpfObject object = loaded();
    calls.fail("bpf_prog_test_run_opts", Errno.EINVAL);

    assertThat(
            catchThrowableOfType(BpfException.class, () -> object.program("remember_self").run()))
        .returns(Errno.EINVAL, BpfException::errno)
        .returns("run program remember_self: EINVAL (22)", BpfException::reason)
        .returns("", BpfException::remedy);
    assertThat(catchThrowableOfType(BpfException.class, () -> object.program("missing")).errno())
        .isZero();
  }

  @Test
  void aMapKnowsItsDeclaration() {
    BpfObject object = open();

    assertThat(object.map("events").definition().type()).isEqualTo(FakeCalls.RINGBUF);
    assertThatThrownBy(() -> object.map(".rodata").definition())
        .isInstanceOf(BpfException.class)
        .hasMessage("map .rodata is not declared in .maps");
  }

  static List<Arguments> uses() {
    return List.of(
        argumentSet("constant", (Consumer<BpfObject>) o -> o.constant("exclude_self", 0)),
        argumentSet("autoload", (Consumer<BpfObject>) o -> o.program(TRACER).autoload(true)),
        argumentSet("map", (Consumer<BpfObject>) o -> o.map("events")),
        argumentSet("load", (Consumer<BpfObject>) BpfObject::load),
        argumentSet("attach", (Consumer<BpfObject>) o -> o.program(TRACER).attach()),
        argumentSet("run", (Consumer<BpfObject>) o -> o.program("remember_self").run()),
        argumentSet("iterate", (Consumer<BpfObject>) o -> o.program("descriptors").iterate(8)),
        argumentSet("requireAttached", (Consumer<BpfObject>) BpfObject::requireAttached),
        argumentSet("missedRuns", (Consumer<BpfObject>) o -> o.program(TRACER).missedRuns()));
  }

  @ParameterizedTest
  @MethodSource("uses")
  void useAfterCloseIsRefused(Consumer<BpfObject> use) {
    BpfObject object = loaded();
    object.close();
    calls.log.clear();
    assertThatIllegalStateException()
        .isThrownBy(() -> use.accept(object))
        .withMessageEndingWith("object netspan is closed");
    assertThat(calls.log).isEmpty();
  }

  @Test
  void aMapGoesWithItsObject() {
    BpfObject object = loaded();
    BpfMap map = object.map("events");
    object.close();
    assertThat(map.name()).isEqualTo("events");
    assertThatIllegalStateException().isThrownBy(map::fd);
    assertThatIllegalStateException().isThrownBy(map::maxEntries);
    assertThatIllegalStateException().isThrownBy(() -> map.resize(4096));
    assertThatIllegalStateException().isThrownBy(() -> map.lookup(0, MemorySegment.NULL));
    assertThatIllegalStateException().isThrownBy(() -> RingBuffer.of(map));
  }

  @Test
  void theTypesOutliveTheObject() {
    BpfObject object = open();
    object.close();
    assertThat(object.btf().struct("counters")).isPresent();
  }

  @Test
  void beforeLoadNothingRuns() {
    BpfObject object = open();
    assertThatIllegalStateException()
        .isThrownBy(() -> object.program(TRACER).attach())
        .withMessage("attach program inet_sock_set_state: object netspan is not loaded");
    assertThatIllegalStateException().isThrownBy(() -> object.program(TRACER).run());
    assertThatIllegalStateException().isThrownBy(() -> object.map("events").fd());
    assertThatIllegalStateException().isThrownBy(() -> RingBuffer.of(object.map("events")));
  }

  @Test
  void afterLoadNothingIsSetUp() {
    BpfObject object = loaded();
    assertThatThrownBy(() -> object.constant("exclude_self", 0))
        .isInstanceOf(BpfException.class)
        .hasMessage("set constant exclude_self: object netspan has been loaded before");
    assertThatThrownBy(() -> object.program(TRACER).autoload(false))
        .isInstanceOf(BpfException.class);
    assertThatThrownBy(() -> object.map("events").resize(4096)).isInstanceOf(BpfException.class);
    assertThatThrownBy(object::load).isInstanceOf(BpfException.class);
  }

  @Test
  void whatCannotBeOpenedIsNamed() {
    assertThatThrownBy(() -> BpfObject.open("netspan", new byte[] {1, 2}, calls))
        .isInstanceOf(BpfException.class)
        .hasMessage("open object netspan: truncated: 4 bytes wanted of 2 at byte 0");
    calls.fail("bpf_object__open_mem", 4001).prints("libbpf: elf: no maps\n");
    assertThatThrownBy(this::open)
        .isInstanceOf(BpfException.class)
        .hasMessage("open object netspan: LIBBPF_ERRNO__FORMAT (4001); libbpf: elf: no maps");
  }

  @Test
  void deniedNativeAccessNamesTheFlag() throws Exception {
    assertThat(ChildJvm.run(List.of(), "--illegal-native-access=deny"))
        .isEqualTo(
            "open object netspan: native access is denied to the JVM:"
                + " add --enable-native-access=ALL-UNNAMED\n");
  }

  // ---- programs and maps

  @Test
  void unknownNamesAreNamed() {
    BpfObject object = loaded();
    assertThatThrownBy(() -> object.program("missing").attach())
        .hasMessage("find program missing: none in object netspan");
    assertThatThrownBy(() -> object.map("missing"))
        .hasMessage("find map missing: none in object netspan");
  }

  @Test
  void aProgramThatWasLeftOutCannotBeAttached() {
    BpfObject object = open();
    object.program(TRACER).autoload(false);
    object.load();
    assertThatThrownBy(() -> object.program(TRACER).attach())
        .isInstanceOf(BpfException.class)
        .hasMessage("attach program inet_sock_set_state: it was left out at load");
  }

  @Test
  void attachAndRunSayWhatFailed() {
    BpfObject object = loaded();
    calls.fail("bpf_program__attach", Errno.EPERM).fail("bpf_prog_test_run_opts", Errno.EINVAL);
    assertThatThrownBy(() -> object.program(TRACER).attach())
        .isInstanceOf(BpfException.class)
        .hasMessage(
            "attach program inet_sock_set_state: EPERM (1); needs CAP_BPF and CAP_PERFMON (or root)");
    assertThatThrownBy(() -> object.program("remember_self").run())
        .hasMessage("run program remember_self: EINVAL (22)");
  }

  @Test
  void missedRunsAreReadWhereTheKernelCountsThem() {
    BpfObject object = loaded();
    long[] info = new long[29];
    info[26] = 12;
    calls.kernelInfo = MemorySegment.ofArray(info);
    assertThat(object.program(TRACER).missedRuns()).isEqualTo(12);
    calls.kernelInfo = calls.kernelInfo.asSlice(0, 208); // Linux 5.10
    assertThat(object.program(TRACER).missedRuns()).isZero();
    calls.fail("bpf_obj_get_info_by_fd", Errno.EPERM);
    assertThatThrownBy(() -> object.program(TRACER).missedRuns())
        .isExactlyInstanceOf(BpfException.class)
        .hasMessage("count missed runs of program inet_sock_set_state: EPERM (1)");
  }

  @Test
  void aRingTakesOnlySizesThatTheKernelTakes() {
    BpfMap map = open().map("events");
    map.resize(8192);
    assertThat(map.maxEntries()).isEqualTo(8192);
    for (int size : new int[] {0, -4096, 2048, 5000, 3 * 4096}) {
      assertThatThrownBy(() -> map.resize(size))
          .isInstanceOf(BpfException.class)
          .hasMessage(
              "resize map events to %s: a ring buffer's size must be a power of two and a multiple"
                  + " of the page size (4096)",
              Integer.toUnsignedString(size));
    }
  }

  @Test
  void lookupWantsRoomForAllCpus() {
    BpfMap map = loaded().map("tallies");
    calls.mapType = FakeCalls.PERCPU_ARRAY;
    calls.valueSize = 12;
    assertThatIllegalArgumentException()
        .isThrownBy(() -> map.lookup(0, Arena.ofAuto().allocate(47)))
        .withMessage("map tallies gives 48 bytes, room for 47");
    MemorySegment heap = MemorySegment.ofArray(new long[7]);
    map.lookup(0, heap);
    assertThat(heap.toArray(ValueLayout.JAVA_LONG_UNALIGNED))
        .containsExactly(
            IntStream.range(0, 7).mapToLong(i -> i < 6 ? 0x0707070707070707L : 0).toArray());
  }

  @Test
  void lookupSaysWhatFailed() {
    BpfMap map = loaded().map("tallies");
    calls.mapType = FakeCalls.ARRAY;
    calls.fail("bpf_map_lookup_elem", Errno.ENOENT);
    assertThatThrownBy(() -> map.lookup(9, Arena.ofAuto().allocate(8)))
        .isInstanceOf(BpfException.class)
        .hasMessage("read map tallies at 9: ENOENT (2)");
    calls.keySize = 8;
    assertThatThrownBy(() -> map.lookup(9, Arena.ofAuto().allocate(8)))
        .hasMessage("read map tallies: its keys are not of 4 bytes");
  }

  // ---- constants

  @Test
  void aConstantGoesWhereTheCompilerPutIt() {
    BpfObject object = open();
    BtfVariable flag = rodata(object, "exclude_self");
    BtfVariable interval = rodata(object, "wakeup_interval_ns");
    calls.rodata.fill((byte) 0x55);
    object.constant("exclude_self", 0);
    object.constant("wakeup_interval_ns", -2);
    assertThat(calls.rodata.get(ValueLayout.JAVA_BYTE, flag.offset())).isZero();
    assertThat(calls.rodata.get(ValueLayout.JAVA_LONG, interval.offset())).isEqualTo(-2);
    long untouched =
        IntStream.range(0, 4096)
            .filter(i -> calls.rodata.get(ValueLayout.JAVA_BYTE, i) == 0x55)
            .count();
    assertThat(untouched).isEqualTo(4096 - 9);
  }

  private static BtfVariable rodata(BpfObject object, String name) {
    return object.btf().variables(".rodata").stream()
        .filter(v -> v.name().equals(name))
        .collect(Collectors.collectingAndThen(Collectors.toList(), List::getFirst));
  }

  @Test
  void aConstantMustExistAndFit() {
    BpfObject object = open();
    assertThatThrownBy(() -> object.constant("nothing", 1))
        .isInstanceOf(BpfException.class)
        .hasMessage("set constant nothing: no such variable in .rodata of netspan");
    assertThatThrownBy(() -> object.constant("exclude_self", 256))
        .hasMessage("set constant exclude_self: 256 does not fit 1 bytes");
    assertThatThrownBy(() -> object.constant("exclude_self", -129))
        .isInstanceOf(BpfException.class);
    object.constant("exclude_self", 255);
    object.constant("exclude_self", -128);
  }

  // ---- load

  static List<Arguments> loadErrors() {
    return List.of(
        argumentSet(
            "no privileges, seen at the first trivial program",
            Errno.EPERM,
            "libbpf: Error in bpf_object__probe_loading():Operation not permitted(1)",
            "load object netspan: EPERM (1); needs CAP_BPF and CAP_PERFMON (or root)"),
        argumentSet(
            "no privileges, seen at our program",
            Errno.EPERM,
            "libbpf: prog 'inet_sock_set_state': BPF program load failed: Operation not permitted",
            "load program inet_sock_set_state: EPERM (1); needs CAP_BPF and CAP_PERFMON (or root)"),
        argumentSet(
            "no BTF",
            Errno.ESRCH,
            "libbpf: failed to find valid kernel BTF\n",
            "load object netspan: ESRCH (3); this kernel has no BTF (/sys/kernel/btf/vmlinux):"
                + " needs one built with CONFIG_DEBUG_INFO_BTF=y"),
        argumentSet(
            "a ring size that the kernel refuses",
            Errno.EINVAL,
            "libbpf: map 'events': failed to create: Invalid argument(-22)\n",
            "create map events: EINVAL (22); a ring buffer's size must be a power of two and a"
                + " multiple of the page size, and the kernel 5.8 or newer"),
        argumentSet(
            "a ring too big",
            Errno.ENOMEM,
            "libbpf: map 'events': failed to create: Cannot allocate memory(-12)\n",
            "create map events: ENOMEM (12); not enough memory in the machine or the cgroup:"
                + " choose a smaller size"),
        argumentSet(
            "anything else",
            999,
            "libbpf: the sky fell\n",
            "load object netspan: errno 999; libbpf: the sky fell"));
  }

  @ParameterizedTest
  @MethodSource("loadErrors")
  void loadErrorsNameTheRemedy(int errno, String printed, String message) {
    calls.fail("bpf_object__load", errno).prints(printed);
    BpfObject object = open();
    BpfException failure = catchThrowableOfType(BpfException.class, object::load);
    assertThat(failure).isExactlyInstanceOf(BpfException.class).hasMessage(message);
    assertThat(failure.reason()).contains(": ").doesNotContain(";");
    assertThat(failure.reason() + "; " + failure.remedy()).isEqualTo(message);
    assertThatThrownBy(object::load).hasMessageContaining("has been loaded before");
    assertThatIllegalStateException().isThrownBy(() -> object.program(TRACER).attach());
    object.close();
    assertThat(calls.log).endsWith("bpf_object__close netspan");
  }

  @Test
  void theVerifiersLastLinesAreShownAndAllAreKept() {
    String log =
        IntStream.rangeClosed(1, 100)
            .mapToObj(i -> "line " + i + "\n")
            .collect(Collectors.joining());
    calls
        .fail("bpf_object__load", Errno.EACCES)
        .prints("libbpf: prog 'bad': BPF program load failed: Permission denied\n")
        .prints(
            "libbpf: prog 'bad': -- BEGIN PROG LOAD LOG --\n" + log + "-- END PROG LOAD LOG --\n");
    VerifierException e = catchThrowableOfType(VerifierException.class, () -> open().load());
    assertThat(e)
        .hasMessage(
            "load program bad: EACCES (13); the verifier says:\n  line 95\n  line 96\n  line 97\n"
                + "  line 98\n  line 99\n  line 100\n(94 lines omitted)");
    assertThat(e.program()).isEqualTo("bad");
    assertThat(e.errno()).isEqualTo(Errno.EACCES);
    assertThat(e.log()).isEqualTo(log);
  }

  @Test
  void theVerdictIsBeforeTheStatistics() {
    String log = "49: call bpf_probe_read#4\ncannot use it\nprocessed 49 insns\n\n";
    assertThat(new VerifierException("p", Errno.EINVAL, log).verdict()).isEqualTo("cannot use it");
    assertThat(new VerifierException("p", Errno.EINVAL, "").verdict()).isEmpty();
  }

  @Test
  void aLockedDownKernelIsRecognized() {
    String log =
        "49: (85) call bpf_probe_read_kernel#113\nunknown func bpf_probe_read_kernel#113\n";
    assertThat(new VerifierException("p", Errno.EINVAL, log).deniesReadingKernelMemory()).isTrue();
    assertThat(
            new VerifierException("p", Errno.EINVAL, "call bpf_probe_read#4\nR1 is bad\n")
                .deniesReadingKernelMemory())
        .isFalse();
  }

  @Test
  void aShortVerifierLogIsShownWhole() {
    assertThat(new VerifierException("p", Errno.EINVAL, "one\n\ntwo\n"))
        .hasMessage("load program p: EINVAL (22); the verifier says:\n  one\n  two");
  }
}
