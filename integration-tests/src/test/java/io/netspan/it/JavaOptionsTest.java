package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher lets users choose the heap and the collector. */
class JavaOptionsTest {
  private static final List<String> COLLECTORS =
      List.of("Serial", "Parallel", "G1", "Z", "Shenandoah");

  private static final List<String> HEAPS =
      List.of(
          "",
          "-Xmx16m",
          "-Xmx64m",
          "-Xmx4g",
          "-Xms8m",
          "-Xms512m",
          "-Xms1g -Xmx1g",
          "-Xmn1m",
          "-Xmn20m",
          "-Xmn300m",
          "-Xmn20m -Xmx64m",
          "-XX:MaxHeapSize=64m",
          "-XX:InitialHeapSize=300m",
          "-XX:NewSize=30m",
          "-XX:NewRatio=1",
          "-XX:MaxRAMPercentage=5",
          "-XX:InitialRAMPercentage=5",
          "-XX:-UseCompressedOops",
          "-XX:+UseCompactObjectHeaders",
          "-XX:ObjectAlignmentInBytes=16",
          "-XX:TieredStopAtLevel=1",
          "-Xint");

  private static final String WITHOUT_CACHE = "-XX:AOTMode=off";

  static Stream<String> options() {
    Stream<String> collectors =
        COLLECTORS.stream().map(name -> "-XX:+Use" + name + "GC").filter(JavaOptionsTest::exists);
    List<String> all =
        Stream.concat(
                HEAPS.stream(), collectors.flatMap(one -> Stream.of(one, one + " -Xmn20m -Xmx96m")))
            .toList();
    return Stream.concat(
        all.stream(), all.stream().map(one -> (WITHOUT_CACHE + " " + one).strip()));
  }

  /** Not every Java has every collector. */
  private static boolean exists(String collector) {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return Command.attempt(java, collector, "-version").exitCode() == 0;
  }

  @ParameterizedTest
  @MethodSource("options")
  void theAgentStartsWithUserOptions(String options) {
    checkStarts("NETSPAN_JAVA_OPTS=" + options);
  }

  @ParameterizedTest
  @MethodSource("javasOwn")
  void theAgentStartsWithOptionsFromVariablesOfTheJvm(String variable) {
    checkStarts(variable);
  }

  static Stream<String> javasOwn() {
    return Stream.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")
        .flatMap(name -> Stream.of(name + "=-XX:+UseParallelGC", name + "=-Xms300m -Xmn20m"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "NETSPAN_JAVA_OPTS=-XX:+NoSuchOption",
        "NETSPAN_JAVA_OPTS=-XX:AOTMode=off -XX:+NoSuchOption",
        "NETSPAN_JAVA_OPTS=-Xmx9q",
        "JAVA_TOOL_OPTIONS=-Xbogus",
      })
  void optionsThatJavaRefusesAreAnErrorOfUsage(String variable) {
    Command command = Command.attempt("env", variable, Launcher.path().toString(), "version");

    assertThat(command.exitCode()).as(command.output()).isEqualTo(2);
    assertThat(command.output())
        .startsWith("netspan: Java does not start with the options in NETSPAN_JAVA_OPTS, ")
        .hasLineCount(1);
  }

  private static void checkStarts(String variable) {
    Command command = Command.attempt("env", variable, Launcher.path().toString(), "version");

    assertThat(command.exitCode()).as("%s: %s", variable, command.output()).isZero();
    assertThat(command.output()).contains("netspan ");
  }
}
