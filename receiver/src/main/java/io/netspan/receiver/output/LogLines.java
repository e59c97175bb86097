package io.netspan.receiver.output;

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
 * The log: one line per record on standard error, {@code time LEVEL text}; never a stack trace
 * below level debug.
 */
public final class LogLines extends Formatter {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");

  /**
   * Held here: the log manager does not hold its loggers, and one that is collected forgets its
   * level.
   */
  private static final List<Logger> QUIET =
      List.of(Logger.getLogger("io.grpc"), Logger.getLogger("io.opentelemetry"));

  private final boolean traces;

  private LogLines(boolean traces) {
    this.traces = traces;
  }

  /** Sends all logging of the process there, the libraries' included, from this level on. */
  public static void install(Level level) {
    Logger root = Logger.getLogger("");
    for (Handler handler : root.getHandlers()) {
      root.removeHandler(handler);
    }
    Handler handler = new ConsoleHandler(); // Writes to System.err.
    handler.setLevel(level);
    handler.setFormatter(new LogLines(level.intValue() <= Level.FINE.intValue()));
    root.addHandler(handler);
    root.setLevel(level);
    // What a library calls INFO is of no use to the reader of an agent's log.
    if (level.intValue() == Level.INFO.intValue()) {
      QUIET.forEach(library -> library.setLevel(Level.WARNING));
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
