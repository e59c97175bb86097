package report;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Starts the programs of the demo, waits for them, and ends them. */
final class Programs {
  static final int NOBODY = 65_534;

  private static final int START_SECONDS = 60;
  private static final int POLL_MS = 20;

  /** A condition to wait for. */
  @FunctionalInterface
  interface Condition {
    boolean holds() throws IOException, InterruptedException;
  }

  private final Map<String, String> paths;
  private final Path folder;
  private final List<Child> running = new ArrayList<>();
  private boolean stopping;

  /**
   * None yet.
   *
   * @param paths where programs are, by name
   */
  Programs(Map<String, String> paths) {
    this.paths = Map.copyOf(paths);
    this.folder = Path.of(path("folder"));
  }

  boolean has(String name) {
    return paths.containsKey(name);
  }

  String path(String name) {
    String path = paths.get(name);
    if (path == null) {
      throw new IllegalArgumentException(name + "=PATH is missing");
    }
    return path;
  }

  Path folder() {
    return folder;
  }

  /** Starts a program as root. */
  Child start(String name, Map<String, String> environment, String... command) throws IOException {
    return start(name, List.of(), environment, command);
  }

  /** Starts a program as nobody: PostgreSQL refuses to run as root. */
  Child startAsNobody(String name, String... command) throws IOException {
    List<String> wrapper =
        new ArrayList<>(List.of("--reuid", "" + NOBODY, "--regid", "" + NOBODY, "--clear-groups"));
    if (isUnpacked(command[0])) { // in a home directory, which nobody may not search
      wrapper.addAll(
          List.of("--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"));
    }
    return start(name, wrapper, Map.of("LC_ALL", "C"), command);
  }

  /** Starts a class of the shop. */
  Child startJava(String name, Map<String, String> environment, String main, String... arguments)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                path("jdk") + "/bin/java",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx32m",
                "-cp",
                folder.resolve("classes").toString(),
                main));
    command.addAll(List.of(arguments));
    return start(name, environment, command.toArray(String[]::new));
  }

  private synchronized Child start(
      String name, List<String> wrapper, Map<String, String> environment, String... command)
      throws IOException {
    if (stopping) {
      throw new IOException("the demo is being stopped");
    }
    Map<String, String> all = new TreeMap<>(environment);
    all.putAll(libraries(command[0]));
    Child child = Child.start(folder, name, wrapper, List.of(command), all);
    running.add(child);
    return child;
  }

  private boolean isUnpacked(String program) {
    return has("unpacked") && program.startsWith(path("unpacked") + "/");
  }

  /** The environment in which a program that was unpacked, not installed, finds its libraries. */
  Map<String, String> libraries(String program) throws IOException {
    if (!isUnpacked(program)) {
      return Map.of();
    }
    List<String> folders = new ArrayList<>();
    for (String lib : List.of("usr/lib", "lib")) {
      Path parent = Path.of(path("unpacked"), lib);
      if (Files.isDirectory(parent)) {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(parent, "*-linux-gnu*")) {
          all.forEach(one -> folders.add(one.toString()));
        }
      }
    }
    return Map.of("LD_LIBRARY_PATH", String.join(":", folders));
  }

  /** Waits until the child has ended, and fails unless its exit code is 0. */
  void awaitSuccess(Child child) throws IOException, InterruptedException {
    child.awaitEnd(START_SECONDS);
    if (!child.succeeded()) {
      throw new IOException(child.name() + " failed:\n" + child.lastLines());
    }
  }

  /** Waits until the child has printed this text. */
  void awaitOutput(Child child, String text) throws IOException, InterruptedException {
    await(child, () -> child.output().contains(text));
  }

  /** Waits until the condition holds; fails if the child ends, or after a minute. */
  void await(Child child, Condition condition) throws IOException, InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (!condition.holds()) {
      pause(child, until);
    }
  }

  private static void pause(Child child, long until) throws IOException, InterruptedException {
    if (!child.isAlive()) {
      throw new IOException(child.name() + " ended, after these lines:\n" + child.lastLines());
    }
    if (System.nanoTime() > until) {
      throw new IOException(
          child.name() + " is not ready after " + START_SECONDS + " s: " + child.lastLines());
    }
    Thread.sleep(POLL_MS);
  }

  /** Whether a port of loopback takes connections. */
  static boolean listens(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false; // not yet
    }
  }

  /** Ends these programs at the same time. */
  void stop(Child... children) {
    List<Child> all = List.of(children);
    all.forEach(Child::terminate);
    all.forEach(Child::awaitEnd);
    synchronized (this) {
      running.removeAll(all);
    }
  }

  synchronized boolean areStopping() {
    return stopping;
  }

  /** Ends all programs, the last one first; no program can be started after that. */
  void stopAll() {
    List<Child> all;
    synchronized (this) {
      stopping = true;
      all = List.copyOf(running).reversed();
    }
    for (Child child : all) {
      child.terminate();
      child.awaitEnd();
    }
  }
}
