package io.netspan.receiver.tcp;

import io.netspan.enrich.ProcessKey;
import io.netspan.receiver.net.SocketFacts;
import io.netspan.receiver.net.TcpState;
import io.netspan.receiver.wire.TcpUnchangedEvent;
import io.netspan.receiver.workload.Workload;
import io.netspan.receiver.workload.WorkloadTable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.agrona.collections.LongArrayList;

/**
 * Compares the tracked connections with the open sockets. A pass reports every socket that a
 * process has a descriptor of ({@link #found}), then those tracked ones that no process has ({@link
 * #forEachMissing}, each {@link #answered} or not there):
 *
 * <ul>
 *   <li>what is not tracked is added: open before the start, or its beginning was lost;
 *   <li>what is tracked and not there has ended unseen;
 *   <li>what is both is brought up to date: state, bytes, round-trip time, owner. Nothing that is
 *       known of it is discarded.
 * </ul>
 *
 * <p>Events go on during a pass. They are newer than what the pass read before them, so the caller
 * reads the ring's events after the kernel's scan and before {@link #found}. A socket that ends in
 * between is remembered and not added again; one that begins after the pass is left to the next.
 *
 * <p>Belongs to the thread that has the turn.
 */
public final class Reconciler {
  private final ConnectionTable table;
  private final Listeners listeners;
  private final Owners owners;
  private final WorkloadTable workloads;
  private final ConnectionListener listener;
  private final Sides sides;
  private final Succession succession;
  private final List<Connection> unsettled = new ArrayList<>();
  private int pass;
  private long beganNs;
  private Provenance provenance = Provenance.BACKFILLED;
  private boolean first = true;
  private boolean scanned;
  private boolean everything = true;

  Reconciler(
      ConnectionTable table,
      Listeners listeners,
      Owners owners,
      WorkloadTable workloads,
      ConnectionListener listener,
      Sides sides) {
    this.table = table;
    this.listeners = listeners;
    this.owners = owners;
    this.workloads = workloads;
    this.listener = listener;
    this.sides = sides;
    this.succession = new Succession(table);
  }

  /**
   * Prepares a pass, and is called some time before it. The step to CLOSE is reported a moment
   * before the socket's state changes, and the thread can be preempted in that moment.
   */
  public void prepare() {
    table.rememberEnded();
    listeners.rememberEnded();
  }

  /**
   * A pass begins, and all events until now have been seen.
   *
   * @param nowNs CLOCK_BOOTTIME
   * @param ofNew the provenance of connections that will be found and are not tracked
   */
  public void begin(long nowNs, Provenance ofNew) {
    begin(nowNs, ofNew, ofNew == Provenance.BACKFILLED);
  }

  /**
   * As {@link #begin(long, Provenance)}.
   *
   * @param atStart whether new connections that will be found were open before the agent started,
   *     so that their bytes until now are not counted
   */
  public void begin(long nowNs, Provenance ofNew, boolean atStart) {
    table.rememberEnded();
    listeners.rememberEnded();
    pass++;
    table.passes();
    everything = false;
    beganNs = nowNs;
    provenance = ofNew;
    first = atStart;
  }

  /**
   * Prepares for a new source, which identifies sockets by other keys than the one before. A
   * tracked connection with the same ends as a reported socket is then the same connection.
   */
  public void succeed() {
    succession.begin();
  }

  /** Reads a process again: what is known about it may have changed, and no event reports that. */
  public void mayHaveChanged(ProcessKey holder) {
    workloads.readAgain(holder);
  }

  /** Takes one descriptor of a socket. */
  public void found(SocketFacts facts) {
    if (facts.state() == TcpState.TCP_LISTEN) {
      Workload holder = workloads.find(facts.tgid(), facts.startTime());
      listeners.found(facts, holder, pass);
    } else if (facts.state() != TcpState.TCP_CLOSE && facts.peerPort() != 0) {
      connectionFound(facts);
    }
  }

  /**
   * Whether the next pass has to read every socket. Otherwise it may report connections that have
   * not changed since the pass before as {@link #unchanged}.
   */
  public boolean needsEverything() {
    return everything;
  }

