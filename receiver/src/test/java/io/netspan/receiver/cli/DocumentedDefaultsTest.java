package io.netspan.receiver.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.config.env.ExporterSelection;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The tables of docs/configuration.md and {@code --help} state the defaults of the settings. */
final class DocumentedDefaultsTest {
  private static final Pattern OPTION =
      Pattern.compile("(?m)^\\| `--([a-z-]+)[^|`]*(?:\\\\\\|[^|`]*)*` \\| ([^|]*) \\|");
  private static final Pattern HEADING = Pattern.compile("(?m)^(\\w[^:\\n]*):\\R(?= )");
  private static final Pattern DOCUMENTED_HEADING = Pattern.compile("(?m)^### (.*)$");
  private static final Pattern PRINTED_OPTION = Pattern.compile("(?m)^      --([a-z-]+)");

  private static final Pattern VARIABLE =
      Pattern.compile("(?m)^\\| ((?:`OTEL_[A-Z_]+`(?:, )?)+) \\| ([^|]*) \\|");

  private static String document;

  @BeforeAll
  static void read() throws IOException {
    document = Files.readString(Path.of("../docs/configuration.md"));
  }

  private static String plain(String cell) {
    return cell.replace("`", "").strip();
  }

  @Test
  void theDocumentHasTheDefaultsOfAllOptionsInTheOrderOfTheHelp() {
    Map<String, String> documented = new LinkedHashMap<>();
    OPTION
        .matcher(document)
        .results()
        .forEach(row -> documented.put(row.group(1), plain(row.group(2))));

    assertThat(documented).containsExactlyEntriesOf(OptionDefaults.all());
  }

  private static List<String> documentedHeadings() {
    String options = document.substring(0, document.indexOf("\n## Export"));
    return DOCUMENTED_HEADING.matcher(options).results().map(each -> each.group(1)).toList();
  }

  @Test
  void theHelpHasTheDefaultsOfAllOptionsInTheSameOrder() {
    StringWriter printed = new StringWriter();
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(printed, true));
    command.execute("run", "--help");
    List<String> headings =
        HEADING.matcher(printed.toString()).results().map(each -> each.group(1)).toList();
    List<String> order =
        PRINTED_OPTION.matcher(printed.toString()).results().map(each -> each.group(1)).toList();
    assertThat(order).containsExactlyElementsOf(OptionDefaults.all().keySet());
    assertThat(headings).hasSizeGreaterThan(3).containsExactlyElementsOf(documentedHeadings());
    String help = printed.toString().replaceAll("\\s+", " ");

    assertThat(help).doesNotContain("${");
    OptionDefaults.all()
        .forEach(
            (option, value) ->
                assertThat(help)
                    .containsPattern(
                        "--"
                            + option
                            + "\\b[^()]*(?:\\([^()]*\\)[^()]*)*\\(default: "
                            + Pattern.quote(value)
                            + "\\)"));
  }

  @Test
  void theDocumentHasTheDefaultsOfAllVariables() {
    Map<String, String> defaults = new ExporterSelection(Map.of()).defaults();
    String table = document.substring(document.indexOf("What netspan sets unless"));
    List<MatchResult> rows = VARIABLE.matcher(table).results().toList();
    Map<String, String> documented = new LinkedHashMap<>();
    for (MatchResult row : rows) {
      String[] names = plain(row.group(1)).split(", ", -1);
      String[] values = plain(row.group(2)).split(", ", -1);
      for (int i = 0; i < names.length; i++) {
        documented.put(names[i].toLowerCase(Locale.ROOT).replace('_', '.'), values[i]);
      }
    }

    assertThat(documented)
        .containsAllEntriesOf(
            Map.of(
                "otel.service.name", defaults.get("otel.service.name"),
                "otel.bsp.schedule.delay", defaults.get("otel.bsp.schedule.delay"),
                "otel.bsp.max.queue.size", defaults.get("otel.bsp.max.queue.size"),
                "otel.bsp.max.export.batch.size", defaults.get("otel.bsp.max.export.batch.size"),
                "otel.java.metrics.cardinality.limit",
                    defaults.get("otel.java.metrics.cardinality.limit")));
  }
}
