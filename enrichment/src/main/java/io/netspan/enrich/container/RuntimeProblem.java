package io.netspan.enrich.container;

import java.util.Locale;

/** Why a runtime did not say what it was asked. */
public enum RuntimeProblem {
  /** There is no socket. */
  ABSENT("there is no such socket"),
  /** The agent may not connect to the socket. */
  FORBIDDEN("the socket may not be written to"),
  /** Nobody accepts connections at the socket. */
  UNREACHABLE("nobody accepts connections there"),
  /** The answer did not come in time. */
  SLOW("it does not answer in time"),
  /** The connection was closed before the answer was complete. */
  CLOSED("it closed the connection"),
  /** The runtime answered with an error. */
  REFUSED("it refuses the question"),
  /** The answer makes no sense. */
  MALFORMED("its answer is not understood"),
  /** The answer is larger than what is read. */
  TOO_LARGE("its answer is too large"),
  /** Too many questions wait already. */
  BUSY("too many questions wait for it");

  private final String sentence;

  RuntimeProblem(String sentence) {
    this.sentence = sentence;
  }

  /** A lower-case word for metrics. */
  public String value() {
    return name().toLowerCase(Locale.ROOT);
  }

  String sentence() {
    return sentence;
  }
}
