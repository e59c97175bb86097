package io.netspan.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SettingsTest {
  // Sizes.

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "65536, 65536",
    "64K, 65536",
    "64k, 65536",
    "64KB, 65536",
    "64KiB, 65536",
    "8M, 8388608",
    "8MiB, 8388608",
    "1G, 1073741824",
    "' 8M ', 8388608",
    "5B, 5",
    "999999999999, 999999999999",
  })
  void sizes(String text, long bytes) {
    assertThat(ByteSize.parse(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "M", "-1", "+1", "1.5M", "8 M", "8T", "0x10", "8MM", "١M"})
  void noSizes(String text) {
    assertThatThrownBy(() -> ByteSize.parse(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("'" + text + "'")
        .hasMessageContaining("write");
  }

  @ParameterizedTest
  @ValueSource(strings = {"999999999999G", "17179869185G", "9999999999999999"})
  void sizesThatDoNotFitAreNoSizes(String text) {
    assertThatThrownBy(() -> ByteSize.parse(text)).isInstanceOf(ConfigException.class);
  }

  // Ranges.

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, false, 0a00000000000000, 0, 8",
    "10.1.2.3, false, 0a01020300000000, 0, 32",
    "0.0.0.0/0, false, 0, 0, 0",
    "fd00::/8, true, fd00000000000000, 0, 8",
    "::1, true, 0, 1, 128",
    "2001:db8::1/64, true, 20010db800000000, 1, 64",
  })
  void ranges(String text, boolean ipv6, String high, String low, int prefix) {
    assertThat(AddressRange.parse(text))
        .isEqualTo(
            new AddressRange(
                ipv6, Long.parseUnsignedLong(high, 16), Long.parseUnsignedLong(low, 16), prefix));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/x",
        "::/129",
        "example.com",
        "example.com/8",
        "10.0.0.256/8",
        "10.0.0.0/8/8",
        " 10.0.0.0/8",
      })
  void noRanges(String text) {
    assertThatThrownBy(() -> AddressRange.parse(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("'" + text + "'");
  }

  // The agent's.

  private static TracerSettings tracer(long ringBytes, int mostConnections) {
    return tracer(ringBytes, mostConnections, Duration.ZERO, Duration.ofSeconds(1));
  }

  private static TracerSettings tracer(
      long ringBytes, int mostConnections, Duration snapshotInterval, Duration pollInterval) {
    return new TracerSettings(
        TracerChoice.AUTO,
        ringBytes,
        OptionalInt.of(mostConnections),
        false,
        snapshotInterval,
        pollInterval);
  }

  @ParameterizedTest
  @CsvSource({"0, 4096, 1", "1000, 8388608, 1000000", "2147483647, 1073741824, 2147483647"})
  void settingsThatCanBeUsed(int linesPerSecond, long ringBytes, int mostConnections) {
    OutputSettings output = new OutputSettings(OutputFormat.TEXT, linesPerSecond);
    TracerSettings settings = tracer(ringBytes, mostConnections);

    assertThat(output.linesPerSecond()).isEqualTo(linesPerSecond);
    assertThat(settings.ringBytes()).isEqualTo(ringBytes);
    assertThat(settings.mostConnections()).hasValue(mostConnections);
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 4096, 1, lines per second",
    "0, 0, 1, ring",
    "0, 2048, 1, ring",
    "0, 4097, 1, ring",
    "0, 2147483648, 1, ring",
    "0, -4096, 1, ring",
    "0, -9223372036854775808, 1, ring",
    "0, 4096, 0, connections",
    "0, 4096, -1, connections",
  })
  void settingsThatCannot(int linesPerSecond, long ringBytes, int mostConnections, String named) {
    assertThatThrownBy(
            () -> {
              new OutputSettings(OutputFormat.TEXT, linesPerSecond);
              tracer(ringBytes, mostConnections);
            })
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(named)
        .hasMessageContaining("write");
  }

  @Test
  void snapshotsThatWouldFollowOneAnother() {
    assertThatThrownBy(() -> tracer(4096, 1, Duration.ofMillis(99), Duration.ofSeconds(1)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("snapshot interval is PT0.099S")
        .hasMessageContaining("write 100ms or more");
  }

  @Test
  void pollsThatWouldFollowOneAnother() {
    assertThatThrownBy(() -> tracer(4096, 1, Duration.ZERO, Duration.ZERO))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("poll interval is PT0S: write 100ms or more");
  }

  @ParameterizedTest
  @CsvSource({"sampled, POLL, true", "on, POLL, true", "off, POLL, false", "on, AUTO, false"})
  void udpWithoutTheKernelProgramsIsWarnedOf(String mode, TracerChoice choice, boolean warned) {
    TracerSettings tracer = TracerSettings.DEFAULTS;
    AgentSettings settings =
        new AgentSettings(
            OutputSettings.DEFAULTS,
            new TracerSettings(
                choice,
                tracer.ringBytes(),
                tracer.mostConnections(),
                tracer.includeSelf(),
                tracer.snapshotInterval(),
                tracer.pollInterval()),
            new UdpSettings(UdpSettings.MODE.read("--udp", mode), Duration.ofSeconds(60)),
            SpanSettings.DEFAULTS,
            ExportSettings.DEFAULTS,
            PeerSettings.DEFAULTS,
            ContainerSettings.DEFAULTS,
            KubernetesSettings.DEFAULTS,
            Optional.empty());

    assertThat(settings.warnings().size()).isEqualTo(warned ? 1 : 0);
    assertThat(settings.warnings())
        .allMatch(line -> line.startsWith("--udp " + mode + " has no effect with --tracer poll"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "1023", "64K", "1025K", "8M", "1G", "3G"})
  void sizesAreWrittenAsTheyAreRead(String text) {
    assertThat(ByteSize.written(ByteSize.parse(text))).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"500ms", "1s", "90s", "1m", "90m", "2h", "1500ms"})
  void timesAreWrittenAsTheyAreRead(String text) {
    assertThat(TimeSpan.written(TimeSpan.parse(text))).isEqualTo(text);
  }

  @Test
  void aBatchIsNotLargerThanTheQueue() {
    BatchSettings batch = new BatchSettings(Duration.ZERO, 5, 10);

    assertThat(batch.maxExportBatchSize()).isEqualTo(5);
  }

  @Test
  void settingsDoNotChange() {
    List<AddressRange> peers = new ArrayList<>(AddressRange.LOCAL_AND_PRIVATE);
    SpanSettings settings = new SpanSettings(Duration.ZERO, List.of(), peers);
    peers.clear();

    assertThat(settings.correlationPeers()).isEqualTo(AddressRange.LOCAL_AND_PRIVATE);
  }
}
