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

  /** The first pass that read another identity, and which; 0: the identity is not in doubt. */
  int doubtedInPass;

  long doubtfulPair;

  /** Everything as in new ones. */
  void reset() {
    pass = 0;
    heldByOwner = false;
    heirTgid = 0;
    heirStartTime = 0;
    doubtedInPass = 0;
    doubtfulPair = 0;
  }

  /** The first descriptor that a pass finds. */
  void foundBy(int thisPass) {
    if (pass != thisPass) {
      pass = thisPass;
      heldByOwner = false;
      heirTgid = 0;
    }
  }

  /** Of several processes that have it the oldest is the likeliest: its children inherited it. */
  void heldBy(int tgid, long startTime) {
    if (heirTgid == 0 || startTime < heirStartTime) {
      heirTgid = tgid;
      heirStartTime = startTime;
    }
  }
}
