package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.netspan.it.truth.Observed;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes in cgroups such as runtimes make, which end before their files in /proc can be read,
 * and whose cgroups are removed at once.
 */
@RequiresRoot
@RequiresProgram({"bash", "clang"})
class ContainerLayoutsTest {
  private static final int PROCESSES = 5;
  private static final String ID =
      "4f2b8a1c9d7e3f60512489abcdef0123456789abcdef0123456789abcdef0123";
  private static final String OUTER = "0".repeat(63) + "f";
  private static final String POD =
      "kubepods-burstable-pod1b2c3d4e_5f60_7182_93a4_b5c6d7e8f901.slice";
  private static final String USER = "user.slice/user-1000.slice/user@1000.service/";
  private static final String STEP = "u2k1rf6f2pqd6t1mf1cvvw4ru";

  /** What the spans of a process in a container have. */
  private record Expected(
      @Nullable String id,
      @Nullable String runtime,
      @Nullable String name,
      @Nullable String outer) {
    static final Expected NONE = new Expected(null, null, null, null);

    static Expected id(@Nullable String runtime) {
      return new Expected(ID, runtime, null, null);
    }

    static Expected named(String name, String runtime) {
      return new Expected(name, runtime, name, null);
    }

    static Expected of(Side side) {
      return new Expected(
          textOrNull(side, "container.id"),
          textOrNull(side, "container.runtime.name"),
          textOrNull(side, "container.name"),
          textOrNull(side, "netspan.container.outer.id"));
    }

    private static @Nullable String textOrNull(Side side, String name) {
      return side.has(name) ? side.text(name) : null;
    }
  }

  /** Where the processes are: the path in each hierarchy; they are in the root of the others. */
  private record Layout(Map<Path, String> paths, Expected expected) {}

  private static final Map<String, Expected> PATHS =
      Map.ofEntries(
          Map.entry("docker/" + ID, Expected.id("docker")),
          Map.entry(
              "docker/" + ID + "/system.slice/system-getty.slice/getty@tty1.service/a/b",
              Expected.id("docker")),
          Map.entry(USER + "user.slice/libpod-" + ID + ".scope/container", Expected.id("podman")),
          Map.entry("shop.service/libpod-payload-" + ID, Expected.id("podman")),
          Map.entry("libpod_parent/libpod-" + ID, Expected.id("podman")),
          Map.entry("machine.slice/libpod-conmon-" + ID + ".scope", Expected.NONE),
          Map.entry(
              "kubepods.slice/" + POD + "/cri-containerd-" + ID + ".scope",
              Expected.id("containerd")),
          Map.entry(
              "system.slice/containerd.service/" + POD + ":cri-containerd:" + ID,
              Expected.id("containerd")),
          Map.entry("kubepods.slice/" + POD + "/crio-" + ID + ".scope", Expected.id("cri-o")),
          Map.entry("kubepods.slice/" + POD + "/crio-conmon-" + ID + ".scope", Expected.NONE),
          Map.entry("ecs/0123456789abcdef0123456789abcdef/" + ID, Expected.id(null)),
          Map.entry("docker/" + OUTER + "/docker/" + ID, new Expected(ID, "docker", null, OUTER)),
          Map.entry(
              "system.slice/docker-"
                  + OUTER
                  + ".scope/kubelet.slice/kubelet-kubepods.slice/kubelet-"
                  + POD
                  + "/cri-containerd-"
                  + ID
                  + ".scope/system.slice/nginx.service",
              new Expected(ID, "containerd", null, OUTER)),
          Map.entry("x/".repeat(60) + ID, Expected.id(null)),
          Map.entry("docker/buildkit/" + STEP, new Expected(STEP, "buildkit", null, null)),
          Map.entry("lxc/c3/init.scope", Expected.named("c3", "lxc")),
          Map.entry("lxc.payload/c2/system.slice/nginx.service", Expected.named("c2", "lxc")),
          Map.entry("lxc.payload.shop_c1/init.scope", Expected.named("shop_c1", "lxc")),
          Map.entry("lxc.monitor.c1", Expected.NONE),
          Map.entry(
              "machine.slice/systemd-nspawn@deb12.service/payload",
              Expected.named("deb12", "systemd-nspawn")),
          Map.entry(
              "machine.slice/machine-deb\\x2d12.scope/payload/init.scope",
              Expected.named("deb-12", "systemd-nspawn")),
          Map.entry(
              "garden.service/garden/70eb4ce5-a065-4401-6990-88ed",
              new Expected("70eb4ce5-a065-4401-6990-88ed", "garden", null, null)),
          Map.entry("system.slice/docker.service", Expected.NONE),
          Map.entry("user.slice/user-1000.slice/session-3.scope", Expected.NONE));

