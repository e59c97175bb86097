package io.netspan.receiver.tcp;

import io.netspan.receiver.workload.Workload;
import org.agrona.collections.Hashing;
import org.jspecify.annotations.Nullable;

/**
 * A listening socket, and what is known about its processes. Belongs to the thread that has the
 * turn.
 */
final class Listener {
  final long sk;
  final Place place;
  Workload owner;

  /** CLOCK_BOOTTIME ns at which the kernel reported that the socket listens; 0: a pass found it. */
  long sinceNs;

  /** The next one in a chain of {@link Listeners}. */
  @Nullable Listener next;

  /**
   * The last pass that found this listener; the following fields are what that pass knows about the
   * processes that have a descriptor.
   */
  int pass;

  boolean heldByOwner;
  Workload heir;

  Listener(long sk, Place place, Workload owner) {
    this.sk = sk;
    this.place = place;
    this.owner = owner;
    this.heir = owner;
  }

  /**
   * Where a socket listens.
   *
   * @param ipv6 false also for an IPv6 socket that is bound to a v4-mapped address, since it
   *     accepts IPv4 only
   * @param v6Only for an IPv6 wildcard: it does not accept IPv4
   * @param device index of the network device that the socket is bound to; 0: none
   */
  record Place(int netns, int port, boolean ipv6, boolean v6Only, long high, long low, int device) {

    /** Makes a place from the fields of a kernel socket. */
    static Place of(
        int netns, int port, boolean ipv6, boolean v6Only, long high, long low, int device) {
      return ipv6 && high == 0 && low >>> 32 == 0xffff
          ? new Place(netns, port, false, false, low << 32, 0, device)
          : new Place(netns, port, ipv6, v6Only, high, low, device);
    }

    /** Whether the connection's local address matches this place, regardless of port and device. */
    boolean isOn(Connection connection) {
      boolean wildcard = high == 0 && low == 0;
      return netns == connection.netns
          && (ipv6 == connection.ipv6 || (ipv6 && wildcard && !v6Only))
          && (wildcard || (high == connection.localHigh && low == connection.localLow));
    }

    Place withPort(int chosen) {
      return new Place(netns, chosen, ipv6, v6Only, high, low, device);
    }

    long hash() {
      return hash(netns, port, ipv6, high, low);
    }

    static long hash(int netns, int port, boolean ipv6, long high, long low) {
      long address = Hashing.hash(high) * 31L + Hashing.hash(low) + (ipv6 ? 17 : 0);
      return address + ((long) netns << 32 | port);
    }

    boolean isAt(int inode, int number, boolean six, long addressHigh, long addressLow) {
      return netns == inode
          && port == number
          && ipv6 == six
          && high == addressHigh
          && low == addressLow;
    }
  }

  /**
   * Notes a process that has a descriptor. Of several, the oldest is the most likely owner, since
   * its workers inherited the descriptor.
   */
  void held(Workload holder, int number) {
    boolean first = pass != number;
    boolean held = owner.key().equals(holder.key());
    if (held) {
      owner = holder; // After an exec it is another program.
    }
    heldByOwner = held || (!first && heldByOwner);
    if (first || holder.key().startTimeNanos() < heir.key().startTimeNanos()) {
      heir = holder;
    }
    pass = number;
  }
}
