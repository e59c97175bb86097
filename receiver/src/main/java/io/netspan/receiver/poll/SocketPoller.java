package io.netspan.receiver.poll;

import io.netspan.enrich.ProcessKey;
import io.netspan.enrich.proc.SocketHolders;
import io.netspan.linux.clock.BootClock;
import io.netspan.linux.sockdiag.DiagCounters;
import io.netspan.linux.sockdiag.DiagSocket;
import io.netspan.linux.sockdiag.SockDiag;
import io.netspan.linux.sockdiag.SockDiagException;
import io.netspan.receiver.SingleWriterCounter;
import io.netspan.receiver.tcp.Provenance;
import io.netspan.receiver.tcp.Reconciler;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Scans all open sockets repeatedly, and reads the kernel's reports of destroyed ones in between.
 *
 * <p>A dump is not a snapshot. It can miss a socket while others come and go, so the poller asks
 * the kernel for a known socket before it gives it up. Since the kernel reports a destroyed socket
 * only some time after it has left the tables, the poller then waits until the next scan for its
 * last numbers. A socket that is not destroyed by then has a program that keeps its descriptor: its
 * connection has ended all the same, and the later report of its destruction is ignored.
 *
 * <p>One thread, except for the counters.
 */
public final class SocketPoller implements AutoCloseable {
  /**
   * The process that has a socket can change, but reading all descriptors is the most expensive
   * part of a scan.
   */
  private static final int LOOKS_BETWEEN_FULL_SEARCHES = 10;

  private final Reconciler reconciler;
  private final DiagCounters counters = new DiagCounters();
  private final Namespaces namespaces;
  private final SocketHolders holders;
  private final OwnConnections own;
  private final boolean again;
  private final Long2ObjectHashMap<PolledSocket> sockets = new Long2ObjectHashMap<>();
  private final Long2ObjectHashMap<SockDiag> diagOf = new Long2ObjectHashMap<>();
  private final EndedSockets ended = new EndedSockets();

  /** When the first complete scan began; 0 until it is over. */
  private long watchedFromNs;

  private long scannedNs;
  private int scans;
  private final SingleWriterCounter peerForgotten = new SingleWriterCounter();
  private volatile long unreadable;
  private volatile long leftOut;

  /**
   * A poller that has not scanned yet.
   *
   * @param self the pid of a process that is left out, with both ends of its connections; 0: none
   * @param backends where that process exports to
   * @param again whether an earlier session watched: then open connections that are not tracked
   *     began after it
   * @throws SockDiagException if the kernel does not list sockets
   */
  public SocketPoller(
      Reconciler reconciler,
      Path proc,
      int self,
      Collection<InetSocketAddress> backends,
      boolean again) {
    this.reconciler = reconciler;
    this.again = again;
    holders = new SocketHolders(proc);
    namespaces = new Namespaces(proc, counters);
    own = new OwnConnections(self, namespaces.ours(), backends);
  }

  /** Counts of what was lost in netlink. Any thread. */
  public DiagCounters counters() {
    return counters;
  }

  /** Network namespaces that could not be polled, since the start. Any thread. */
  public long namespacesDenied() {
    return namespaces.denied();
  }

  /** Processes whose descriptors could not be read, the most in one search. Any thread. */
  public long descriptorsDenied() {
    return unreadable;
  }

  /** How often a process was left out because there were too many descriptors. Any thread. */
  public long descriptorsLeftOut() {
    return leftOut;
  }

  /**
   * Connections that opened and closed between two scans and were reset by their own process: such
   * sockets do not keep the address of their peer. Any thread.
   */
  public long peerForgotten() {
    return peerForgotten.get();
  }

  /**
   * Sockets whose connection has ended and that were forgotten, for lack of room, before they were
   * destroyed: such a connection can be reported again. Any thread.
   */
  public long endedForgotten() {
    return ended.forgotten();
  }

  /** Whether the kernel reports destroyed sockets, so that short connections are seen. */
  public boolean reportsDestroyed() {
    return namespaces.reportsDestroyed();
  }

  /** Scans all sockets once. */
  public void scan() {
    if (scans == 0) {
      reconciler.succeed();
    }
    holders.scan();
    namespaces.update(holders.namespaces(), namespacesWithDescriptors(), this::destroyed);
    scans++;
    long beganNs = BootClock.nanos();
    boolean complete = true;
    for (SockDiag diag : namespaces.all()) {
      complete &= diag.dump(socket -> seen(diag, socket, BootClock.nanos()));
    }
    findHolders();
    own.mark(sockets.values());
    takeDestroyed();
    reconcile(beganNs);
    scannedNs = beganNs;
    if (watchedFromNs == 0 && complete) {
      watchedFromNs = beganNs;
    }
  }

  /** The namespaces with a socket that a program had a descriptor of, in the last scan. */
  private Set<Long> namespacesWithDescriptors() {
    Set<Long> all = new HashSet<>();
    for (PolledSocket socket : sockets.values()) {
      SockDiag diag = diagOf.get(socket.sk());
      if (diag != null && socket.scan() == scans && socket.socket().inode() != 0) {
        all.add(diag.netns());
      }
    }
    return all;
  }

  private void seen(SockDiag diag, DiagSocket socket, long nowNs) {
    int netns = (int) diag.netns();
    long key = PolledSocket.key(netns, socket.cookie());
    PolledSocket known = sockets.get(key);
    if (known == null) {
      known = new PolledSocket(netns, socket);
      ended.remove(key);
      sockets.put(key, known);
      diagOf.put(key, diag);
    }
    known.seen(socket, nowNs, scans);
  }

  /** Reads the kernel's reports of destroyed sockets so far. */
  public void takeDestroyed() {
    for (SockDiag diag : namespaces.all()) {
      diag.drainDestroyed(socket -> destroyed(diag, socket));
    }
  }

