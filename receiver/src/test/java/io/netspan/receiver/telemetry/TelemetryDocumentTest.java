package io.netspan.receiver.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The code and docs/telemetry.md name the same attributes and metrics. */
final class TelemetryDocumentTest {
  /**
   * Matches names in the code: attribute keys, instrument builders, host attributes, what
   * contributors say, and names of metrics that are constants.
   */
  private static final Pattern IN_CODE =
      Pattern.compile(
          "(?:(?:[kK]ey|SpanAttribute\\.(?:text|number|real)|Builder|host\\.put|seconds|counter)\\(\\s*(?:meter,\\s*)?"
              + "|put\\(\\s*(?:attributes|lists),\\s*"
              + "|static final String [A-Z]+ = (?=\"netspan\\.))"
              + "\"([a-z][a-z_]*(?:\\.[a-z_]+)+)\"");

  private static final Pattern IN_DOCUMENT =
      Pattern.compile("`((?:netspan|network|process|container)(?:\\.[a-z_]+)+)`");

  @Test
  void everyNameInTheCodeIsDocumented() throws IOException {
    assertThat(document()).contains(inCode().stream().map(name -> "`" + name + "`").toList());
  }

  @Test
  void everyDocumentedNameIsInTheCode() throws IOException {
    Set<String> inDocument = new TreeSet<>();
    Matcher matcher = IN_DOCUMENT.matcher(document());
    while (matcher.find()) {
      inDocument.add(matcher.group(1));
    }
    assertThat(inDocument).hasSizeGreaterThan(40);
    assertThat(inCode()).containsAll(inDocument);
  }

  private static Set<String> inCode() throws IOException {
    Set<String> names = new TreeSet<>();
    for (String module : List.of("receiver", "enrichment")) {
      try (Stream<Path> sources = Files.walk(Path.of("..", module, "src/main/java"))) {
        for (Path source : sources.filter(path -> path.toString().endsWith(".java")).toList()) {
          Matcher matcher = IN_CODE.matcher(Files.readString(source));
          while (matcher.find()) {
            names.add(matcher.group(1));
          }
        }
      }
    }
    assertThat(names).hasSizeGreaterThan(50);
    return names;
  }

  private static String document() throws IOException {
    return Files.readString(Path.of("../docs/telemetry.md"));
  }
}
