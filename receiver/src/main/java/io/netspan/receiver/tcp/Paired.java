package io.netspan.receiver.tcp;

import io.netspan.receiver.workload.PeerName;
import io.netspan.receiver.workload.Workload;
import org.jspecify.annotations.Nullable;

/**
 * What is known about the other side of a connection. Belongs to the thread that has the turn, like
 * its connection.
 */
public final class Paired {
  /** How far the end of a connection that has another side here has been reported. */
  public enum End {
    /** The side is open. */
    OPEN,
    /** The side has ended and waits for the end of the other side. */
    WAITING,
    /** The end of the side has been reported. */
    REPORTED
  }

  /** How it is known who would have been at the other end of a connection that failed. */
  public enum Expected {
    /** It served clients there. */
    EARLIER("earlier"),
    /** It listens there, or did until lately. */
    LISTENER("listener");

    private final String value;

    Expected(String value) {
      this.value = value;
    }

    /** The value of netspan.peer.provenance. */
    public String value() {
      return value;
    }
  }

  private @Nullable Connection other;
  private @Nullable Workload expected;
  private Expected expectedBy = Expected.EARLIER;
  private @Nullable PeerName named;
  private @Nullable Translation translation;
  private End end = End.OPEN;
  private boolean indexed;
  private long index;

  void reset() {
    other = null;
    expected = null;
    expectedBy = Expected.EARLIER;
    named = null;
    translation = null;
    end = End.OPEN;
    indexed = false;
    index = 0;
  }

  /** The other side, on this machine, open or ended; null if there is none, or it is not known. */
  public @Nullable Connection other() {
    return other;
  }

  public void other(@Nullable Connection side) {
    other = side;
  }

  /** The process at the other end, or the one expected there; null if neither is known. */
  public @Nullable Workload workload() {
    Connection side = other;
    Workload known = side == null ? expected : side.owner;
    return known == null || !known.isKnown() ? null : known;
  }

  /** Sets the process that would have been at the other end of a connection that failed. */
  public void expect(Workload workload, Expected by) {
    expected = workload;
    expectedBy = by;
  }

  /** How the process at the other end is known where {@link #other} is not. */
  public Expected expectedBy() {
    return expectedBy;
  }

  /** Where the kernel sent the connection, if that was asked; null otherwise. */
  public @Nullable Translation translation() {
    return translation;
  }

  public void translation(@Nullable Translation asked) {
    translation = asked;
  }

  /** The name for the peer's address; null if there is none or a process is known at that end. */
  public @Nullable PeerName named() {
    return named == null || workload() != null ? null : named;
  }

  /** Sets the name for the peer's address, which counts while no process is known there. */
  public void named(@Nullable PeerName name) {
    named = name;
  }

  public End end() {
    return end;
  }

  public void end(End reached) {
    end = reached;
  }

  /** Whether the pairing has an entry for this side. */
  public boolean isIndexed() {
    return indexed;
  }

  /** The identity pair under which it has that entry. */
  public long index() {
    return index;
  }

  public void indexed(long pair) {
    indexed = true;
    index = pair;
  }

  public void notIndexed() {
    indexed = false;
  }
}