  /** Takes one descriptor of a connection that is as the pass before has read it. */
  void unchanged(TcpUnchangedEvent found) {
    Connection connection = table.found(found.sk());
    if (connection == null || !isAsRead(connection, found)) {
      everything = true; // In this pass it is asked for, if it is tracked.
    } else if (connection.lastEventNs < found.ktimeNs()) { // else another may have begun there
      connection.foundBy(pass);
      Reading.held(connection, found.tgid(), found.startTime());
    }
  }

  private boolean isAsRead(Connection connection, TcpUnchangedEvent found) {
    return connection.pass >= pass - 1
        && connection.doubt == null
        && !connection.isOnlyOwnerKnown()
        && connection.state == ConnectionState.of(found.state());
  }

  /**
   * Takes the answer for a socket that was asked for. A new connection is left to its events, which
   * may not have been read yet, or to the next pass.
   */
  void answered(SocketFacts facts) {
    if (facts.state() == TcpState.TCP_LISTEN) {
      listeners.answered(facts, pass);
      return;
    }
    Connection connection = table.get(facts.sk());
    if (connection != null && !connection.isOnlyOwnerKnown() && isSame(connection, facts)) {
      update(connection, facts);
    } else if (connection != null && connection.isOnlyOwnerKnown()) {
      connection.pass = pass; // Still open; its end will provide the rest.
    }
  }

  private void connectionFound(SocketFacts facts) {
    succession.claim(facts);
    Connection connection = table.found(facts.sk());
    if (connection == null) {
      if (!table.hasEnded(facts.sk())) {
        add(facts);
      }
      return;
    }
    if (connection.isOnlyOwnerKnown()) {
      fill(connection, facts); // Only the process that closes or accepts it is known.
    } else if (connection.openedNs > facts.timeNs()) {
      return; // Another connection has begun on this address since.
    } else if (!isSame(connection, facts)) {
      add(facts);
      return;
    }
    update(connection, facts);
  }

  /**
   * Whether the socket is that of the connection. A socket is read without its lock, so a pair of
   * sequence numbers can be torn. A different pair is believed only when the next pass reads it
   * again.
   */
  private boolean isSame(Connection connection, SocketFacts facts) {
    if (!connection.isBetween(facts)) {
      return false;
    }
    if (!connection.identityExact || !facts.hasIsns() || facts.state() == TcpState.TCP_SYN_SENT) {
      return true;
    }
    long pair = ConnectionIdentity.pair(connection.role, facts.localIsn(), facts.remoteIsn());
    if (connection.pair == pair) {
      connection.doubt = null;
      return true;
    }
    everything = true; // so that the next pass reads it, too
    return connection.doubts(pair, pass);
  }

  private void add(SocketFacts facts) {
    Connection connection = table.begin(facts.sk(), Role.CLIENT, facts.timeNs());
    if (connection != null) {
      fill(connection, facts);
      update(connection, facts);
    }
  }

  private void fill(Connection connection, SocketFacts facts) {
    connection.provenance = provenance;
    connection.openedNs = facts.timeNs();
    connection.setEnds(facts);
    connection.device = facts.device();
    connection.accepted = facts.isAccepted();
    connection.state = ConnectionState.of(facts.state());
    connection.settled = false;
    Reading.takeSyns(connection, facts);
    if (first) {
      connection.foundWith(
          new Counts(
              facts.payloadSent(connection.synsCounted()),
              facts.payloadReceived(),
              facts.segsOut(),
              facts.segsIn(),
              facts.totalRetrans()));
    }
    unsettled.add(connection);
  }

  /** Whether the connection of a socket is tracked, by this source or by the one before. */
  public boolean tracks(SocketFacts facts) {
    succession.claim(facts);
    return table.get(facts.sk()) != null;
  }

  /**
   * Takes a socket that was destroyed, between passes or during one. If its connection was not
   * tracked, it began and ended between passes, or is older than the first pass.
   *
   * @param last the socket's last numbers, and the last state in which it was seen open
   */
  public void destroyed(SocketFacts last, long nowNs) {
    succession.claim(last);
    Connection connection = table.remove(last.sk());
    if (connection == null) {
      connection = table.unlisted(last.sk(), Role.CLIENT);
      fill(connection, last);
      unsettled.removeLast();
    }
    connection.provenance = Provenance.POLLED;
    update(connection, last);
    sides.settle(connection);
    owners.found(connection, nowNs);
    connection.closedNs = nowNs;
    connection.reason = CloseReason.ofLastSeen(last.state());
    table.endSeen.increment();
    table.end(connection);
  }

