package io.netspan.receiver.poll;

/** Both ends of a connection, as a key. */
record Ends(int netns, End local, End peer) {

  /** An address and a port. */
  record End(int port, long high, long low) {}

  Ends seenFromTheOther() {
    return new Ends(netns, /* local= */ peer, /* peer= */ local);
  }
}
