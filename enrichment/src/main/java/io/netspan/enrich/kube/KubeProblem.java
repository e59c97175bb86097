package io.netspan.enrich.kube;

import java.util.Locale;

/** Why the API did not say what it was asked. */
enum KubeProblem {
  /** There is no token, or no certificate, that can be read. */
  NO_CREDENTIALS("the token or the authority's certificates cannot be used"),
  /** Nobody accepts connections there, or the name has no address. */
  UNREACHABLE("it cannot be reached"),
  /** The server's certificate is not one of the authority's, or has another name. */
  UNTRUSTED("its certificate is not trusted"),
  /** The token is not known or has expired. */
  UNAUTHORIZED("it does not accept the token"),
  /** The role of the agent does not have the right. */
  FORBIDDEN("the role of the agent does not allow it"),
  /** The answer did not come in time. */
  SLOW("it does not answer in time"),
  /** The connection ended before the answer did. */
  CLOSED("it closed the connection"),
  /** What the watch should go on from is no more known; everything is listed again. */
  GONE("it has forgotten where the watch was"),
  /** Any other status. */
  REFUSED("it refuses the question"),
  /** The answer makes no sense. */
  MALFORMED("its answer is not understood"),
  /** An object is larger than what is read. */
  TOO_LARGE("its answer is too large"),
  /** There are more objects than are kept. */
  TOO_MANY("it has more objects than are kept");

  private final String sentence;

  KubeProblem(String sentence) {
    this.sentence = sentence;
  }

  /** A lower-case word for metrics. */
  String value() {
    return name().toLowerCase(Locale.ROOT);
  }

  String sentence() {
    return sentence;
  }
}
