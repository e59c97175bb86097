package io.netspan.it;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/**
 * A dockerd with its own data, socket and network namespace, so that it changes nothing of a
 * machine's own containers, addresses and rules; with an image of busybox.
 */
final class Docker implements AutoCloseable {
  private static final Duration READY_WITHIN = Duration.ofSeconds(30);
  private static final int STOP_SECONDS = 30;
  private static final String IMAGE = "netspan-it";

  private final Process daemon;
  private final Path folder;
  private final String socket;
  private final List<String> containers = new ArrayList<>();

  private Docker(Process daemon, Path folder, String socket) {
    this.daemon = daemon;
    this.folder = folder;
    this.socket = socket;
  }

  /** Starts it; the test is aborted where dockerd cannot run. */
  static Docker start(Path folder, NetworkNamespace namespace) throws IOException {
    Path log = folder.resolve("dockerd.log");
    String socket = "unix://" + folder.resolve("docker.sock");
    // Unlike "ip netns exec", nsenter leaves /sys as it is, where dockerd needs the cgroups.
    List<String> command =
        List.of(
            "nsenter",
            "--net=/run/netns/" + namespace.name(),
            "dockerd",
            "--host=" + socket,
            "--data-root=" + folder.resolve("data"),
            "--exec-root=" + folder.resolve("exec"),
            "--pidfile=" + folder.resolve("dockerd.pid"),
            "--storage-driver=vfs");
    Process daemon =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    Docker docker = new Docker(daemon, folder, socket);
    try {
      await("dockerd to run")
          .atMost(READY_WITHIN)
          .pollInterval(Duration.ofMillis(100))
          .until(() -> !daemon.isAlive() || Files.readString(log).contains("API listen on"));
      if (!daemon.isAlive()) {
        List<String> said = Files.readAllLines(log);
        throw new TestAbortedException("dockerd does not run here: " + said.getLast());
      }
      docker.importImage();
      return docker;
    } catch (IOException | RuntimeException | Error e) {
      docker.close();
      throw e;
    }
  }

  private void importImage() throws IOException {
    Path bin = Files.createDirectories(folder.resolve("image/bin"));
    Path busybox = Requirements.find("busybox").orElseThrow();
    Files.copy(busybox, bin.resolve("busybox"));
    for (String applet : List.of("httpd", "wget", "sh")) {
      Files.createSymbolicLink(bin.resolve(applet), Path.of("busybox"));
    }
    Files.writeString(folder.resolve("image/index.html"), "as said by a container\n");
    Path archive = folder.resolve("image.tar");
    Command.run("tar", "-C", folder.resolve("image").toString(), "-cf", archive.toString(), ".");
    run("import", archive.toString(), IMAGE);
  }

  /** Starts a container that serves a page on this port, and returns its id. */
  String serve(int port, String... options) {
    List<String> words = new ArrayList<>(List.of("run", "--detach"));
    words.addAll(List.of(options));
    words.addAll(List.of(IMAGE, "/bin/httpd", "-f", "-p", Integer.toString(port)));
    String id = run(words.toArray(String[]::new));
    containers.add(id);
    return id;
  }

  /** Runs a shell in a container on this network to its end. */
  void shell(String network, String commands) {
    run("run", "--rm", "--network", network, IMAGE, "/bin/sh", "-c", commands);
  }

  /** Fetches a page in a container of its own on this network, which lives for some 50 ms. */
  void wget(String network, String address, String... options) {
    List<String> words = new ArrayList<>(List.of("run", "--rm", "--network", network));
    words.addAll(List.of(options));
    words.addAll(List.of(IMAGE, "/bin/wget", "-q", "-O", "/dev/null", "http://" + address + "/"));
    run(words.toArray(String[]::new));
  }

  /** The socket of its API. */
  Path socket() {
    return folder.resolve("docker.sock");
  }

  /** The address of a container on this network. */
  String address(String container, String network) {
    String form = "{{(index .NetworkSettings.Networks \"" + network + "\").IPAddress}}";
    return run("inspect", "--format", form, container);
  }

  /** Runs docker, and returns what it prints. */
  String run(String... words) {
    return Command.run(
            Stream.concat(Stream.of("docker", "--host", socket), Stream.of(words))
                .toArray(String[]::new))
        .output()
        .strip();
  }

  /** Ends the containers and the daemon. */
  @Override
  public void close() {
    try {
      containers.forEach(id -> run("rm", "--force", id));
    } finally {
      stop();
      unmount();
    }
  }

  /** dockerd leaves the mount of its own network namespace. */
  private void unmount() {
    Path namespace = folder.resolve("exec/netns/default");
    if (Files.exists(namespace)) {
      Command.run("umount", namespace.toString());
    }
  }

  private void stop() {
    daemon.destroy();
    try {
      if (!daemon.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        daemon.descendants().forEach(ProcessHandle::destroyForcibly);
        daemon.destroyForcibly().onExit().join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
