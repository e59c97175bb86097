package io.netspan.receiver.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The tables of docs/correlation.md. */
final class CorrelationDocumentTest {
  private static final Path DOCUMENT = Path.of("../docs/correlation.md");

  private static final Pattern IDS =
      Pattern.compile(
          "(?m)^\\| `(\\p{XDigit}{16})` \\| `(\\p{XDigit}{16})(\\p{XDigit}{16})` \\|"
              + " `(\\p{XDigit}{16})` \\| `(\\p{XDigit}{16})` \\|$");

  private static final Pattern SLICES =
      Pattern.compile("(?m)^\\| `(\\p{XDigit}{16})` \\| (\\d+) \\| `(\\p{XDigit}{16})` \\|$");

  private static final Pattern ODDS =
      Pattern.compile("(?m)^\\| ([\\d,]+) \\| [^|]*\\| ([\\d.]+) % \\|$");

  private static final Pattern OPEN =
      Pattern.compile("for ([\\d,]+) open ones, the probability is ([\\d.]+) %");

  @Test
  void theIdsAreThoseOfTheTable() throws IOException {
    List<MatchResult> rows = rows(IDS);
    assertThat(rows).hasSize(5);
    for (MatchResult row : rows) {
      long pair = number(row.group(1));
      assertThat(ConnectionIdentity.traceIdHigh(pair)).isEqualTo(number(row.group(2)));
      assertThat(ConnectionIdentity.traceIdLow(pair)).isEqualTo(number(row.group(3)));
      assertThat(ConnectionIdentity.clientSpanId(pair)).isEqualTo(number(row.group(4)));
      assertThat(ConnectionIdentity.serverSpanId(pair)).isEqualTo(number(row.group(5)));
    }
  }

  @Test
  void theSlicesAreThoseOfTheTable() throws IOException {
    List<MatchResult> rows = rows(SLICES);
    assertThat(rows).hasSize(3);
    for (MatchResult row : rows) {
      assertThat(ConnectionIdentity.slice(number(row.group(1)), Long.parseLong(row.group(2))))
          .isEqualTo(number(row.group(3)));
    }
  }

  /** Two digits of each probability. */
  @Test
  void theOddsAreThoseOfTheFormula() throws IOException {
    List<MatchResult> rows = rows(ODDS);
    assertThat(rows).hasSize(5);
    rows.forEach(CorrelationDocumentTest::checkOdds);
    List<MatchResult> open = rows(OPEN);
    assertThat(open).hasSize(1);
    open.forEach(CorrelationDocumentTest::checkOdds);
  }

  private static void checkOdds(MatchResult row) {
    double connections = Double.parseDouble(row.group(1).replace(",", ""));
    double percent = -100 * Math.expm1(-connections * connections / Math.scalb(1.0, 65));
    assertThat(new BigDecimal(row.group(2)))
        .as(row.group())
        .isEqualByComparingTo(new BigDecimal(percent).round(new MathContext(2)));
  }

  private static List<MatchResult> rows(Pattern pattern) throws IOException {
    return pattern.matcher(Files.readString(DOCUMENT)).results().toList();
  }

  private static long number(String hex) {
    return Long.parseUnsignedLong(hex, 16);
  }
}
