package io.netspan.receiver.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netspan.config.OutputFormat;
import io.netspan.linux.fd.ReaderGoneException;
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.telemetry.FakeSpans;
import io.netspan.receiver.telemetry.NetworkSpan;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class SpanPrinterTest {
  private final FakeSink out = new FakeSink();
  private final AtomicInteger readerGone = new AtomicInteger();

  private SpanPrinter start(OutputFormat format, int linesPerSecond) {
    SpanPrinter printer =
        SpanPrinter.create(
            format,
            new SpanPrinter.Limits(linesPerSecond, 65_536),
            out,
            false,
            readerGone::incrementAndGet);
    printer.start();
    return printer;
  }

  private static void refused(FakeKernel kernel, int count) {
    for (int i = 0; i < count; i++) {
      FakeSocket client = kernel.client(0xc);
      client.open(FakeProcess.CURL);
      client.close(2, 111);
    }
  }

  private long lines() {
    return out.text().lines().count();
  }

  @Test
  void closingPrintsTheQueuedSpans() {
    try (SpanPrinter printer = start(OutputFormat.JSON, 0)) {
      refused(FakeSpans.into(printer), 1_009);
    }

    assertThat(lines()).isEqualTo(1_009);
  }

  @Test
  void linesOverTheLimitAreOmittedAndCounted() {
    SpanPrinter printer = start(OutputFormat.JSON, 10);
    FakeKernel kernel = FakeSpans.into(printer);
    refused(kernel, 25);
    assertThat(printer.overLimit()).isEqualTo(15);

    kernel.passes(1_000_000_000L); // the time of the events, not of the machine
    refused(kernel, 12);
    printer.close();

    assertThat(lines()).isEqualTo(20);
    assertThat(printer.overLimit()).isEqualTo(17);
    assertThat(printer.queueFull()).isZero();
  }

  @Test
  void aTimestampInTheFutureDoesNotSuppressLaterLines() {
    try (SpanPrinter printer = start(OutputFormat.JSON, 1)) {
      assertThat(printer.wants(1_000_000_000_000_000_000L)).isTrue();
      assertThat(printer.wants(5_000_000_000L)).isTrue();
      assertThat(printer.wants(5_000_000_001L)).isFalse();
      assertThat(printer.wants(6_000_000_000L)).isTrue();
    }
  }

  @Test
  void everySpanAfterAnUnexpectedFailureIsCounted() {
    out.answer(
        _ -> {
          throw new IllegalStateException("no idea");
        });
    SpanPrinter printer = start(OutputFormat.JSON, 0);
    try (printer) {
      refused(FakeSpans.into(printer), 20_011);
    }

    assertThat(printer.queueFull()).isEqualTo(20_011);
    assertThat(printer.wants(1)).isFalse();
    assertThat(readerGone).hasValue(0);
  }

  @Test
  void textBeginsWithItsHeader() {
    start(OutputFormat.TEXT, 0).close();

    assertThat(out.text()).startsWith("TIME ").endsWith("CONNECTION\n");
  }

  @Test
  void theFormatNonePrintsNothing() {
    try (SpanPrinter printer = start(OutputFormat.NONE, 0)) {
      assertThat(printer.wants(1)).isFalse();
      refused(FakeSpans.into(printer), 10);
      assertThat(printer.overLimit()).as("spans counted as over the limit").isZero();
    }

    assertThat(out.text()).isEmpty();
  }

  @Test
  void aReaderThatHasGoneIsReportedAndEveryLineIsCounted() {
    out.answer(
        _ -> {
          throw new ReaderGoneException("EPIPE (32)");
        });
    SpanPrinter printer = start(OutputFormat.JSON, 0);
    try (printer) {
      refused(FakeSpans.into(printer), 20_011);
    }

    assertThat(printer.queueFull()).isEqualTo(20_011);
    assertThat(printer.wants(1)).isFalse();
    assertThat(readerGone).hasValue(1);
  }

  @Test
  void aReaderThatGoesIsNoticedWithoutWriting() {
    try (SpanPrinter printer = start(OutputFormat.TEXT, 0)) {
      await().until(() -> out.text().endsWith("CONNECTION\n"));
      out.readerLeaves();

      await().until(() -> readerGone.get() == 1);

      assertThat(printer.queueFull()).isZero();
    }
  }

  @Test
  void printingContinuesAfterAFullDiskAndLostLinesAreCounted() {
    out.room(5_000);
    try (SpanPrinter printer = start(OutputFormat.JSON, 0)) {
      FakeKernel kernel = FakeSpans.into(printer);
      refused(kernel, 101);
      await().until(() -> out.lines() + printer.writeFailed() >= 100);
      out.room(Integer.MAX_VALUE);
      refused(kernel, 23);

      await().until(() -> out.lines() + printer.writeFailed() == 124);

      assertThat(printer.writeFailed()).isBetween(1L, 101L);
      assertThat(printer.queueFull()).isZero();
      assertThat(out.text().lines()).allMatch(line -> line.startsWith("{") && line.endsWith("}"));
    }
  }

  @Test
  void aSpanThatCannotBeFormattedIsCountedAndTheOthersArePrinted() {
    AtomicInteger formatted = new AtomicInteger();
    JsonFormat json = new JsonFormat();
    SpanFormat failing =
        new SpanFormat() {
          @Override
          public void begin(Appendable to) throws IOException {
            json.begin(to);
          }

          @Override
          public void write(NetworkSpan span, Appendable to) throws IOException {
            if (formatted.incrementAndGet() % 3 == 0) {
              to.append("{half a line");
              throw new IllegalArgumentException("no such text");
            }
            json.write(span, to);
          }
        };
    SpanPrinter printer =
        new SpanPrinter(
            failing, new SpanPrinter.Limits(0, 65_536), out, readerGone::incrementAndGet);
    printer.start();
    try (printer) {
      refused(FakeSpans.into(printer), 100);
    }

    assertThat(lines()).isEqualTo(67);
    assertThat(out.text().lines()).allMatch(line -> line.startsWith("{\"") && line.endsWith("}"));
    assertThat(printer.writeFailed()).isEqualTo(33);
    assertThat(printer.queueFull()).isZero();
  }

  @Test
  void noMoreSpansThanTheLimitAreQueued() {
    CountDownLatch room = new CountDownLatch(1);
    out.answer(
        length -> {
          room.await();
          return length;
        });
    SpanPrinter printer =
        SpanPrinter.create(
            OutputFormat.JSON,
            new SpanPrinter.Limits(0, 7),
            out,
            false,
            readerGone::incrementAndGet);
    printer.start();
    try (printer) {
      refused(FakeSpans.into(printer), 10_007);
      assertThat(printer.queueFull()).isPositive();
      room.countDown();
    }

    assertThat(lines() + printer.queueFull()).isEqualTo(10_007);
  }
}
