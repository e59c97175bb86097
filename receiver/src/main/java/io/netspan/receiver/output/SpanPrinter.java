package io.netspan.receiver.output;

import io.netspan.config.OutputFormat;
import io.netspan.linux.fd.ReaderGoneException;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.netspan.receiver.telemetry.SpanOutput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Prints connections as they end, on its own thread, so that a slow terminal costs lines but never
 * events. Beyond the limit, or when the queue is full, lines are counted and not made.
 */
public final class SpanPrinter implements SpanOutput, AutoCloseable {
  private static final System.Logger LOG = System.getLogger("netspan.output");
  private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
  private static final Duration STOP_WITHIN = Duration.ofSeconds(5);

  /**
   * How long lines wait for the identity of a process, counted from when the process was first
   * seen.
   */
  private static final Duration IDENTITY_WITHIN = Duration.ofMillis(50);

  private final @Nullable SpanFormat format;
  private final Limits limits;
  private final Runnable readerGone;
  private final LineWriter lines;
  private final BlockingQueue<NetworkSpan> queue;
  private final LongAdder overLimit = new LongAdder();
  private final LongAdder rejected = new LongAdder();
  private final LongAdder unprintable = new LongAdder();
  private final LongAdder accepted = new LongAdder(); // Includes the title line.
  private final Thread thread;
  private volatile boolean stopping;
  private volatile boolean over; // Nothing more will be written.
  private long windowNs; // The thread that has the turn.
  private int inWindow; // The thread that has the turn.

  /**
   * The limits on what is printed.
   *
   * @param linesPerSecond the most lines per second; 0 for no limit
   * @param waiting the most connections that wait to be printed
   */
  public record Limits(int linesPerSecond, int waiting) {}

  SpanPrinter(@Nullable SpanFormat format, Limits limits, LineSink out, Runnable readerGone) {
    this.format = format;
    this.limits = limits;
    this.readerGone = readerGone;
    this.lines = new LineWriter(out);
    this.queue = new ArrayBlockingQueue<>(limits.waiting());
    this.thread = new Thread(this::run, "netspan-output");
    thread.setDaemon(true);
  }

  /**
   * Creates a printer that prints nothing before {@link #start}, not even a title, so that an agent
   * that cannot run prints only the reason.
   *
   * @param readerGone called once, on the printer's thread, when the reader of the lines has gone
   */
  public static SpanPrinter create(
      OutputFormat format, Limits limits, LineSink out, boolean colours, Runnable readerGone) {
    return new SpanPrinter(
        switch (format) {
          case TEXT -> new TextFormat(ZoneId.systemDefault(), colours);
          case JSON -> new JsonFormat();
          case NONE -> null;
        },
        limits,
        out,
        readerGone);
  }

  /** Starts printing; {@link #close} prints what is left. */
  public void start() {
    thread.start();
  }

  @Override
  public boolean wants(long nowNs) {
    if (format == null) {
      return false;
    }
    if (over) {
      rejected.increment();
      return false;
    }
    if (limits.linesPerSecond() == 0) {
      return true;
    }
    if (Math.abs(nowNs - windowNs) >= SECOND_NS) { // Or the previous time lay in the future.
      windowNs = nowNs;
      inWindow = 0;
    }
    if (inWindow++ < limits.linesPerSecond()) {
      return true;
    }
    overLimit.increment();
    return false;
  }

  @Override
  public void accept(NetworkSpan span) {
    if (!over && queue.offer(span)) {
      accepted.increment();
    } else {
      rejected.increment();
    }
  }

  /** Connections not printed because there were more than the limit allows. */
  public long overLimit() {
    return overLimit.sum();
  }

  /** Connections not printed because standard output was too slow, or its reader had gone. */
  public long queueFull() {
    return rejected.sum() + (over ? accepted.sum() - lines.written() - lines.failed() : 0);
  }

  /** Connections not printed because standard output failed, for example because of a full disk. */
  public long writeFailed() {
    return lines.failed() + unprintable.sum();
  }

  private void run() {
    if (format == null) {
      return;
    }
    try {
      print(format);
      over = true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ReaderGoneException e) {
      giveUp("standard output has no reader any more (" + e.getMessage() + ")");
      readerGone.run();
    } catch (RuntimeException e) {
      giveUp("printing failed (" + e + ")");
    }
  }

  private void giveUp(String why) {
    over = true;
    queue.clear();
    LOG.log(System.Logger.Level.WARNING, "{0}; connections are no longer printed", why);
  }

  private void print(SpanFormat to) throws ReaderGoneException, InterruptedException {
    StringBuilder text = new StringBuilder();
    begin(to, text);
    long reportedLeftOut = 0;
    long saidAtNs = System.nanoTime();
    while (!stopping || !queue.isEmpty()) {
      NetworkSpan span = queue.poll(200, TimeUnit.MILLISECONDS);
      if (span != null) {
        span.owner().awaitSettled(IDENTITY_WITHIN, IDENTITY_WITHIN);
        add(to, span, text);
      } else {
        lines.requireReader();
      }
      if (queue.isEmpty()) {
        lines.flush();
      }
      long now = System.nanoTime();
      if (now - saidAtNs >= SECOND_NS) {
        saidAtNs = now;
        reportedLeftOut = reportLeftOut(reportedLeftOut);
      }
    }
    reportLeftOut(reportedLeftOut);
    lines.flush();
  }

  private void begin(SpanFormat to, StringBuilder text) throws ReaderGoneException {
    try {
      to.begin(text);
    } catch (IOException e) {
      throw new UncheckedIOException("a StringBuilder has no room", e);
    }
    if (!text.isEmpty()) {
      accepted.increment();
      lines.add(text);
    }
    lines.flush();
  }

  /** One span that cannot be formatted must not end the others' lines. */
  private void add(SpanFormat to, NetworkSpan span, StringBuilder text) throws ReaderGoneException {
    StringBuilder line;
    try {
      line = line(to, span, text);
      span.forgetAttributes();
    } catch (RuntimeException e) {
      if (unprintable.sum() == 0) {
        LOG.log(
            System.Logger.Level.WARNING,
            "a connection could not be printed ({0}); further ones are only counted",
            e);
      }
      unprintable.increment();
      accepted.decrement();
      return;
    }
    lines.add(line);
  }

  private static StringBuilder line(SpanFormat to, NetworkSpan span, StringBuilder text) {
    text.setLength(0);
    try {
      to.write(span, text);
    } catch (IOException e) {
      throw new UncheckedIOException("a StringBuilder has no room", e);
    }
    return text;
  }

  private long reportLeftOut(long said) {
    long leftOut = overLimit() + queueFull();
    if (leftOut > said) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} connection sides were not printed (limit: {1} lines per second, --lines-per-second);"
              + " metrics and export are not affected",
          Long.toString(leftOut - said),
          limits.linesPerSecond() == 0 ? "none" : Integer.toString(limits.linesPerSecond()));
    }
    return leftOut;
  }

  /** Prints what is waiting, within a bounded time. A second call does nothing. */
  @Override
  public void close() {
    stopping = true;
    if (over || thread.getState() == Thread.State.NEW) {
      return; // Given up before, or never started: join would throw.
    }
    try {
      thread.join(STOP_WITHIN);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      giveUp("standard output was too slow at the end");
    }
  }
}
