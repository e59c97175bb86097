package io.netspan.receiver.agent;

import io.netspan.bpf.object.BpfException;
import io.netspan.config.BackendUrl;
import io.netspan.config.ConfigException;
import io.netspan.config.RuntimeChoice;
import io.netspan.config.env.ExporterSelection;
import io.netspan.config.env.ExporterSelection.Endpoint;
import io.netspan.enrich.container.RuntimeSocket;
import io.netspan.linux.sockdiag.DiagCounters;
import io.netspan.linux.sockdiag.SockDiag;
import io.netspan.linux.sockdiag.SockDiagException;
import io.netspan.receiver.export.OpenTelemetryExport;
import io.netspan.receiver.kernel.KernelTracer;
import io.netspan.receiver.poll.Capabilities;
import io.netspan.receiver.poll.PollSession;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Tries everything that the agent needs on this machine. It changes nothing, and what it loads is
 * removed before it returns.
 */
public final class Diagnosis {
  /** {@code PROC_PID_INIT_INO}: the inode of the initial pid namespace on every Linux since 3.8. */
  private static final String INITIAL_PID_NAMESPACE = "pid:[4026531836]";

  private static final String FALLBACK = "fallback";
  private static final String RUNTIMES = "containers";
  private static final int CONNECT_WITHIN_MS = 2_000;
  private static final long RING_BYTES = 64 << 10;
  private final Path root;

  /**
   * A diagnosis of the running system.
   *
   * @param root where {@code proc} and {@code sys} are; {@code /} except in tests
   */
  public Diagnosis(Path root) {
    this.root = root;
  }

  /**
   * Runs all checks; the findings are in the order in which they should be fixed.
   *
   * @param exporters reads OpenTelemetry's settings, whose problems are findings too
   */
  public List<Finding> run(Supplier<ExporterSelection> exporters) {
    List<Finding> all = new ArrayList<>();
    all.add(kernel());
    all.add(btf());
    all.add(capabilities());
    all.add(lockdown());
    Finding tracer = tracer();
    all.add(tracer);
    all.add(fallback(tracer.verdict() != Finding.Verdict.FAILS));
    all.add(processes());
    all.add(cgroups());
    all.addAll(runtimes());
    Kubernetes.finding(System.getenv()).ifPresent(all::add);
    all.addAll(export(exporters));
    return all;
  }

  private Finding kernel() {
    String release = text("proc/sys/kernel/osrelease");
    String[] parts = release.split("[.-]", -1);
    try {
      int version = Integer.parseInt(parts[0]) * 1_000 + Integer.parseInt(parts[1]);
      return version >= 5_010
          ? Finding.works("kernel", "Linux " + release)
          : Finding.fails("kernel", "Linux " + release + " is too old", "use Linux 5.10 or newer");
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      return Finding.limited("kernel", "its release '" + release + "' is not recognized", "");
    }
  }

  private Finding btf() {
    return Files.isReadable(root.resolve("sys/kernel/btf/vmlinux"))
        ? Finding.works("type information", "/sys/kernel/btf/vmlinux is readable")
        : Finding.fails(
            "type information",
            "/sys/kernel/btf/vmlinux cannot be read, so the programs cannot be adapted to this kernel",
            "use a kernel built with CONFIG_DEBUG_INFO_BTF, and mount /sys");
  }

  private Finding capabilities() {
    Capabilities held = Capabilities.effective(text("proc/self/status"));
    List<String> missing = held.missingForTracing();
    if (!missing.isEmpty()) {
      return Finding.fails(
          "capabilities",
          String.join(" and ", missing) + " missing: the kernel programs cannot be loaded",
          "run as root, or with " + String.join(" and ", missing));
    }
    List<String> wanted = held.missingForProcesses();
    return wanted.isEmpty()
        ? Finding.works("capabilities", "all capabilities that netspan uses are present")
        : Finding.limited(
            "capabilities",
            String.join(" and ", wanted)
                + " missing: of other users' processes, only what the kernel programs report is known",
            "add " + String.join(" and ", wanted));
  }

  private Finding lockdown() {
    String modes = text("sys/kernel/security/lockdown");
    return modes.contains("[confidentiality]")
        ? Finding.fails(
            "lockdown",
            "the kernel is locked down for confidentiality, which forbids BPF to read its memory",
            "boot with lockdown=integrity, or without")
        : Finding.works("lockdown", modes.isEmpty() ? "not locked down" : modes);
  }

  private Finding tracer() {
    try (KernelTracer tracer =
        KernelTracer.load(RING_BYTES, /* includeSelf= */ false, /* patient= */ false)) {
      tracer.attach();
      return Finding.works(
          "tracer", "loaded by libbpf, attached to inet_sock_set_state, and detached again");
    } catch (BpfException | IllegalStateException e) {
      String message = e.getMessage();
      return Finding.fails("tracer", message == null ? e.toString() : message, "");
    }
  }

