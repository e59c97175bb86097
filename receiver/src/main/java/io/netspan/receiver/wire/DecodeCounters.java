package io.netspan.receiver.wire;

import io.netspan.receiver.SingleWriterCounter;

/**
 * Counts of the decoded records by type, and of those that could not be decoded. Written by the
 * thread that has the turn, read by any thread.
 */
public final class DecodeCounters {
  private final SingleWriterCounter[] decoded = new SingleWriterCounter[EventType.values().length];
  private final SingleWriterCounter unknownType = new SingleWriterCounter();
  private final SingleWriterCounter tooShort = new SingleWriterCounter();

  DecodeCounters() {
    for (int i = 0; i < decoded.length; i++) {
      decoded[i] = new SingleWriterCounter();
    }
  }

  void decoded(EventType type) {
    decoded[type.ordinal()].increment();
  }

  void unknownTypeSeen() {
    unknownType.increment();
  }

  void tooShortSeen() {
    tooShort.increment();
  }

  public long decodedOf(EventType type) {
    return decoded[type.ordinal()].get();
  }

  /** Records of a type that this version does not know. */
  public long unknownType() {
    return unknownType.get();
  }

  /** Records shorter than their type's struct, or whose header says another size than the ring. */
  public long tooShort() {
    return tooShort.get();
  }
}
