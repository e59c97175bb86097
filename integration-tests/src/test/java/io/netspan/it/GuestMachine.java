package io.netspan.it;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * An emulated machine with one of Debian's kernels. It runs rows of the workload under the agent,
 * saves the output of both, and ends. Its first process is {@code kernels/guest}.
 *
 * @param kernel such as 6.1, or 7 for the newest 7.x
 * @param processor as qemu names it
 * @param rows in order; at {@code agent} the agent is started
 * @param settings further words of the kernel's command line
 */
record GuestMachine(
    String kernel, String processor, int processors, List<String> rows, List<String> settings) {
  private static final Path BUILT = Path.of("target", "kernels").toAbsolutePath();
  private static final Duration WITHIN = Duration.ofMinutes(8);

  /** The first output of the first process. */
  private static final String UP = "guest: up";

  private static final int SAID_OF_A_FAILURE = 1_500;

  private static final int MOST_REPEATS = 2;

  GuestMachine(String kernel, String processor, int processors, List<String> rows) {
    this(kernel, processor, processors, rows, List.of());
  }

  /** Returns the name of the kernel and the special settings of the machine. */
  String name() {
    return String.join(" ", with(kernel, settings));
  }

  private static List<String> with(String first, List<String> rest) {
    List<String> all = new ArrayList<>(List.of(first));
    all.addAll(rest);
    return all;
  }

  /** Builds the initial file system of the machines: runtime, agent and workload. */
  static void build() {
    Command.run(
        "make",
        "--silent",
        "-C",
        "kernels",
        "agent",
        "JAVA_HOME=" + System.getProperty("java.home"));
  }

  /** Downloads the kernel from Debian's archives if needed; returns the error, or an empty text. */
  String fetch() {
    Command fetched = Command.attempt("kernels/kernels.sh", BUILT.toString(), kernel);
    return fetched.exitCode() == 0 ? "" : fetched.output().strip();
  }

  /** Returns the full name of the kernel, which must have been downloaded. */
  String release() {
    try {
      return Files.readString(folder().resolve("release")).split(" ", 2)[0];
    } catch (IOException e) {
      return kernel + "-cloud";
    }
  }

  private Path folder() {
    return BUILT.resolve(kernel + "-cloud");
  }

  /**
   * Boots the machine and waits for its end. A kernel that panics before its first process begins
   * fails because of the emulator, not the agent: the machine is then booted once more, with a
   * message. So it is, twice at most, if the agent counts steps that no program took: two emulated
   * processors that get too little time leave processes preempted in the middle of the programs
   * (docs/kernels.md). A run that is judged has to be good in all.
   */
  GuestRun run() throws IOException, InterruptedException {
    Path results =
        Files.createDirectories(BUILT.resolve("results-" + name().replaceAll("[^a-z0-9.]+", "-")));
    Path console = results.resolve("console");
    long began = System.nanoTime();
    String said = boot(results, console);
    if (!hasResults(results) && hasDiedBooting(console)) {
      System.out.printf("Linux %s panicked while booting; once more: %s%n", name(), tail(console));
      said = boot(results, console);
    }
    if (!hasResults(results)) {
      throw new AssertionError(
          "Linux " + kernel + " left no results; qemu: " + said + "; console: " + tail(console));
    }
    GuestRun run = new GuestRun(results, Duration.ofNanos(System.nanoTime() - began));
    for (int more = 0; more < MOST_REPEATS && hasLostSteps(run); more++) {
      System.out.printf("Linux %s: %s; once more%n", name(), run.totals().line());
      boot(results, console);
    }
    return run;
  }

  /**
   * Boots the machine once, unpacks the results into an emptied folder, and returns the emulator's
   * output.
   */
  private String boot(Path results, Path console) throws IOException, InterruptedException {
    Command.run("find", results.toString(), "-type", "f", "-delete");
    Path archive = results.resolve("results.tgz");
    Path initrd = initrd(results);
    Process qemu =
        new ProcessBuilder(command(console, archive, initrd)).redirectErrorStream(true).start();
    qemu.getOutputStream().close();
    if (!qemu.waitFor(WITHIN.toSeconds(), TimeUnit.SECONDS)) {
      qemu.destroyForcibly().onExit().join();
      throw new AssertionError(
          "Linux " + kernel + " did not end within " + WITHIN + ": " + tail(console));
    }
    Files.delete(initrd);
    Command.attempt("tar", "-xzf", archive.toString(), "-C", results.toString());
    return new String(qemu.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private boolean hasLostSteps(GuestRun run) throws IOException {
    return processors > 1 && run.totals().lost().contains("tracker/step_unseen");
  }

  private static boolean hasResults(Path results) {
    return Files.exists(results.resolve("dmesg"));
  }

  private static boolean hasDiedBooting(Path console) throws IOException {
    String said = Files.exists(console) ? Files.readString(console) : "";
    return said.contains("Kernel panic") && !said.contains(UP);
  }

  /** Builds the initial file system, in which the kernel accepts several archives in sequence. */
  private Path initrd(Path results) throws IOException {
    Path initrd = results.resolve("initrd");
    String pack = "cat ../agent.cpio; find modules | cpio -o -H newc -R 0:0 --quiet";
    Command.run("sh", "-c", "cd " + folder() + " && { " + pack + "; } > " + initrd);
    return initrd;
  }

  private List<String> command(Path console, Path archive, Path initrd) {
    List<String> command = new ArrayList<>(List.of("nice", "-n", "5", "qemu-system-x86_64"));
    command.addAll(List.of("-accel", "tcg", "-m", "1024", "-display", "none", "-no-reboot"));
    command.addAll(List.of("-cpu", processor, "-smp", Integer.toString(processors)));
    command.addAll(List.of("-serial", "file:" + console, "-serial", "file:" + archive));
    command.addAll(List.of("-kernel", folder().resolve("vmlinuz").toString()));
    command.addAll(List.of("-initrd", initrd.toString()));
    command.add("-append");
    String fixed = "console=ttyS0 quiet panic=-1 rows=" + String.join(",", rows);
    command.add(String.join(" ", with(fixed, settings)));
    return command;
  }

  private static String tail(Path console) throws IOException {
    String all = Files.exists(console) ? Files.readString(console) : "";
    return all.substring(Math.max(0, all.length() - SAID_OF_A_FAILURE)).strip();
  }
}
