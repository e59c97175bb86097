package io.netspan.receiver.output;

import java.time.Duration;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Formats the log: one line per record on standard error, {@code time LEVEL text}, with stack
 * traces at level debug only.
 */
public final class LogLines extends Formatter {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");

  /**
   * Referenced here because the log manager references its loggers only weakly, and a logger that
   * is collected loses its level.
   */
  private static final List<Logger> QUIET =
      List.of(Logger.getLogger("io.grpc"), Logger.getLogger("io.opentelemetry"));

  /**
   * The SDK's exporters and its metric reader log each failed request. The agent does that itself,
   * with what becomes of the request.
   */
  private static final List<Logger> SILENT =
      List.of(
          Logger.getLogger("io.opentelemetry.exporter.otlp.internal.GrpcExporter"),
          Logger.getLogger("io.opentelemetry.exporter.otlp.internal.HttpExporter"),
          Logger.getLogger("io.opentelemetry.sdk.metrics.export.PeriodicMetricReader"),
          // gRPC sets SO_KEEPALIVE on each channel, which a unix socket's refuses with a warning.
          Logger.getLogger("io.grpc.netty.shaded.io.netty.bootstrap.Bootstrap"),
          // Netty makes an id of the machine's MAC address, which a network namespace may lack.
          Logger.getLogger("io.grpc.netty.shaded.io.netty.util.internal.MacAddressUtil"));

  private static final Duration ONE_MINUTE = Duration.ofMinutes(1);

  private final boolean traces;

  private LogLines(boolean traces) {
    this.traces = traces;
  }

  /**
   * Sends all logging of the process to standard error from this level on, including that of
   * libraries.
   */
  public static void install(Level level) {
    Logger root = Logger.getLogger("");
    for (Handler handler : root.getHandlers()) {
      root.removeHandler(handler);
    }
    Handler handler = new ConsoleHandler(); // Writes to System.err.
    handler.setLevel(level);
    handler.setFormatter(new LogLines(level.intValue() <= Level.FINE.intValue()));
    root.addHandler(new RepeatedRecords(handler, ONE_MINUTE));
    root.setLevel(level);
    if (level.intValue() > Level.FINE.intValue()) {
      SILENT.forEach(exporter -> exporter.setLevel(Level.OFF));
    }
    // The INFO messages of libraries are of no use in an agent's log.
    if (level.intValue() == Level.INFO.intValue()) {
      QUIET.forEach(library -> library.setLevel(Level.WARNING));
    }
  }

  /** Logs how often lines were repeated that were not logged. */
  public static void flush() {
    for (Handler handler : Logger.getLogger("").getHandlers()) {
      handler.flush();
    }
  }

  @Override
  public String format(LogRecord record) {
    StringBuilder line =
        new StringBuilder()
            .append(TIME.format(record.getInstant().atZone(ZoneId.systemDefault())))
            .append(' ')
            .append(String.format(Locale.ROOT, "%-5s ", level(record.getLevel())))
            .append(Printable.of(formatMessage(record)));
    Throwable thrown = record.getThrown();
    if (thrown != null) {
      line.append(": ").append(Printable.of(thrown.toString()));
    }
    line.append('\n');
    if (thrown != null && traces) {
      for (StackTraceElement frame : thrown.getStackTrace()) {
        line.append("        at ").append(frame).append('\n');
      }
    }
    return line.toString();
  }

  private static String level(Level level) {
    if (level.intValue() >= Level.SEVERE.intValue()) {
      return "ERROR";
    }
    if (level.intValue() >= Level.WARNING.intValue()) {
      return "WARN";
    }
    return level.intValue() >= Level.INFO.intValue() ? "INFO" : "DEBUG";
  }
}
