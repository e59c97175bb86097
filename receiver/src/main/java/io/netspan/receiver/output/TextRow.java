package io.netspan.receiver.output;

import io.netspan.enrich.ProcessFacts;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.opentelemetry.api.trace.SpanKind;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A span as the columns of a line; an unknown value is {@code -}. */
record TextRow(
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
  static final TextRow TITLES =
      new TextRow(
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

  private static final int WIDEST_NAME = 24;
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");

  static TextRow of(NetworkSpan span, ZoneId zone) {
    return new TextRow(
        TIME.format(Instant.ofEpochSecond(0, span.getEndEpochNanos()).atZone(zone)),
        process(span),
        span.owner().isKnown() ? Integer.toString(span.owner().key().pid()) : "-",
        span.getKind() == SpanKind.INTERNAL ? "PEER" : span.getKind().name(),
        endpoint(span.localAddress(), span.isIpv6(), span.localPort()),
        span.peers().isEmpty()
            ? endpoint(span.peerAddress(), span.isIpv6(), span.peerPort())
            : "(" + span.peers() + ")",
        span.error().isEmpty() ? span.ending() : span.error(),
        duration(span.getLatencyNanos()),
        span.totalsKnown() ? bytes(span.bytesSent()) : "-",
        span.totalsKnown() ? bytes(span.bytesReceived()) : "-",
        span.roundTripNs() == 0 ? "-" : duration(span.roundTripNs()),
        connection(span));
  }

  private static String process(NetworkSpan span) {
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

  /**
   * Address and port, with an IPv6 address in brackets. A missing address is written as the
   * wildcard address.
   */
  private static String endpoint(@Nullable String address, boolean ipv6, int port) {
    if (ipv6) {
      return "[" + (address == null ? "::" : address) + "]:" + port;
    }
    return (address == null ? "0.0.0.0" : address) + ":" + port;
  }

  /** The identity of a connection; only TCP has one. */
  private static String connection(NetworkSpan span) {
    String id = span.connectionId();
    if (id != null) {
      return id;
    }
    return span.transport().equals("tcp") ? "-" : span.transport();
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

  /** The exact number up to six digits; beyond that, in units of powers of 1024. */
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
