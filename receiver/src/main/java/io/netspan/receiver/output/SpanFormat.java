package io.netspan.receiver.output;

import io.netspan.receiver.telemetry.NetworkSpan;
import java.io.IOException;

/** Writes spans as lines. Used only by the printer's thread. */
interface SpanFormat {
  /** Writes what comes before the first line. */
  void begin(Appendable to) throws IOException;

  /** Writes one line, including its terminator. */
  void write(NetworkSpan span, Appendable to) throws IOException;
}
