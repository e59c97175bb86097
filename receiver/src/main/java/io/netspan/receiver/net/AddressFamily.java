package io.netspan.receiver.net;

/** The kernel's address families, {@code include/linux/socket.h}. */
public final class AddressFamily {
  public static final int AF_INET6 = 10;

  private AddressFamily() {}
}
