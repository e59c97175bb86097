package io.netspan.receiver.tcp;

import io.netspan.receiver.workload.Workload;
import java.util.List;
import java.util.SplittableRandom;

/** Random connections that no kernel would report, for properties that must hold for any. */
public final class RandomConnections {
  private final SplittableRandom random;
  private final List<Workload> owners;

  public RandomConnections(long seed, List<Workload> owners) {
    this.random = new SplittableRandom(seed);
    this.owners = owners;
  }

  /** Each field is drawn independently; small numbers and 0 are frequent. */
  public Connection next() {
    Connection c = new Connection(owners.getFirst());
    c.sk = random.nextLong();
    c.role = one(Role.values());
    c.state = one(ConnectionState.values());
    c.provenance = one(Provenance.values());
    c.owner = owners.get(random.nextInt(owners.size()));
    c.ownerProvenance = one(OwnerProvenance.values());
    c.tid = number();
    c.netns = number();
    c.ipv6 = random.nextBoolean();
    c.localPort = random.nextInt(3) == 0 ? 0 : random.nextInt(65_536);
    c.peerPort = random.nextInt(65_536);
    c.localHigh = bits();
    c.localLow = c.ipv6 ? bits() : 0;
    c.peerHigh = bits();
    c.peerLow = c.ipv6 ? bits() : 0;
    c.identified = random.nextBoolean();
    c.pair = bits();
    c.openedNs = time();
    c.establishedNs = random.nextBoolean() ? 0 : time();
    c.closedNs = time();
    c.handshakeNs = random.nextBoolean() ? 0 : time();
    c.reason = one(CloseReason.values());
    c.error = one(ConnectionError.values());
    c.totalsKnown = random.nextBoolean();
    c.bytesSent = random.nextLong(Long.MAX_VALUE);
    c.bytesReceived = random.nextLong(1_000_000);
    c.segmentsSent = number();
    c.segmentsReceived = number();
    c.retransmits = number();
    c.srttUs = random.nextInt(1 << 29);
    c.rttMinUs = number();
    c.previousOwner = random.nextBoolean() ? null : owners.getLast();
    c.ownerChangedNs = time();
    c.subflow = one(Subflow.values());
    c.mptcp = number();
    return c;
  }

  private <T> T one(T[] of) {
    return of[random.nextInt(of.length)];
  }

  private int number() {
    return switch (random.nextInt(3)) {
      case 0 -> 0;
      case 1 -> random.nextInt(1_000);
      default -> random.nextInt();
    };
  }

  private long bits() {
    return random.nextInt(4) == 0 ? 0 : random.nextLong();
  }

  /** A CLOCK_BOOTTIME reading: up to a year of uptime. */
  private long time() {
    return 1 + random.nextLong(31_536_000_000_000_000L);
  }
}
