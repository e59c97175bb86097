package io.netspan.receiver.kernel;

import io.netspan.bpf.RecordConsumer;
import io.netspan.bpf.object.BpfException;
import io.netspan.bpf.object.BpfIterator;
import io.netspan.bpf.object.BpfObject;
import io.netspan.bpf.ring.RingBuffer;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.wire.KernelEvent;
import io.netspan.receiver.workload.WorkloadTable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The kernel programs, loaded, and attached by {@link #attach}. File descriptors of this process
 * own everything in the kernel, so nothing outlives the process, however it ends.
 */
public final class KernelTracer implements AutoCloseable {
  private static final String OBJECT = "/io/netspan/bpf/object/netspan.bpf.o";
  private static final String PROGRAM = "inet_sock_set_state";
  private static final String STAND_IN = "stand_in";
  private static final String REMEMBER_SELF = "remember_self";
  private static final String ACCEPT = "inet_csk_accept";
  private static final String BEGIN_PASS = "begin_pass";
  private static final String DESCRIPTORS = "descriptors";
  private static final String RESET = "reset_sent";
  private static final List<String> PROCESSES = List.of("forked", "executed");

  /** How often the kernel side looks at how full the ring is, in nanoseconds. */
  static final long WAKEUP_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(20);

  /** How long records wait that somebody reads as they come, and others. */
  private static final long PATIENCE_NS = WAKEUP_INTERVAL_NS;

  private static final long LONG_PATIENCE_NS = TimeUnit.MILLISECONDS.toNanos(100);

  /**
   * How many announced processes the kernel side remembers. User space remembers four times as
   * many, so it still knows every process that the kernel side does not announce again.
   */
  private static final int MOST_ANNOUNCED = WorkloadTable.REMEMBERED / 4;

  private final BpfObject object;
  private final RingBuffer ring;
  private final KernelTallies tallies;
  private final SocketInquiry inquiry;
  private final long patienceNs;
  private @Nullable String noAccept;
  private volatile long readUpToNs;

  private KernelTracer(
      BpfObject object,
      RingBuffer ring,
      KernelTallies tallies,
      long patienceNs,
      @Nullable String noAccept) {
    this.object = object;
    this.ring = ring;
    this.tallies = tallies;
    this.inquiry = new SocketInquiry(object);
    this.patienceNs = patienceNs;
    this.noAccept = noAccept;
  }

  /**
   * Loads the programs and attaches none of them yet. The first attempt includes the program that
   * reports accepts; it is left out where the kernel allows no trampolines.
   *
   * @param patient whether records may wait for 100 ms until they are read, rather than for 20 ms
   * @throws BpfException if the kernel lacks a feature or denies this process a permission; the
   *     message names the remedy
   */
  public static KernelTracer load(long ringBytes, boolean includeSelf, boolean patient) {
    try {
      return load(ringBytes, includeSelf, patient, null);
    } catch (BpfException e) {
      return load(ringBytes, includeSelf, patient, reason(e));
    }
  }

  private static KernelTracer load(
      long ringBytes, boolean includeSelf, boolean patient, @Nullable String noAccept) {
    long patienceNs = patient ? LONG_PATIENCE_NS : PATIENCE_NS;
    BpfObject object = BpfObject.open("netspan", objectFile());
    try {
      List<String> differences = EventDecoder.differences(object.btf());
      if (!differences.isEmpty()) {
        throw new IllegalStateException(
            "the kernel programs and this agent are of different versions; build both together: "
                + String.join("; ", differences));
      }
      object.constant("exclude_self", includeSelf ? 0 : 1);
      object.constant("wakeup_interval_ns", WAKEUP_INTERVAL_NS);
      object.constant("patience_ns", patienceNs);
      object.map("events").resize(Math.toIntExact(ringBytes));
      object.map("announced").resize(MOST_ANNOUNCED);
      object.map("described").resize(WorkloadTable.REMEMBERED_CGROUPS);
      object.program(ACCEPT).autoload(noAccept == null);
      object.load();
      object.program(REMEMBER_SELF).run();
      return new KernelTracer(
          object,
          RingBuffer.of(object.map("events")),
          new KernelTallies(object.map("tallies")),
          patienceNs,
          noAccept);
    } catch (RuntimeException e) {
      object.close();
      throw e;
    }
  }

  private static byte[] objectFile() {
    try (InputStream in = KernelTracer.class.getResourceAsStream(OBJECT)) {
      if (in == null) {
        throw new IllegalStateException(
            "the kernel programs are missing from the class path (" + OBJECT + "); build again");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void attach() {
    PROCESSES.forEach(program -> object.program(program).attach());
    object.program(RESET).attach();
    object.program(PROGRAM).attach();
    object
        .program(STAND_IN)
        .attach(); // attached second, because it checks whether the other program has run
    if (noAccept == null) {
      try {
        object.program(ACCEPT).attach();
      } catch (BpfException e) {
        noAccept = reason(e);
      }
    }
  }

  /** The reason without the remedy, because a missing trampoline is no fault. */
  private static String reason(BpfException e) {
    return e.reason();
  }

  /** Which of the kernel's mechanisms are used, for one line at the start. */
  String rungs() {
    return "TCP state changes by tp_btf/inet_sock_set_state, open sockets by iter/task_file, accepting"
        + " processes by "
        + (noAccept == null
            ? "fexit/inet_csk_accept"
            : "their listeners, descriptors and closes, because this kernel refuses fexit programs ("
                + noAccept
                + ")");
  }

  /** The loaded object, for another object that shares its maps. */
  BpfObject object() {
    return object;
  }

  /**
   * Records that everything up to this time of CLOCK_BOOTTIME has been read. Called by the ring's
   * reader only.
   */
  void hasReadUpTo(long ns) {
    readUpToNs = ns;
  }

  /** The time of CLOCK_BOOTTIME up to which all records have been read; any thread. */
  long readUpToNs() {
    return readUpToNs;
  }

  /**
   * Called before each walk.
   *
   * @param everything false if the walk may report connections that have not changed since the one
   *     before as such
   */
  void beginPass(boolean everything) {
    object.program(BEGIN_PASS).run(everything ? 1 : 0);
  }

  /** Begins a walk over the descriptors of all processes. */
  BpfIterator descriptors() {
    return object.program(DESCRIPTORS).iterate(KernelEvent::size);
  }

  SocketInquiry inquiry() {
    return inquiry;
  }

  /**
   * Requires that the programs are still attached.
   *
   * @throws BpfException if one is not attached
   */
  void requireAttached() {
    object.requireAttached();
  }

  /** Detaches all programs; the ring stays readable. */
  void detach() {
    object.detach();
  }

  int drain(RecordConsumer consumer, int budget) {
    return ring.drain(consumer, budget);
  }

  /**
   * How long after a wake-up of the reader a record causes none, in nanoseconds; for one that
   * announces a process or a listener, it is {@link #WAKEUP_INTERVAL_NS}.
   */
  long patienceNs() {
    return patienceNs;
  }

  void await(int timeoutMillis) {
    ring.await(timeoutMillis);
  }

  void wakeUp() {
    ring.wakeUp();
  }

  RingBuffer ring() {
    return ring;
  }

  KernelTallies tallies() {
    return tallies;
  }

  /**
   * How often the kernel skipped a run because the program was already running on the same CPU.
   * Skipped runs that the tallies do not count as stood in for are lost; read the tallies after
   * this.
   */
  long missedRuns() {
    return object.program(PROGRAM).missedRuns();
  }

  @Override
  public void close() {
    ring.close();
    object.close();
  }
}