  @TempDir private Path folder;

  private final Map<Long, Layout> layouts = new TreeMap<>();

  @Test
  void eachLayoutOfVersion2() throws Exception {
    List<Path> roots = Cgroups.version2();
    assumeThat(roots).as("version 2 is mounted").isNotEmpty();

    run(layoutsIn(roots));
  }

  @Test
  void eachLayoutOfVersion1() throws Exception {
    List<Path> roots = List.copyOf(Cgroups.version1().values());
    assumeThat(roots).as("version 1 is mounted").isNotEmpty();

    run(layoutsIn(roots));
  }

  /** One path of a set of cgroups is sent once, however many processes are in it. */
  @Test
  void aPathThatIsTooLongIsCountedOnce() throws Exception {
    List<Path> roots = Cgroups.version2();
    assumeThat(roots).as("version 2 is mounted").isNotEmpty();
    String program = Workload.compile(folder).toString();
    try (AgentProcess agent = AgentProcess.json().start();
        Server server = Server.start(InetAddress.getLoopbackAddress())) {
      Layout deep = new Layout(Map.of(roots.getFirst(), "x/".repeat(70) + "leaf"), Expected.NONE);
      runIn(deep, program, server.port());

      List<Side> clients = agent.awaitSides(server.port(), PROCESSES * 2);
      assertThat(agent.stop().lost("kernel/cgroup_cut")).isEqualTo(1);
      assertThat(clients.stream().filter(Side::isClient))
          .hasSize(PROCESSES)
          .allSatisfy(
              side -> assertThat(side.text("process.linux.cgroup")).endsWith("/x/x/x/leaf"));
    }
  }

  private static List<Layout> layoutsIn(List<Path> roots) {
    return PATHS.entrySet().stream()
        .map(
            one ->
                new Layout(
                    roots.stream().collect(Collectors.toMap(root -> root, _ -> one.getKey())),
                    one.getValue()))
        .toList();
  }

  /** The runtime moves its containers in one hierarchy, and is itself in another. */
  @Test
  void eachHierarchyOfAHybridHost() throws Exception {
    List<Path> version2 = Cgroups.version2();
    Map<String, Path> version1 = Cgroups.version1();
    assumeThat(version2).as("version 2 is mounted").isNotEmpty();
    assumeThat(version1).as("version 1 is mounted").isNotEmpty();

    List<Layout> hybrid = new ArrayList<>();
    for (Path root : version1.values()) {
      hybrid.add(new Layout(Map.of(root, "docker/" + ID), Expected.id("docker")));
      hybrid.add(
          new Layout(
              Map.of(root, "docker/" + ID, version2.getFirst(), "system.slice/containerd.service"),
              Expected.id("docker")));
    }
    run(hybrid);
  }

  private void run(List<Layout> all) throws Exception {
    String program = Workload.compile(folder).toString();
    try (AgentProcess agent = AgentProcess.json().start();
        Server server = Server.start(InetAddress.getLoopbackAddress())) {
      for (Layout layout : all) {
        runIn(layout, program, server.port());
      }
      agent.awaitSides(server.port(), layouts.size() * 2);
      Totals totals = agent.stop();
      assertThat(totals.lostButSteps()).isEqualTo("nothing");
      check(agent.sides(server.port()).stream().filter(Side::isClient).toList());
    }
  }

