package io.netspan.receiver.output;

import io.netspan.enrich.ProcessFacts;
import io.netspan.receiver.telemetry.NetworkSpan;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * Aligned columns for people. A column as wide as the widest address so far never gets narrower, so
 * lines stay aligned with what comes after.
 */
final class TextFormat implements SpanFormat {
  private static final int WIDEST_NAME = 24;
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");
  private static final String RED = "\u001b[31m";
  private static final String DIM = "\u001b[2m";
  private static final String PLAIN = "\u001b[0m";

  private final ZoneId zone;
  private final boolean colours;
  private int nameWidth = 15;
  private int addressWidth = 21;

  TextFormat(ZoneId zone, boolean colours) {
    this.zone = zone;
    this.colours = colours;
  }

  @Override
  public void begin(Appendable to) throws IOException {
    String header =
        row(
            "TIME",
            "PROCESS",
            "PID",
            "SIDE",
            "LOCAL",
            "REMOTE",
            "END",
            "DURATION",
            "OUT",
            "IN",
            "RTT",
            "CONNECTION");
    to.append(colours ? DIM + header + PLAIN : header).append('\n');
  }

  @Override
  public void write(NetworkSpan span, Appendable to) throws IOException {
    String local = span.local();
    String remote = span.remote();
    String name = name(span);
    nameWidth = Math.max(nameWidth, name.length());
    addressWidth = Math.max(addressWidth, Math.max(local.length(), remote.length()));
    String line =
        row(
            TIME.format(Instant.ofEpochSecond(0, span.getEndEpochNanos()).atZone(zone)),
            name,
            span.owner().isKnown() ? Integer.toString(span.owner().key().pid()) : "-",
            span.side(),
            local,
            remote,
            span.outcome(),
            duration(span.getLatencyNanos()),
            span.totalsKnown() ? bytes(span.bytesSent()) : "-",
            span.totalsKnown() ? bytes(span.bytesReceived()) : "-",
            span.roundTripNs() == 0 ? "-" : duration(span.roundTripNs()),
            span.label());
    to.append(colours && span.failed() ? RED + line + PLAIN : line).append('\n');
  }

  private static String name(NetworkSpan span) {
    ProcessFacts facts = span.owner().identity().facts();
    String name = facts.executableName().isEmpty() ? facts.comm() : facts.executableName();
    if (name.isEmpty()) {
      return "?";
    }
    String printable = Printable.of(name);
    return printable.length() <= WIDEST_NAME
        ? printable
        : printable.substring(0, WIDEST_NAME - 1) + "~";
  }

  private String row(
      String time,
      String process,
      String pid,
      String side,
      String local,
      String remote,
      String end,
      String duration,
      String out,
      String in,
      String rtt,
      String connection) {
    return String.format(
        Locale.ROOT,
        "%-12s %-"
            + nameWidth
            + "s %7s %-6s %-"
            + addressWidth
            + "s %-"
            + addressWidth
            + "s %-18s %8s %8s %8s %8s  %s",
        time,
        process,
        pid,
        side,
        local,
        remote,
        end,
        duration,
        out,
        in,
        rtt,
        connection);
  }

  private static String duration(long ns) {
    if (ns < 10_000_000) {
      return String.format(Locale.ROOT, "%.2fms", ns / 1e6);
    }
    if (ns < 1_000_000_000) {
      return ns / 1_000_000 + "ms";
    }
    return ns < 100_000_000_000L
        ? String.format(Locale.ROOT, "%.1fs", ns / 1e9)
        : ns / 1_000_000_000 + "s";
  }

  /** Exact up to six digits; powers of 1024 beyond. */
  private static String bytes(long count) {
    if (count < 1_000_000) {
      return Long.toString(count);
    }
    double value = count;
    int unit = -1;
    while (value >= 1024) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f%s", value, "KMGTPE".charAt(unit) + "iB");
  }
}
