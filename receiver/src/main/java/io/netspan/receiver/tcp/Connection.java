package io.netspan.receiver.tcp;

import io.netspan.receiver.workload.Workload;
import org.jspecify.annotations.Nullable;

/**
 * One side of a connection: what is known of it, and the state of those that follow it. The object
 * is reused after the end: a listener copies what it needs before it returns. Belongs to the thread
 * that has the turn.
 */
public final class Connection extends ConnectionFacts {
  /** CLOCK_BOOTTIME ns at which payload last went, as the last pass read it; 0: not known. */
  long lastPayloadNs;

  /** The counters when a connection was found that had been open before the agent started. */
  private @Nullable Counts whenFound;

  private @Nullable Sliced sliced;
  private int kept;

  /** State of the pairing. */
  private final Paired paired = new Paired();

  // What the listener has already counted. It is for one listener: two would take counts from each
  // other.
  private long countedSent;
  private long countedReceived;
  private int countedRetransmits;
  private long mark;

  Connection(Workload nobody) {
    super(nobody);
  }

  /** Resets every field to the state of a new connection. */
  void reset(long address, Role side, Workload nobody) {
    resetFacts(address, side, nobody);
    resetMarks();
    paired.reset();
    lastPayloadNs = 0;
    whenFound = null;
    sliced = null;
    kept = 0;
    countedSent = 0;
    countedReceived = 0;
    countedRetransmits = 0;
    mark = 0;
  }

  void ownedBy(Workload process, int thread, OwnerProvenance how) {
    owner = process;
    ownerProvenance = how;
    tid = thread;
  }

  /** Sets the identity from this side's sequence numbers. */
  void identify(int local, int remote, boolean exact) {
    identified = true;
    identityExact = exact;
    localIsn = local;
    remoteIsn = remote;
    pair = ConnectionIdentity.pair(role, local, remote);
  }

  /**
   * How many SYNs the count of sent bytes includes. If neither this nor the role is known, one, so
   * that the payload is never overstated.
   */
  int synsCounted() {
    if (synsSent != UNKNOWN_SYNS) {
      return synsSent;
    }
    return settled && role == Role.SERVER ? 0 : 1;
  }

  /**
   * Sets the least round-trip time, unless the value is that of an earlier connection; the kernel
   * keeps the minimum for minutes.
   */
  void setRttMin(int microseconds) {
    rttMinUs = microseconds == earlierRttUs ? 0 : microseconds;
  }

  /** Sets the role, on which the identity depends. */
  void settle(Role side) {
    settled = true;
    role = side;
    if (identified) {
      pair = ConnectionIdentity.pair(role, localIsn, remoteIsn);
    }
  }

  /** Makes another process the owner, and remembers the previous one. */
  void passTo(Workload process, int thread, OwnerProvenance how, long nowNs) {
    if (owner.isKnown()
        && ownerProvenance != OwnerProvenance.LISTENER
        && !owner.key().equals(process.key())) {
      previousOwner = owner;
      ownerChangedNs = nowNs;
    }
    ownedBy(process, thread, how);
  }

  /** Sets what was transferred before the agent started, which is not counted. */
  void foundWith(Counts then) {
    whenFound = then;
    countedSent = then.bytesSent();
    countedReceived = then.bytesReceived();
    countedRetransmits = then.retransmits();
  }

  /**
   * Payload bytes sent since the last call; not those sent before the agent started. What was
   * counted stays counted, even if a later reading is less: 0 then.
   */
  public long takeSent() {
    long since = Math.max(0, bytesSent - countedSent);
    countedSent += since;
    return since;
  }

  /** Payload bytes received since the last call, as {@link #takeSent()}. */
  public long takeReceived() {
    long since = Math.max(0, bytesReceived - countedReceived);
    countedReceived += since;
    return since;
  }

  /** Segments retransmitted since the last call, as {@link #takeSent()}. */
  public long takeRetransmits() {
    long now = Integer.toUnsignedLong(retransmits);
    long since = Math.max(0, now - Integer.toUnsignedLong(countedRetransmits));
    countedRetransmits += (int) since;
    return since;
  }

  /**
   * Keeps this object from being reused after {@link ConnectionListener#closed}, until {@link
   * ConnectionTracker#release}. If several keep it, each has to release it.
   */
  public void keep() {
    kept++;
  }

  boolean isKept() {
    return kept != 0;
  }

  /** Undoes one {@link #keep}; returns whether nothing keeps this object any more. */
  boolean letGo() {
    kept--;
    return kept == 0;
  }

  /** Whether it was open before the agent started. */
  public boolean wasFoundAtStart() {
    return whenFound != null;
  }

  /** The counters from which on the agent has counted: 0 if the beginning was seen. */
  public Counts countsWhenFound() {
    return whenFound == null ? Counts.ZERO : whenFound;
  }

  /** The current slice; null if the connection has only one, from its beginning to its end. */
  public @Nullable Sliced sliced() {
    return sliced;
  }

  /**
   * As {@link #sliced()}; if there is none yet, it begins here.
   *
   * @param from null: with the connection
   */
  public Sliced slicedFrom(@Nullable Cut from) {
    Sliced known = sliced;
    if (known == null) {
      known = new Sliced(this, from);
      sliced = known;
    }
    return known;
  }

  /** Where the pairing notes what it knows about the other side. */
  public Paired paired() {
    return paired;
  }

  /**
   * A number for the {@link ConnectionListener}, which sets it when the connection is opened; 0
   * before.
   */
  public long mark() {
    return mark;
  }

  public void mark(long value) {
    mark = value;
  }
}