  private void runIn(Layout layout, String program, int port) throws IOException {
    try (Cgroups cgroups = new Cgroups()) {
      List<Path> in = new ArrayList<>();
      for (Map.Entry<Path, String> one : layout.paths.entrySet()) {
        in.add(cgroups.create(one.getKey(), one.getValue()));
      }
      List<String> command = new ArrayList<>(Cgroups.entering(in));
      command.addAll(List.of(program, "connect", "" + port));
      for (int i = 0; i < PROCESSES; i++) {
        layouts.put(Command.run(command.toArray(String[]::new)).pid(), layout);
      }
    }
  }

  private void check(List<Side> clients) {
    Map<Long, Side> byPid =
        clients.stream().collect(Collectors.toMap(Side::pid, Function.identity()));
    assertThat(byPid.keySet()).containsExactlyInAnyOrderElementsOf(layouts.keySet());
    assertThat(clients)
        .allSatisfy(
            side -> {
              Layout layout = Objects.requireNonNull(layouts.get(side.pid()));
              assertThat(Expected.of(side)).as("%s", layout.paths).isEqualTo(layout.expected);
            });
    System.out.printf(
        "containers: %d processes in %d layouts, all as expected%n",
        clients.size(), clients.size() / PROCESSES);
  }

  @Test
  void aProcessThatMovesIsFollowedByAPass() throws Exception {
    List<Path> roots = new ArrayList<>(Cgroups.version2());
    roots.addAll(Cgroups.version1().values());
    try (WatchedAgent agent = WatchedAgent.start(folder, "--snapshot-interval", "500ms");
        Cgroups cgroups = new Cgroups()) {
      for (Path root : roots) {
        assertMoveIsFollowed(agent, cgroups.create(root, "docker/" + ID));
      }
    }
  }

  /** The server resets the connection, so the client's process takes no step after its connect. */
  private static void assertMoveIsFollowed(WatchedAgent agent, Path cgroup) throws Exception {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocket listener = new ServerSocket(Ports.free(), 1, loopback)) {
      int port = listener.getLocalPort();
      Process client = holding(port);
      try (Socket server = listener.accept()) {
        awaitReceived(agent, port, 0);
        Cgroups.move(client.pid(), cgroup);
        server.getOutputStream().write(new byte[17]);
        awaitReceived(agent, port, 17); // so there was a pass after the move
        server.setSoLinger(true, 0);
      }
      Observed side =
          await("the client's span")
              .atMost(10, TimeUnit.SECONDS)
              .until(() -> client(agent, port), Objects::nonNull);
      client.getOutputStream().close();
      assertThat(client.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(side.number("process.pid")).isEqualTo(client.pid());
      assertThat(side.text("netspan.close.reason")).isEqualTo("remote_reset");
      assertThat(side.text("container.id")).as("%s", cgroup).isEqualTo(ID);
    }
  }

  private static Process holding(int port) throws IOException {
    return new ProcessBuilder("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/" + port + "; read -r _")
        .redirectErrorStream(true)
        .start();
  }

  private static void awaitReceived(WatchedAgent agent, int port, long bytes) {
    agent.awaitMetrics(
        bytes + " bytes of an open connection",
        Duration.ofSeconds(10),
        metrics ->
            metrics.sum("netspan.connection.active", "server.port=" + port) == 2
                && metrics.sum(
                        "netspan.connection.io",
                        "server.port=" + port,
                        "netspan.role=client",
                        "network.io.direction=receive")
                    == bytes);
  }

  private static @Nullable Observed client(WatchedAgent agent, int port) {
    return agent.sides(port).stream()
        .filter(side -> side.kind().equals("CLIENT"))
        .findFirst()
        .orElse(null);
  }
}
