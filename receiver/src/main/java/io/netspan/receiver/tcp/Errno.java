package io.netspan.receiver.tcp;

/**
 * The errors that {@code sk_err} names a connection's end with: the generic numbers, the same on
 * x86-64 and arm64.
 */
final class Errno {
  static final int NONE = 0;
  static final int EACCES = 13;
  static final int EPIPE = 32;
  static final int ENONET = 64;
  static final int EPROTO = 71;
  static final int ENOPROTOOPT = 92;
  static final int EOPNOTSUPP = 95;
  static final int EADDRINUSE = 98;
  static final int EADDRNOTAVAIL = 99;
  static final int ENETUNREACH = 101;
  static final int ECONNABORTED = 103;
  static final int ECONNRESET = 104;
  static final int ETIMEDOUT = 110;
  static final int ECONNREFUSED = 111;
  static final int EHOSTDOWN = 112;
  static final int EHOSTUNREACH = 113;

  private Errno() {}
}
