package io.netspan.receiver.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.Test;

/** A line that is logged again and again does not fill the log, and none is lost uncounted. */
final class RepeatedRecordsTest {
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Handler sink =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          lines.add(new SimpleFormatter().formatMessage(record));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  private static LogRecord record(Level level, String message, Object... parameters) {
    LogRecord record = new LogRecord(level, message);
    record.setLoggerName("netspan.test");
    record.setParameters(parameters);
    return record;
  }

  @Test
  void theFirstIsLoggedAndFurtherOnesAreCounted() {
    RepeatedRecords handler = new RepeatedRecords(sink, Duration.ofMinutes(1));
    for (int i = 0; i < 18; i++) {
      handler.publish(record(Level.WARNING, "{0} requests wait for {1}", i, "http://a:4317"));
    }
    assertThat(lines).containsExactly("0 requests wait for http://a:4317");

    handler.flush();
    assertThat(lines)
        .containsExactly(
            "0 requests wait for http://a:4317",
            "17 requests wait for http://a:4317 ... 17 more like this in the last minute");
    handler.flush();
    assertThat(lines).hasSize(2);
  }

  @Test
  void otherKindsAndWhatIsNoWarningPass() {
    RepeatedRecords handler = new RepeatedRecords(sink, Duration.ofMinutes(1));
    handler.publish(record(Level.WARNING, "{0} refused", "spans"));
    handler.publish(record(Level.WARNING, "{0} refused", "metrics"));
    handler.publish(record(Level.INFO, "again"));
    handler.publish(record(Level.INFO, "again"));

    assertThat(lines).containsExactly("spans refused", "metrics refused", "again", "again");
  }

  @Test
  void theCountIsLoggedAtTheEndOfThePeriodAndThenAFirstOneAgain() {
    RepeatedRecords handler = new RepeatedRecords(sink, Duration.ofMillis(100));
    handler.publish(record(Level.WARNING, "no answer"));
    handler.publish(record(Level.WARNING, "no answer"));
    await().until(() -> lines.size() == 2);
    assertThat(lines.get(1)).isEqualTo("no answer ... 1 more like this in the last 100 ms");

    await()
        .until(
            () -> {
              handler.publish(record(Level.WARNING, "no answer"));
              return lines.getLast().equals("no answer");
            });
    handler.flush();
    assertThat(lines.stream().filter(line -> line.equals("no answer")).count()).isEqualTo(2);
  }

  @Test
  void asManyKindsAsThereMayBeAreLoggedAll() {
    RepeatedRecords handler = new RepeatedRecords(sink, Duration.ofMinutes(1));
    for (int i = 0; i < 1_000; i++) {
      handler.publish(record(Level.WARNING, "kind " + "x".repeat(i)));
    }

    assertThat(lines).hasSize(1_000);
  }
}
