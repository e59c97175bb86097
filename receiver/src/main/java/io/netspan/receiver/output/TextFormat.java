package io.netspan.receiver.output;

import io.netspan.receiver.telemetry.NetworkSpan;
import java.io.IOException;
import java.time.ZoneId;
import java.util.Locale;

/**
 * Writes aligned columns for people. A column is as wide as the widest address so far and never
 * gets narrower, so that later lines stay aligned.
 */
final class TextFormat implements SpanFormat {
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
    String header = line(TextRow.TITLES);
    to.append(colours ? DIM + header + PLAIN : header).append('\n');
  }

  @Override
  public void write(NetworkSpan span, Appendable to) throws IOException {
    TextRow row = TextRow.of(span, zone);
    nameWidth = Math.max(nameWidth, row.process().length());
    addressWidth = Math.max(addressWidth, Math.max(row.local().length(), row.remote().length()));
    String line = line(row);
    to.append(colours && !span.error().isEmpty() ? RED + line + PLAIN : line).append('\n');
  }

  private String line(TextRow row) {
    return String.format(
        Locale.ROOT,
        "%-12s %-"
            + nameWidth
            + "s %7s %-6s %-"
            + addressWidth
            + "s %-"
            + addressWidth
            + "s %-18s %8s %8s %8s %8s  %s",
        row.time(),
        row.process(),
        row.pid(),
        row.side(),
        row.local(),
        row.remote(),
        row.end(),
        row.duration(),
        row.out(),
        row.in(),
        row.rtt(),
        row.connection());
  }
}
