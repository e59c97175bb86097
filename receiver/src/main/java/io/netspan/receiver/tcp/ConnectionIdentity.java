package io.netspan.receiver.tcp;

/**
 * Derives the ids of a connection from the pair of initial sequence numbers that both of its ends
 * know. They are the same on both machines, also through NAT, and need no header. The derivation
 * must never change, because agents of different versions must agree.
 *
 * <pre>
 *   pair      = isn of the client &lt;&lt; 32 | isn of the server
 *   trace id  = mix(pair + 1g), mix(pair + 2g)   (high and low 64 bits)
 *   span ids  = mix(pair + 3g) of the client, mix(pair + 4g) of the server
 * </pre>
 *
 * A slice of a long-lived connection that does not begin with it has the ids of another number in
 * place of the pair, where n is the number of the interval in which the slice begins:
 *
 * <pre>
 *   slice     = mix(pair + mix(n + 5g))
 * </pre>
 *
 * where g is 0x9e3779b97f4a7c15, mix the finalizer of SplitMix64 (Steele, Lea, Flood 2014: variant
 * 13 of Stafford) and 0, which OpenTelemetry forbids, becomes 1. mix is a bijection whose bits are
 * uniform even for small differences, as required by samplers that decide by the low bits of the
 * trace id.
 */
public final class ConnectionIdentity {
  private static final long GAMMA = 0x9e3779b97f4a7c15L;

  private ConnectionIdentity() {}

  /** The pair from the client's sequence numbers. */
  static long pairOfClient(int localIsn, int remoteIsn) {
    return pair(localIsn, remoteIsn - 1);
  }

  /** The pair from the server's sequence numbers. */
  static long pairOfServer(int localIsn, int remoteIsn) {
    return pair(remoteIsn - 1, localIsn - 1);
  }

  /** The pair from the sequence numbers of the given side. */
  static long pair(Role role, int localIsn, int remoteIsn) {
    return role == Role.CLIENT
        ? pairOfClient(localIsn, remoteIsn)
        : pairOfServer(localIsn, remoteIsn);
  }

  private static long pair(int isnClient, int isnServer) {
    return (long) isnClient << 32 | Integer.toUnsignedLong(isnServer);
  }

  public static long traceIdHigh(long pair) {
    return derive(pair, 1);
  }

  public static long traceIdLow(long pair) {
    return derive(pair, 2);
  }

  public static long clientSpanId(long pair) {
    return derive(pair, 3);
  }

  public static long serverSpanId(long pair) {
    return derive(pair, 4);
  }

  /**
   * The number that takes the pair's place in the ids of a slice.
   *
   * @param interval the interval in which it begins: Unix time divided by the interval's length
   */
  public static long slice(long pair, long interval) {
    return mix(pair + mix(interval + 5 * GAMMA));
  }

  private static long derive(long pair, int which) {
    long mixed = mix(pair + which * GAMMA);
    return mixed == 0 ? 1 : mixed;
  }

  private static long mix(long z) {
    long a = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    long b = (a ^ a >>> 27) * 0x94d049bb133111ebL;
    return b ^ b >>> 31;
  }
}