  /** As {@link #takeDestroyed}, and reports what has waited long enough for other ends. */
  void takeDestroyedAndReport() {
    long nowNs = BootClock.nanos();
    takeDestroyed();
    reconciler.readUpTo(nowNs);
  }

  /**
   * Takes in one report, which may also be about a listener or a socket that was never connected.
   */
  private void destroyed(SockDiag diag, DiagSocket last) {
    int netns = (int) diag.netns();
    long key = PolledSocket.key(netns, last.cookie());
    diagOf.remove(key);
    PolledSocket known = sockets.remove(key);
    if (known != null && (known.isListener() || known.own())) {
      return;
    }
    boolean found = known != null;
    if (known == null) {
      if (ended.take(key, last)) {
        return; // Its end has been reported, without these numbers.
      }
      if (last.peerPort() == 0) {
        countForgotten(last);
        return;
      }
      known = new PolledSocket(netns, last);
    }
    if (own.contain(known)) {
      return;
    }
    long nowNs = BootClock.nanos();
    known.destroyed(last, nowNs);
    if (!found && known.isQuietSince(watchedFromNs) && !reconciler.tracks(known)) {
      return; // It ended before this poller watched: the first scan would have found it.
    }
    if (!known.known()) {
      known.beginsAfter(scannedNs);
    }
    known.holder(known.holders().isEmpty() ? null : known.holders().getFirst());
    reconciler.destroyed(known, nowNs);
  }

  /**
   * Counts a reset connection: {@code tcp_disconnect} clears every number but the least round-trip
   * time.
   */
  private void countForgotten(DiagSocket last) {
    if (last.info() != null && last.info().minRttUs() > 0) {
      peerForgotten.increment();
    }
  }

  private void reconcile(long beganNs) {
    reconciler.begin(beganNs, Provenance.POLLED, /* atStart= */ scans == 1 && !again);
    for (PolledSocket socket : sockets.values()) {
      if (socket.scan() == scans) {
        report(socket);
      }
    }
    reconciler.forEachMissing(this::ask);
    reconciler.finish(BootClock.nanos());
    forgetMissing();
  }

  private void report(PolledSocket socket) {
    if (socket.own()) {
      return;
    }
    if (!socket.known()) {
      socket.known(true);
      long scannedAt = socket.timeNs();
      socket.beginsAfter(scannedNs);
      reportHolders(socket);
      socket.scannedAt(scannedAt);
    }
    reportHolders(socket);
  }

  private void reportHolders(PolledSocket socket) {
    List<ProcessKey> all = socket.socket().inode() == 0 ? List.of() : socket.holders();
    if (all.isEmpty()) {
      report(socket, null);
    }
    for (ProcessKey holder : all) {
      report(socket, holder);
    }
  }

  private void report(PolledSocket socket, @Nullable ProcessKey holder) {
    socket.holder(holder);
    reconciler.found(socket);
  }

  private void ask(long sk) {
    PolledSocket socket = sockets.get(sk);
    SockDiag diag = diagOf.get(sk);
    if (socket == null || diag == null || !namespaces.contain(diag)) {
      return;
    }
    SockDiag.Presence presence =
        diag.find(socket.socket(), now -> seen(diag, now, BootClock.nanos()));
    switch (presence) {
      case GONE -> socket.miss();
      case UNKNOWN -> socket.maybeOpen(scans);
      case OPEN -> {}
    }
    if (presence != SockDiag.Presence.GONE || (socket.missed() == 1 && diag.reportsDestroyed())) {
      report(socket);
    }
  }

  private void forgetMissing() {
    for (PolledSocket socket : List.copyOf(sockets.values())) {
      boolean waits = socket.known() && socket.missed() == 1 && reportsDestroyed();
      if (socket.scan() != scans && !waits) {
        sockets.remove(socket.sk());
        SockDiag diag = diagOf.remove(socket.sk());
        if (diag != null && diag.reportsDestroyed()) {
          ended.add(socket);
        }
      }
    }
  }

  private void findHolders() {
    boolean every = scans % LOOKS_BETWEEN_FULL_SEARCHES == 0;
    Map<Long, List<PolledSocket>> wanted = new HashMap<>(); // subflows of MPTCP share an inode
    for (PolledSocket socket : sockets.values()) {
      long inode = socket.socket().inode();
      if (inode != 0 && (every || socket.isToBeSearched())) {
        wanted.computeIfAbsent(inode, _ -> new ArrayList<>(1)).add(socket);
        socket.searched();
      }
    }
    if (wanted.isEmpty()) {
      return;
    }
    Map<Long, List<ProcessKey>> found = new HashMap<>();
    SocketHolders.Found add =
        (inode, holder) -> found.computeIfAbsent(inode, _ -> new ArrayList<>(1)).add(holder);
    if (every) {
      holders.findEvery(wanted.keySet(), add);
      Set<ProcessKey> all = new HashSet<>();
      found.values().forEach(all::addAll);
      all.forEach(reconciler::mayHaveChanged);
    } else {
      holders.findAny(wanted.keySet(), add);
    }
    found.forEach(
        (inode, processes) ->
            wanted
                .getOrDefault(inode, List.of())
                .forEach(socket -> socket.holders(List.copyOf(processes))));
    unreadable = Math.max(unreadable, holders.unreadable());
    leftOut = holders.leftOut();
  }

  /** The number of open connections. */
  public int tracked() {
    return reconciler.tracked();
  }

  /** Waits until the kernel reports destroyed sockets, or the time is over. */
  public void await(long timeoutNanos) {
    SockDiag.await(namespaces.all(), timeoutNanos);
  }

  @Override
  public void close() {
    namespaces.close();
  }
}
