package io.netspan.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SpellingTest {
  @ParameterizedTest
  @CsvSource({
    "--formt, --format",
    "--fromat, --format",
    "--ringsize, --ring-size",
    "--udp, --udp",
    "--colour, ''",
    "-x, ''",
    "'', ''",
  })
  void aNameWithAtMostTwoDifferencesWasMeant(String written, String meant) {
    List<String> known = List.of("-h", "--format", "--ring-size", "--udp", "--correlation-peers");

    assertThat(Spelling.closest(written, known).orElse("")).isEqualTo(meant);
  }
}
