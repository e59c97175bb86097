package io.netspan.receiver.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.config.OutputFormat;
import io.netspan.receiver.telemetry.FakeSpans;
import io.netspan.receiver.track.FakeKernel;
import io.netspan.receiver.track.FakeProcess;
import io.netspan.receiver.track.FakeSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class SpanPrinterTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private static void refused(FakeKernel kernel, int count) {
    for (int i = 0; i < count; i++) {
      FakeSocket client = kernel.client(0xc);
      client.open(FakeProcess.CURL);
      client.close(2, 111);
    }
  }

  private long lines() {
    return out.toString(StandardCharsets.UTF_8).lines().count();
  }

  @Test
  void closingPrintsWhatWaits() {
    try (SpanPrinter printer = SpanPrinter.start(OutputFormat.JSON, 0, out, false)) {
      refused(FakeSpans.into(printer), 1_009);
    }

    assertThat(lines()).isEqualTo(1_009);
  }

  @Test
  void pastTheLimitLinesAreLeftOutAndCounted() {
    SpanPrinter printer = SpanPrinter.start(OutputFormat.JSON, 10, out, false);
    FakeKernel kernel = FakeSpans.into(printer);
    refused(kernel, 25);
    assertThat(printer.overLimit()).isEqualTo(15);

    kernel.passes(1_000_000_000L); // The events' time, not the machine's.
    refused(kernel, 12);
    printer.close();

    assertThat(lines()).isEqualTo(20);
    assertThat(printer.overLimit()).isEqualTo(17);
    assertThat(printer.queueFull()).isZero();
  }

  @Test
  void aTimeOfTheFutureDoesNotSilenceWhatFollows() {
    try (SpanPrinter printer = SpanPrinter.start(OutputFormat.JSON, 1, out, false)) {
      assertThat(printer.wants(1_000_000_000_000_000_000L)).isTrue();
      assertThat(printer.wants(5_000_000_000L)).isTrue();
      assertThat(printer.wants(5_000_000_001L)).isFalse();
      assertThat(printer.wants(6_000_000_000L)).isTrue();
    }
  }

  @Test
  void anUnexpectedFailureIsSaidAndEverythingAfterItCounted() {
    OutputStream broken =
        new OutputStream() {
          @Override
          public void write(int b) {
            throw new IllegalStateException("no idea");
          }
        };
    SpanPrinter printer = SpanPrinter.start(OutputFormat.JSON, 0, broken, false);
    try (printer) {
      refused(FakeSpans.into(printer), 20_011);
    }

    assertThat(printer.queueFull()).isBetween(1L, 20_011L);
    assertThat(printer.wants(1)).isFalse();
  }

  @Test
  void textBeginsWithItsHeader() {
    SpanPrinter.start(OutputFormat.TEXT, 0, out, false).close();

    assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("TIME ").endsWith("CONNECTION\n");
  }

  @Test
  void noneWantsNothing() {
    try (SpanPrinter printer = SpanPrinter.start(OutputFormat.NONE, 0, out, false)) {
      assertThat(printer.wants(1)).isFalse();
      refused(FakeSpans.into(printer), 10);
      assertThat(printer.overLimit()).as("nobody asked for them").isZero();
    }

    assertThat(out.size()).isZero();
  }

  @Test
  void anOutputThatIsGoneDoesNotStopTheTracer() {
    OutputStream gone =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    SpanPrinter printer = SpanPrinter.start(OutputFormat.JSON, 0, gone, false);
    try (printer) {
      refused(FakeSpans.into(printer), 20_011);
    }

    // Not all: some had been written, to a buffer that nobody took.
    assertThat(printer.queueFull()).isBetween(1L, 20_011L);
    assertThat(printer.wants(1)).isFalse();
  }
}
