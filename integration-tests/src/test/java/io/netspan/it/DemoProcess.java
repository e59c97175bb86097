package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code make demo}, after its build, without a terminal. */
final class DemoProcess implements AutoCloseable {
  private static final Duration STARTS_WITHIN = Duration.ofSeconds(90);
  private static final int END_SECONDS = 150;
  private static final String NOWHERE = "127.0.0.1:1";
  private static final Pattern PLACE =
      Pattern.compile("network namespace (\\d+), its files in (\\S+)");

  private final Process process;
  private final Path output;

  /** Where it runs. */
  record Place(long namespace, Path folder) {
    /** The processes in its network namespace. */
    List<String> processes() throws IOException {
      List<String> found = new ArrayList<>();
      try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
        for (Path one : all) {
          if (namespaceOf(one) == namespace) {
            found.add(one + " " + commandLine(one));
          }
        }
      }
      return found;
    }

    private static String commandLine(Path process) {
      try {
        return Files.readString(process.resolve("cmdline")).replace('\0', ' ');
      } catch (IOException e) {
        return "(ended)";
      }
    }
  }

  private DemoProcess(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /** Starts one that ends by itself. */
  static DemoProcess start(Path folder, String name, int seconds) throws IOException {
    Path output = folder.resolve(name + ".out");
    ProcessBuilder builder =
        new ProcessBuilder("../.make/demo")
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(output.toFile());
    // What is meant for other programs.
    builder.environment().put("http_proxy", NOWHERE);
    builder.environment().put("NETSPAN_GRPC", NOWHERE);
    builder.environment().put("OTEL_TRACES_SAMPLER", "always_off");
    builder.environment().put("DEMO_SECONDS", "" + seconds);
    builder.environment().put("DEMO_REPORT", folder.resolve(name + ".json").toString());
    return new DemoProcess(builder.start(), output);
  }

  String output() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void awaitOutput(String text) {
    await(text)
        .atMost(STARTS_WITHIN)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> !process.isAlive() || output().contains(text));
    assertThat(output()).contains(text);
  }

  /** Where it runs, when it has said so. */
  Place place() {
    awaitOutput("its files in");
    Matcher place = PLACE.matcher(output());
    assertThat(place.find()).as(output()).isTrue();
    return new Place(Long.parseLong(place.group(1)), Path.of(place.group(2)));
  }

  static long namespaceOf(Path process) {
    try {
      return (Long) Files.getAttribute(process.resolve("ns/net"), "unix:ino");
    } catch (IOException e) {
      return 0; // it has ended, or is a zombie
    }
  }

  void signal(String name) {
    Command.run("kill", "-" + name, Long.toString(process.pid()));
  }

  /** Waits for its end, and returns the exit code. */
  int ended() throws InterruptedException {
    assertThat(process.waitFor(END_SECONDS, TimeUnit.SECONDS)).as(output()).isTrue();
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      ended();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
