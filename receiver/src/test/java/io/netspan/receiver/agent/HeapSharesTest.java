package io.netspan.receiver.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.config.AgentSettings;
import io.netspan.config.ExportSettings;
import io.netspan.config.TracerSettings;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HeapSharesTest {
  @ParameterizedTest
  @ValueSource(ints = {24, 36, 128, 256, 4_096, 65_536})
  void theSharesTogetherFitIntoTheHeap(int megabytes) {
    long heap = (long) megabytes << 20;
    HeapShares shares = new HeapShares(heap);

    long all =
        shares.connections(OptionalInt.empty()) * 400L
            + shares.processes() * 512L
            + shares.waitingToBePrinted() * 400L;

    assertThat(all).isLessThan(heap * 9 / 10);
    assertThat(shares.waitingToBePrinted()).isGreaterThan(5_000);
    assertThat(shares.connections(OptionalInt.of(7))).isEqualTo(7);
  }

  @ParameterizedTest
  @ValueSource(ints = {1_024, 4_096})
  void theSharesOfALargeHeapAreTheUpperLimits(int megabytes) {
    HeapShares shares = new HeapShares((long) megabytes << 20);

    assertThat(shares.connections(OptionalInt.empty())).isEqualTo(1_000_000);
    assertThat(shares.processes()).isEqualTo(131_072);
    assertThat(shares.waitingToBePrinted()).isEqualTo(65_536);
  }

  @Test
  void limitsThatTheHeapCannotHoldAreWarnedOf() {
    TracerSettings tracer = TracerSettings.DEFAULTS;
    AgentSettings usual = AgentSettings.DEFAULTS;
    AgentSettings large =
        new AgentSettings(
            usual.output(),
            new TracerSettings(
                tracer.choice(),
                tracer.ringBytes(),
                OptionalInt.of(999_999_999),
                tracer.includeSelf(),
                tracer.snapshotInterval(),
                tracer.pollInterval()),
            usual.udp(),
            usual.spans(),
            new ExportSettings(
                OptionalLong.of(1L << 30), usual.export().seriesIdleTimeout(), List.of()),
            usual.peers(),
            usual.containers(),
            usual.kubernetes(),
            usual.hostRoot());
    HeapShares shares = new HeapShares(256L << 20);

    assertThat(shares.warnings(usual)).isEmpty();
    assertThat(shares.warnings(large))
        .containsExactly(
            "--max-connections is 999999999, more than half of the heap of 256M holds (335544):"
                + " write less, or give Java more with NETSPAN_JAVA_OPTS=-Xmx",
            "--export-backlog is 1G, more than half of the heap of 256M holds (128M): write less,"
                + " or give Java more with NETSPAN_JAVA_OPTS=-Xmx");
  }

  @ParameterizedTest
  @CsvSource({"24, 4194304", "192, 33554432", "247, 33554432", "65536, 33554432"})
  void theBacklogOfASmallHeapIsSmall(int megabytes, long bytes) {
    HeapShares shares = new HeapShares((long) megabytes << 20);

    assertThat(shares.exportBacklog(OptionalLong.empty())).isEqualTo(bytes);
    assertThat(shares.exportBacklog(OptionalLong.of(7))).isEqualTo(7);
  }
}
