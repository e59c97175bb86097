package io.netspan.receiver.output;

import io.netspan.config.OutputFormat;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.netspan.receiver.telemetry.SpanOutput;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneId;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Prints connections as they end, on a thread of its own, so that a slow terminal costs lines and
 * never events: past the limit, or when the queue is full, they are counted and not made.
 */
public final class SpanPrinter implements SpanOutput, AutoCloseable {
  private static final System.Logger LOG = System.getLogger("netspan.output");
  private static final int QUEUE = 65_536;
  private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
  private static final Duration STOP_WITHIN = Duration.ofSeconds(5);

  /** How long a line waits for {@code /proc} to complete its process. */
  private static final Duration IDENTITY_WITHIN = Duration.ofMillis(50);

  private final @Nullable SpanFormat format;
  private final int linesPerSecond;
  private final Writer out;
  private final BlockingQueue<NetworkSpan> queue = new ArrayBlockingQueue<>(QUEUE);
  private final LongAdder overLimit = new LongAdder();
  private final LongAdder queueFull = new LongAdder();
  private final Thread thread;
  private volatile boolean stopping;
  private volatile boolean gone; // Set by the printer's thread when nobody reads any more.
  private long windowNs; // Tracer's thread.
  private int inWindow; // Tracer's thread.

  private SpanPrinter(@Nullable SpanFormat format, int linesPerSecond, OutputStream out) {
    this.format = format;
    this.linesPerSecond = linesPerSecond;
    this.out = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), 1 << 16);
    this.thread = new Thread(this::run, "netspan-output");
    thread.setDaemon(true);
  }

  /**
   * A printer that prints nothing until {@link #start}, a title included: whoever cannot run says
   * why, and nothing else.
   *
   * @param linesPerSecond at most so many lines a second; 0 for all
   */
  public static SpanPrinter create(
      OutputFormat format, int linesPerSecond, OutputStream out, boolean colours) {
    return new SpanPrinter(
        switch (format) {
          case TEXT -> new TextFormat(ZoneId.systemDefault(), colours);
          case JSON -> new JsonFormat();
          case NONE -> null;
        },
        linesPerSecond,
        out);
  }

  /** {@link #create}, started. */
  static SpanPrinter start(
      OutputFormat format, int linesPerSecond, OutputStream out, boolean colours) {
    SpanPrinter printer = create(format, linesPerSecond, out, colours);
    printer.start();
    return printer;
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
    if (gone) {
      queueFull.increment();
      return false;
    }
    if (linesPerSecond == 0) {
      return true;
    }
    if (Math.abs(nowNs - windowNs) >= SECOND_NS) { // Or a record claimed to be of the future.
      windowNs = nowNs;
      inWindow = 0;
    }
    if (inWindow++ < linesPerSecond) {
      return true;
    }
    overLimit.increment();
    return false;
  }

  @Override
  public void accept(NetworkSpan span) {
    if (gone || !queue.offer(span)) {
      queueFull.increment();
    }
  }

  /** Connections not printed because there were more than the limit allows. */
  public long overLimit() {
    return overLimit.sum();
  }

  /** Connections not printed because standard output was too slow, or gone. */
  public long queueFull() {
    return queueFull.sum();
  }

  private void run() {
    if (format == null) {
      return;
    }
    try {
      format.begin(out);
      out.flush();
      print(format);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      giveUp("standard output is gone (" + e.getMessage() + ")");
    } catch (RuntimeException e) {
      giveUp("printing failed (" + e + ")");
    }
  }

  private void giveUp(String why) {
    gone = true;
    while (queue.poll() != null) {
      queueFull.increment();
    }
    LOG.log(System.Logger.Level.WARNING, "{0}; connections are no longer printed", why);
  }

  private void print(SpanFormat to) throws IOException, InterruptedException {
    long saidLeftOut = 0;
    long saidAtNs = System.nanoTime();
    while (!stopping || !queue.isEmpty()) {
      NetworkSpan span = queue.poll(200, TimeUnit.MILLISECONDS);
      if (span != null) {
        span.owner().awaitCompletion(IDENTITY_WITHIN);
        to.write(span, out);
      }
      if (queue.isEmpty()) {
        out.flush();
      }
      long now = System.nanoTime();
      if (now - saidAtNs >= SECOND_NS) {
        saidAtNs = now;
        saidLeftOut = sayLeftOut(saidLeftOut);
      }
    }
    sayLeftOut(saidLeftOut);
    out.flush();
  }

  private long sayLeftOut(long said) {
    long leftOut = overLimit() + queueFull();
    if (leftOut > said) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} connections not printed (limit: {1} lines a second, --lines-per-second); they are exported and counted all"
              + " the same",
          leftOut - said,
          linesPerSecond == 0 ? "none" : Integer.toString(linesPerSecond));
    }
    return leftOut;
  }

  /** Prints what is waiting, within a bound. */
  @Override
  public void close() {
    stopping = true;
    if (thread.getState() == Thread.State.NEW) {
      return; // Never started: join would throw.
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
