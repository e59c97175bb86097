package io.netspan.receiver.wire;

import java.util.Locale;

/**
 * {@code enum netspan_event}, in the order of its numbers; {@link #UNKNOWN} stands for everything
 * else.
 */
public enum EventType {
  UNKNOWN(0),
  PROCESS(1),
  TCP_OPEN(2),
  TCP_ESTABLISHED(3),
  TCP_CLOSING(4),
  TCP_CLOSE(5),
  TCP_LISTEN(6),
  TCP_ACCEPT(7),
  TCP_SOCKET(8),
  TCP_RESET(9),
  CGROUP(10),
  TCP_UNCHANGED(11);

  private static final EventType[] BY_CODE = values();

  private final int code;

  EventType(int code) {
    this.code = code;
  }

  /** The type with this number. */
  static EventType of(int code) {
    return code > 0 && code < BY_CODE.length ? BY_CODE[code] : UNKNOWN;
  }

  /** Whether records of this type come through the ring. */
  public boolean isInRing() {
    return this != UNKNOWN && this != TCP_SOCKET && this != TCP_UNCHANGED;
  }

  /** The name in metrics. */
  public String value() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The number on the wire, and the index into the kernel's tallies. */
  public int code() {
    return code;
  }
}
