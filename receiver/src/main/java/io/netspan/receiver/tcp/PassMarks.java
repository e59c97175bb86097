package io.netspan.receiver.tcp;

/** What the {@link Reconciler} notes on a connection from one pass to the next. */
final class PassMarks {
  /** The last pass that found the connection. */
  int pass;

  /** Whether that pass found a descriptor of it in its owner's process. */
  boolean heldByOwner;

  /** The oldest process that has a descriptor of it, with its start time; 0: none has. */
  int heirTgid;

  long heirStartTime;

  /**
   * The first pass that read another identity, which {@link #doubtfulPair} is; 0: the identity is
   * not in doubt.
   */
  int doubtedInPass;

  long doubtfulPair;

  /** Resets everything to the state of new marks. */
  void reset() {
    pass = 0;
    heldByOwner = false;
    heirTgid = 0;
    heirStartTime = 0;
    doubtedInPass = 0;
    doubtfulPair = 0;
  }

  /** Notes that a pass found a descriptor; the first one resets what the pass before found. */
  void foundBy(int thisPass) {
    if (pass != thisPass) {
      pass = thisPass;
      heldByOwner = false;
      heirTgid = 0;
    }
  }

  /**
   * Notes a process that has a descriptor. Of several, the oldest is the most likely owner, since
   * its children inherited the descriptor.
   */
  void heldBy(int tgid, long startTime) {
    if (heirTgid == 0 || startTime < heirStartTime) {
      heirTgid = tgid;
      heirStartTime = startTime;
    }
  }
}
