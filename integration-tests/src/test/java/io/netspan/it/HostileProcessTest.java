package io.netspan.it;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process with a mebibyte of arguments and another of environment, and with new lines, escapes,
 * quotes and bytes that are not valid UTF-8 in all of its names.
 */
@RequiresRoot
@RequiresProgram("clang")
class HostileProcessTest {
  private static final String HARMFUL = "[\\p{Cc}\\p{Cf}\\p{Cs}\\u2028\\u2029]";
  private static final String FILE = "a\ufffd{\"b\":1}\ufffd[2J\"\\\ufffd";
  private static final String COMM = "c\ufffd\ufffd[31m\"\\\ufffd\ufffd";
  private static final String SERVICE = "\ufffd[31mevil\ufffd\ufffd";
  private static final int MOST_OF_A_COMMAND_LINE = 4_096;
  private static final int MOST_OF_A_TEXT = 1_024;

  @TempDir private Path folder;

  /** A process that makes a refused connection on request. */
  private record Hostile(Process process) implements AutoCloseable {
    static Hostile start(Path folder, int port) throws IOException {
      Path source = folder.resolve("hostile.c");
      try (InputStream in =
          requireNonNull(HostileProcessTest.class.getResourceAsStream("hostile.c"))) {
        Files.copy(in, source);
      }
      String program = folder.resolve("hostile").toString();
      Command.run("clang", "-O1", "-Wall", "-Wextra", "-Werror", "-o", program, source.toString());
      return new Hostile(
          new ProcessBuilder(program, Integer.toString(port), folder.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start());
    }

    long pid() {
      return process.pid();
    }

    void connect() throws IOException {
      OutputStream in = process.getOutputStream();
      in.write('\n');
      in.flush();
    }

    @Override
    public void close() throws IOException {
      process.getOutputStream().close();
      assertThat(process.onExit().join().exitValue()).isZero();
    }
  }

  @Test
  void everyConnectionIsOneLineOfJsonAndOneSpan() throws Exception {
    int port = Ports.free();
    try (Collector collector = new GrpcCollector();
        Hostile hostile = Hostile.start(folder, port);
        AgentProcess agent =
            AgentProcess.json()
                .environment("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + collector.port())
                .environment("OTEL_EXPORTER_OTLP_PROTOCOL", collector.protocol())
                .start()) {
      int connections = connectUntilItsArgumentsAreKnown(hostile, agent, port);
      await("its spans")
          .atMost(Duration.ofSeconds(20))
          .until(() -> collector.spans(port).size() >= connections);
      assertThat(agent.stop().lost()).isEqualTo("nothing");

      assertThat(agent.output().replace("\n", "")).doesNotContainPattern(HARMFUL);
      assertThat(agent.lines()).allSatisfy(line -> assertThat(Side.parse(line)).isNotNull());
      assertThat(agent.sides(port))
          .hasSize(connections)
          .allSatisfy(side -> assertThat(side.pid()).isEqualTo(hostile.pid()));
      checkLine(agent.sides(port).getLast());
      assertThat(collector.spans(port))
          .hasSize(connections)
          .allSatisfy(HostileProcessTest::checkSpan);
      System.out.printf(
          "hostile: %d connections, the longest line has %d characters%n",
          connections, agent.lines().stream().mapToInt(String::length).max().orElse(0));
    }
  }

  /** Waits until the arguments have been read from the files of the process. */
  private static int connectUntilItsArgumentsAreKnown(Hostile hostile, AgentProcess agent, int port)
      throws IOException {
    for (int connections = 1; connections <= 1_009; connections++) {
      hostile.connect();
      List<Side> sides = agent.awaitSides(port, connections);
      if (sides.getLast().has("process.command_args")) {
        return connections;
      }
    }
    throw new AssertionError("its arguments were never read: " + agent.lines().getLast());
  }

  private static void checkLine(Side side) {
    assertThat(side.text("process.executable.name")).isEqualTo(FILE);
    assertThat(side.text("netspan.process.comm")).isEqualTo(COMM);
    assertThat(side.text("service.name")).isEqualTo(SERVICE);
    assertThat(side.text("service.version")).isEqualTo("1\ufffd\ufffd[2J");
    assertThat(side.text("error.type")).isEqualTo("connection_refused");
    JsonNode arguments = side.json().get("process.command_args");
    assertThat(arguments.get(2).textValue()).isEqualTo("--hostile");
    assertThat(arguments.get(4).textValue()).isEqualTo("--password=***");
    int length = 0;
    for (JsonNode argument : arguments) {
      length += argument.textValue().length();
    }
    assertThat(length).isBetween(MOST_OF_A_TEXT, MOST_OF_A_COMMAND_LINE);
  }

  private static void checkSpan(ReceivedSpan received) {
    assertThat(received.emptyAttributes()).isEmpty();
    assertThat(received.span().getTraceId().size()).isEqualTo(16);
    assertThat(texts(received))
        .isNotEmpty()
        .allSatisfy(
            text ->
                assertThat(text)
                    .hasSizeLessThanOrEqualTo(MOST_OF_A_TEXT)
                    .doesNotContainPattern(HARMFUL));
  }

  private static Stream<String> texts(ReceivedSpan received) {
    return Stream.concat(
            received.span().getAttributesList().stream(),
            received.resource().getResource().getAttributesList().stream())
        .map(KeyValue::getValue)
        .flatMap(
            value ->
                value.hasArrayValue()
                    ? value.getArrayValue().getValuesList().stream()
                    : Stream.of(value))
        .filter(AnyValue::hasStringValue)
        .map(AnyValue::getStringValue);
  }

  @Test
  void everyConnectionIsOneLineOfText() throws Exception {
    int port = Ports.free();
    int connections = 13;
    try (Hostile hostile = Hostile.start(folder, port);
        AgentProcess agent = AgentProcess.launcher().option("--lines-per-second", "0").start()) {
      for (int i = 0; i < connections; i++) {
        hostile.connect();
      }
      String mark = " 127.0.0.1:" + port + " ";
      await("its lines")
          .until(
              () ->
                  agent.lines().stream().filter(line -> line.contains(mark)).count()
                      >= connections);
      assertThat(agent.stop().lost()).isEqualTo("nothing");

      assertThat(agent.output().replace("\n", "")).doesNotContainPattern(HARMFUL);
      assertThat(agent.lines().stream().filter(line -> line.contains(mark)))
          .hasSize(connections)
          .allSatisfy(
              line ->
                  assertThat(line)
                      .contains(" " + FILE + " ")
                      .contains(" " + hostile.pid() + " CLIENT ")
                      .contains("connection_refused"));
      assertThat(agent.lines()).noneMatch(line -> line.startsWith("{"));
    }
  }
}
