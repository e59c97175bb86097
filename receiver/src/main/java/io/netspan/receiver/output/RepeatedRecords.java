package io.netspan.receiver.output;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Publishes warnings and errors of one kind once per minute. The first is published at once; those
 * that follow within a minute are counted, and the last of them is published with their count at
 * the minute's end. Two records are of one kind if they differ in numbers only. May be used by any
 * thread.
 */
final class RepeatedRecords extends Handler {
  private static final int MOST_KINDS = 256;
  private static final Pattern NUMBERS = Pattern.compile("@?[0-9][0-9a-f]*");
  private static final Formatter TEXT = new SimpleFormatter();

  /** The records of one kind that were counted since one was published. */
  private static final class Repeated {
    private int count;
    private @Nullable LogRecord last;
  }

  private final Handler next;
  private final Duration within;
  private final Map<String, Repeated> kinds = new LinkedHashMap<>();
  private boolean closed;

  /**
   * Creates a handler.
   *
   * @param next publishes what this handler lets pass
   * @param within how long further records of a kind are counted
   */
  RepeatedRecords(Handler next, Duration within) {
    this.next = next;
    this.within = within;
    setLevel(next.getLevel());
  }

  @Override
  public void publish(LogRecord record) {
    if (!isLoggable(record)) {
      return;
    }
    if (record.getLevel().intValue() < Level.WARNING.intValue() || isFirst(record)) {
      next.publish(record);
    }
  }

  private synchronized boolean isFirst(LogRecord record) {
    String kind = record.getLoggerName() + NUMBERS.matcher(text(record)).replaceAll("0");
    Repeated repeated = kinds.get(kind);
    if (repeated != null) {
      repeated.count++;
      repeated.last = record;
      return false;
    }
    if (!closed && kinds.size() < MOST_KINDS) {
      kinds.put(kind, new Repeated());
      Thread.ofVirtual().name("netspan-log").start(() -> publishCounts(kind));
    }
    return true;
  }

  private static String text(LogRecord record) {
    Throwable thrown = record.getThrown();
    return TEXT.formatMessage(record) + (thrown == null ? "" : ": " + thrown);
  }

  /** Publishes the count of a kind each minute, until a minute passes without one. */
  private void publishCounts(String kind) {
    try {
      LogRecord summary;
      do {
        Thread.sleep(within);
        summary = summary(kind);
        if (summary != null) {
          next.publish(summary);
        }
      } while (summary != null);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized @Nullable LogRecord summary(String kind) {
    Repeated repeated = kinds.get(kind);
    LogRecord summary = repeated == null ? null : summary(repeated);
    if (summary == null) {
      kinds.remove(kind);
    }
    return summary;
  }

  private @Nullable LogRecord summary(Repeated repeated) {
    LogRecord last = repeated.last;
    if (last == null) {
      return null;
    }
    String period = within.toMinutes() == 1 ? "minute" : within.toMillis() + " ms";
    String text = text(last) + " ... " + repeated.count + " more like this in the last " + period;
    repeated.count = 0;
    repeated.last = null;
    LogRecord summary = new LogRecord(last.getLevel(), text);
    summary.setLoggerName(last.getLoggerName());
    return summary;
  }

  /** Publishes all counts, and begins anew. */
  @Override
  public void flush() {
    List<LogRecord> summaries = new ArrayList<>();
    synchronized (this) {
      for (Repeated repeated : kinds.values()) {
        LogRecord summary = summary(repeated);
        if (summary != null) {
          summaries.add(summary);
        }
      }
    }
    summaries.forEach(next::publish);
    next.flush();
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    flush();
    next.close();
  }
}
