package io.netspan.receiver.tcp;

import org.jspecify.annotations.Nullable;

/**
 * What the {@link Reconciler} and the {@link ConnectionTable} note on a connection from one pass to
 * the next. The members are the first of the {@link Connection}, so that a pass reads one line of
 * the cache for most connections; what few need is an object of its own.
 */
abstract sealed class PassMarks permits ConnectionFacts {
  /** The place of a connection that is not in the table. */
  static final int NOWHERE = -1;

  /** A process that has a descriptor of the connection, but is not known as its owner. */
  record Heir(int tgid, long startTime) {}

  /** Another identity than that of the connection, which the given pass was the first to read. */
  record Doubt(int pass, long pair) {}

  /** The last pass that found the connection. */
  int pass;

  /** The index of the connection in the table's list; {@link #NOWHERE} if it is not there. */
  int place = NOWHERE;

  /** The connection that a pass found after this one; it may have ended since. */
  @Nullable Connection next;

  /** Whether that pass found a descriptor of it in its owner's process. */
  boolean heldByOwner;

  /** The oldest other process in which that pass found a descriptor; null: none. */
  @Nullable Heir heir;

  /** Null if the identity is not in doubt. */
  @Nullable Doubt doubt;

  /** Resets everything to the state of new marks. */
  final void resetMarks() {
    pass = 0;
    place = NOWHERE;
    next = null;
    heldByOwner = false;
    heir = null;
    doubt = null;
  }

  /** Notes that a pass found a descriptor; the first one resets what the pass before found. */
  final void foundBy(int thisPass) {
    if (pass != thisPass) {
      pass = thisPass;
      heldByOwner = false;
      heir = null;
    }
  }

  /**
   * Notes a process other than the owner that has a descriptor. Of several, the oldest is the most
   * likely owner, since its children inherited the descriptor.
   */
  final void heldBy(int tgid, long startTime) {
    Heir known = heir;
    if (known == null || startTime < known.startTime()) {
      heir = new Heir(tgid, startTime);
    }
  }

  /**
   * Notes another identity that a pass has read.
   *
   * @return whether no earlier pass read the same
   */
  final boolean doubts(long pair, int thisPass) {
    Doubt known = doubt;
    if (known == null || known.pair() != pair) {
      doubt = new Doubt(thisPass, pair);
      return true;
    }
    return known.pass() == thisPass;
  }
}
