package io.netspan.receiver.output;

import io.netspan.receiver.telemetry.NetworkSpan;
import java.io.IOException;

/** How a connection side is written. Used by the printer's thread alone. */
interface SpanFormat {
  /** What comes before the first. */
  void begin(Appendable to) throws IOException;

  /** One line with its end. */
  void write(NetworkSpan span, Appendable to) throws IOException;
}