  private void update(Connection connection, SocketFacts facts) {
    connection.foundBy(pass);
    Reading.held(connection, facts.tgid(), facts.startTime());
    if (connection.doubt != null) {
      return;
    }
    everything |= facts.quietNs() < 0;
    Reading.take(connection, facts);
    table.subflows.add(connection, facts);
  }

  /**
   * Passes on the addresses of the tracked sockets of which no process had a descriptor, so that
   * the kernel can be asked for them.
   */
  public void forEachMissing(LongConsumer ask) {
    listeners.forEachMissing(pass, ask);
    forEachMissingConnection(ask);
  }

  void forEachMissingConnection(LongConsumer ask) {
    LongArrayList missing = new LongArrayList(); // Events are read in between.
    for (Connection connection : table.all()) {
      if (isMissing(connection)) {
        missing.addLong(connection.sk);
      }
    }
    missing.forEachLong(ask);
  }

  private boolean isMissing(Connection connection) {
    return connection.pass != pass
        && connection.openedNs < beganNs
        && connection.lastEventNs < beganNs
        && !succession.awaits(connection);
  }

  /**
   * Ends a complete pass. All events until now have been seen, so connections that are still
   * missing have ended.
   *
   * @return how many connections had ended unseen
   */
  public int finish(long nowNs) {
    listeners.finish(pass);
    int gone = 0;
    List<Connection> all = table.all();
    for (int i = all.size() - 1; i >= 0; i--) { // The last one takes the place of one that is gone.
      Connection connection = all.get(i);
      if (connection.pass == pass) {
        refresh(connection, nowNs);
      } else if (isMissing(connection)) {
        sides.settle(connection);
        table.remove(connection.sk);
        table.endUnseen(connection, nowNs);
        gone++;
      }
    }
    succession.scanned();
    scanned = true;
    end();
    listener.passed(beganNs, all);
    listener.readUpTo(beganNs);
    return gone;
  }

  /** The number of open connections. May be called by any thread. */
  public int tracked() {
    return table.size();
  }

  /** All ends until then (CLOCK_BOOTTIME) have been seen, outside of a pass. */
  public void readUpTo(long ns) {
    listener.readUpTo(ns);
  }

  /** Whether a complete pass has reported all that was open when it began. */
  boolean hasScanned() {
    return scanned;
  }

  private void refresh(Connection connection, long nowNs) {
    if (connection.isOnlyOwnerKnown()) {
      return; // Not reported yet; its end will provide the rest.
    }
    sides.settle(connection);
    if (!isOwnerSeenSince(connection)) {
      owners.found(connection, nowNs);
    }
    if (connection.role == Role.SERVER && !connection.owner.isKnown()) {
      owners.accepted(connection); // The pass may find the listener after the connection.
    }
    listener.refreshed(connection);
  }

  /**
   * Whether an event since the pass began shows the owner, who may have got the descriptor after
   * the pass visited it. A child that inherited it since may have been visited with it.
   */
  private boolean isOwnerSeenSince(Connection connection) {
    return connection.lastEventNs >= beganNs
        && switch (connection.ownerProvenance) {
          case CONNECT, ACCEPT, CLOSE -> true;
          default -> false;
        };
  }

  /** When an event happened that is read now: not before the pass began, whatever its time. */
  long sinceBegin(long ktimeNs) {
    return Math.max(ktimeNs, beganNs);
  }

  /** Ends a pass that could not be completed: what it did not find may still be open. */
  public void abandon() {
    everything = true;
    unsettled.forEach(this::settleIfTracked);
    end();
  }

  private void end() {
    unsettled.clear();
    table.forgetEnded();
    listeners.forgetEnded();
  }

  private void settleIfTracked(Connection connection) {
    if (table.get(connection.sk) == connection) {
      sides.settle(connection);
    }
  }
}
