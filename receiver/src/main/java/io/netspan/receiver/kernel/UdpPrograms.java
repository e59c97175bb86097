package io.netspan.receiver.kernel;

import io.netspan.bpf.object.BpfException;
import io.netspan.bpf.object.BpfObject;
import io.netspan.config.UdpMode;
import io.netspan.receiver.source.SourceUnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The programs that count UDP flows, attached. They are in a separate object: none of it is in the
 * kernel while UDP is off, and a refusal by the kernel does not stop the tracer of connections. The
 * object shares the tracer's ring, announced processes and tallies.
 */
final class UdpPrograms implements AutoCloseable {
  private static final String OBJECT = "/io/netspan/bpf/object/udp.bpf.o";
  private static final String REMEMBER_SELF = "remember_self";
  private static final List<String> SHARED_MAPS =
      List.of("events", "announced", "described", "programs", "tallies");

  /** When sampling, one flow out of this many is counted. */
  static final int ONE_OF = 16;

  /**
   * The most flows that the kernel side counts at the same time, and the most sockets that have
   * flows.
   */
  static final int MOST_FLOWS = 16_384;

  /** The most peers of one socket that get separate flows. */
  static final int MOST_PEERS = 1_024;

  private final BpfObject object;
  private final UdpRung rung;

  private UdpPrograms(BpfObject object, UdpRung rung) {
    this.object = object;
    this.rung = rung;
  }

  /**
   * Attaches the programs of the best rung that this kernel supports.
   *
   * @param tracer loaded; shares its maps
   * @throws SourceUnavailableException if the kernel supports none; the message says what was tried
   */
  static UdpPrograms attach(BpfObject tracer, UdpMode mode, boolean includeSelf) {
    Optional<Path> cgroup = CgroupRoot.find();
    List<String> refused = new ArrayList<>();
    for (UdpRung rung : UdpRung.values()) {
      if (rung.needsCgroups() && cgroup.isEmpty()) {
        continue;
      }
      BpfObject object = BpfObject.open("udp", objectFile());
      try {
        prepare(object, tracer, mode, includeSelf);
        load(object, rung, cgroup);
        return new UdpPrograms(object, rung);
      } catch (BpfException e) {
        object.close();
        refused.add(rung.name() + ": " + e.reason());
      } catch (RuntimeException e) {
        object.close();
        throw e;
      }
    }
    throw new SourceUnavailableException(
        "this kernel lets no program see datagrams (" + String.join("; ", refused) + ")");
  }

  private static void prepare(
      BpfObject object, BpfObject tracer, UdpMode mode, boolean includeSelf) {
    List<String> differences = UdpFlowMaps.differences(object.btf());
    if (!differences.isEmpty()) {
      throw new IllegalStateException(
          "the kernel programs and this agent are of different versions; build both together: "
              + String.join("; ", differences));
    }
    object.constant("exclude_self", includeSelf ? 0 : 1);
    object.constant("wakeup_interval_ns", KernelTracer.WAKEUP_INTERVAL_NS);
    object.constant("most_peers", MOST_PEERS);
    object.map("udp_flows").resize(MOST_FLOWS);
    object.map("udp_sockets").resize(MOST_FLOWS);
    object.constant("one_of", mode == UdpMode.SAMPLED ? ONE_OF : 1);
    for (String map : SHARED_MAPS) {
      object.map(map).share(tracer.map(map));
    }
  }

  private static void load(BpfObject object, UdpRung rung, Optional<Path> cgroup) {
    for (String program : UdpRung.programs()) {
      object
          .program(program)
          .autoload(rung.traced().contains(program) || rung.cgroup().contains(program));
    }
    object.load();
    object.program(REMEMBER_SELF).run();
    rung.cgroup().forEach(program -> object.program(program).attach(cgroup.orElseThrow()));
    rung.traced().forEach(program -> object.program(program).attach());
  }

  private static byte[] objectFile() {
    try (InputStream in = UdpPrograms.class.getResourceAsStream(OBJECT)) {
      if (in == null) {
        throw new IllegalStateException(
            "the kernel programs are missing from the class path (" + OBJECT + "); build again");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  UdpFlowMaps maps() {
    return new UdpFlowMaps(object);
  }

  String describe() {
    return rung.description();
  }

  /**
   * Datagrams that were not counted, because the kernel skipped a run that interrupted another run
   * of the program.
   */
  long missedRuns() {
    return rung.traced().stream().mapToLong(program -> object.program(program).missedRuns()).sum();
  }

  /**
   * Requires that the programs are still attached.
   *
   * @throws BpfException if one is not attached
   */
  void requireAttached() {
    object.requireAttached();
  }

  void detach() {
    object.detach();
  }

  @Override
  public void close() {
    object.close();
  }
}