  /**
   * Checks what remains where the kernel programs cannot run.
   *
   * @param traces whether they can
   */
  private Finding fallback(boolean traces) {
    DiagCounters counters = new DiagCounters();
    AtomicInteger sockets = new AtomicInteger();
    try (SockDiag diag = SockDiag.open(counters)) {
      diag.requireListing();
      if (!diag.dump(_ -> sockets.incrementAndGet())) {
        return Finding.limited(
            FALLBACK, "polling would not work: the kernel does not list its sockets", "");
      }
      List<String> limits =
          new ArrayList<>(PollSession.limits(Capabilities.effective(text("proc/self/status"))));
      if (!diag.reportsDestroyed()) {
        limits.addFirst("connections between two scans are not seen");
      }
      String works =
          "polling would work"
              + (traces ? "" : ", and `netspan run` would poll")
              + " (netlink lists "
              + sockets
              + (sockets.get() == 1 ? " socket)" : " sockets)");
      return limits.isEmpty()
          ? Finding.works(FALLBACK, works)
          : Finding.limited(FALLBACK, works + ": " + String.join("; ", limits), "");
    } catch (SockDiagException e) {
      return Finding.limited(FALLBACK, "polling would not work: " + e.getMessage(), "");
    }
  }

  private Finding processes() {
    String namespace = link("proc/self/ns/pid");
    return namespace.equals(INITIAL_PID_NAMESPACE)
        ? Finding.works("processes", "/proc shows all processes of the machine")
        : Finding.limited(
            "processes",
            "in a pid namespace of its own ("
                + namespace
                + "): of processes outside it, only what the kernel programs report is known, and"
                + " connections that they had open before the start are reported when they end",
            "share the host's pid namespace (docker --pid=host, Kubernetes hostPID: true)");
  }

  private Finding cgroups() {
    boolean v2 = false;
    boolean v1 = false;
    for (String line : text("proc/self/mountinfo").split("\n", -1)) {
      v2 |= line.contains(" - cgroup2 ");
      v1 |= line.contains(" - cgroup ");
    }
    if (!v1 && !v2) {
      return Finding.limited(
          "cgroups",
          "none is mounted here; container names come from the kernel programs anyway",
          "");
    }
    return Finding.works("cgroups", v1 && v2 ? "hybrid (v1 and v2)" : v2 ? "v2" : "v1");
  }

  /** Tries the sockets that {@code --container-runtimes auto} uses. */
  private List<Finding> runtimes() {
    List<Finding> all = new ArrayList<>();
    for (RuntimeSocket socket : Runtimes.sockets(List.of(new RuntimeChoice.Auto()), root)) {
      if (Files.exists(socket.path())) {
        all.add(runtime(socket));
      }
    }
    return all.isEmpty()
        ? List.of(
            Finding.works(
                RUNTIMES, "no socket of one at its usual place: nothing names containers"))
        : all;
  }

  private static Finding runtime(RuntimeSocket socket) {
    try {
      SocketChannel.open(UnixDomainSocketAddress.of(socket.path())).close();
      return Finding.works(RUNTIMES, socket.name() + " accepts connections at " + socket.path());
    } catch (IOException e) {
      return Finding.limited(
          RUNTIMES,
          socket.name() + " at " + socket.path() + " cannot be asked: " + e.getMessage(),
          "start it, or give netspan the right to write to the socket (its group, or"
              + " CAP_DAC_OVERRIDE)");
    }
  }

  private static List<Finding> export(Supplier<ExporterSelection> exporters) {
    try {
      return endpoints(exporters.get());
    } catch (ConfigException e) {
      return e.problems().stream()
          .map(problem -> Finding.fails(Finding.SETTINGS, problem, ""))
          .toList();
    }
  }

  private static List<Finding> endpoints(ExporterSelection exporters) {
    List<Finding> all = new ArrayList<>();
    for (Endpoint endpoint : OpenTelemetryExport.endpoints(exporters)) {
      all.add(endpoint(endpoint));
    }
    return all.isEmpty()
        ? List.of(Finding.works(Finding.EXPORT, OpenTelemetryExport.describe(exporters)))
        : all;
  }

  private static Finding endpoint(Endpoint endpoint) {
    Path unix = endpoint.url().socket().orElse(null);
    String where =
        unix != null ? unix.toString() : endpoint.url().host() + ":" + endpoint.url().port();
    try {
      if (unix != null) {
        SocketChannel.open(UnixDomainSocketAddress.of(unix)).close();
      } else {
        connect(endpoint.url());
      }
      return Finding.works(
          Finding.EXPORT, endpoint.signal() + ": " + where + " accepts connections");
    } catch (IOException e) {
      return Finding.fails(
          Finding.EXPORT,
          endpoint.signal() + ": " + where + " cannot be reached: " + e.getMessage(),
          "start the backend, or correct " + endpoint.variable());
    }
  }

  private static void connect(BackendUrl url) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(url.host(), url.port()), CONNECT_WITHIN_MS);
    }
  }

  private String text(String path) {
    try {
      return Files.readString(root.resolve(path)).strip();
    } catch (IOException e) {
      return "";
    }
  }

  private String link(String path) {
    try {
      return Files.readSymbolicLink(root.resolve(path)).toString();
    } catch (IOException e) {
      return "unreadable";
    }
  }
}
