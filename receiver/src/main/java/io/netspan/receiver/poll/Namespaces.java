package io.netspan.receiver.poll;

import io.netspan.linux.sockdiag.DiagCounters;
import io.netspan.linux.sockdiag.DiagSocket;
import io.netspan.linux.sockdiag.SockDiag;
import io.netspan.linux.sockdiag.SockDiagException;
import io.netspan.receiver.SingleWriterCounter;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * The network namespaces that are polled: the agent's own, and every other one that a process is in
 * and that the agent may enter. One thread, except for the counter.
 */
final class Namespaces implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger("netspan.poll");

  /** Each takes two descriptors and up to 8 MiB for what the kernel reports between two scans. */
  private static final int MOST = 1_024;

  private final Path proc;
  private final DiagCounters counters;
  private final SockDiag ours;
  private final Map<Long, SockDiag> open = new LinkedHashMap<>();
  private final Set<Long> refused = new HashSet<>();
  private final SingleWriterCounter denied = new SingleWriterCounter();

  /**
   * Opens the agent's own namespace.
   *
   * @throws SockDiagException if the sockets of that namespace cannot be listed
   */
  Namespaces(Path proc, DiagCounters counters) {
    this.proc = proc;
    this.counters = counters;
    ours = SockDiag.open(counters);
    try {
      ours.requireListing();
    } catch (SockDiagException e) {
      ours.close();
      throw e;
    }
    open.put(ours.netns(), ours);
  }

  /** The number of namespaces that could not be polled, since the start. Any thread. */
  long denied() {
    return denied.get();
  }

  /** The inode of the agent's own namespace. */
  int ours() {
    return (int) ours.netns();
  }

  /** Whether this namespace is still polled. */
  boolean contain(SockDiag diag) {
    return open.get(diag.netns()) == diag;
  }

  List<SockDiag> all() {
    return List.copyOf(open.values());
  }

  /** Whether the kernel reports destroyed sockets. */
  boolean reportsDestroyed() {
    return ours.reportsDestroyed();
  }

  /**
   * Opens new namespaces, and closes those without processes and descriptors: an open one would
   * stay alive because of the agent alone. A process that has left a namespace can still have
   * descriptors of sockets in it, and they are the same connections when it comes back.
   *
   * @param now a process in each namespace, by the namespace's inode
   * @param withDescriptors the inodes of namespaces with sockets that programs have descriptors of
   * @param last receives the last reports of namespaces that are not scanned any more
   */
  void update(
      Map<Long, Integer> now, Set<Long> withDescriptors, BiConsumer<SockDiag, DiagSocket> last) {
    for (SockDiag diag : all()) {
      if (diag != ours
          && !now.containsKey(diag.netns())
          && !withDescriptors.contains(diag.netns())) {
        diag.drainDestroyed(socket -> last.accept(diag, socket));
        diag.close();
        open.remove(diag.netns());
      }
    }
    refused.retainAll(now.keySet());
    for (Map.Entry<Long, Integer> each : now.entrySet()) {
      if (!open.containsKey(each.getKey()) && !refused.contains(each.getKey())) {
        enter(each.getKey(), each.getValue());
      }
    }
  }

  private void enter(long inode, int pid) {
    if (open.size() >= MOST) {
      refuse(inode, "there are more than " + MOST);
      return;
    }
    try {
      Path namespace = proc.resolve(Integer.toString(pid)).resolve("ns/net");
      SockDiag diag = SockDiag.openIn(namespace, counters);
      if (open.putIfAbsent(diag.netns(), diag) != null) {
        diag.close(); // The process has moved to another namespace since it was listed.
      }
    } catch (SockDiagException e) {
      if (e.why() != SockDiagException.Cause.GONE) {
        refuse(inode, String.valueOf(e.getMessage()));
      }
    }
  }

  private void refuse(long inode, String why) {
    refused.add(inode);
    denied.increment();
    LOG.log(
        System.Logger.Level.DEBUG,
        "connections of network namespace {0} are not seen: {1}",
        Long.toString(inode),
        why);
  }

  @Override
  public void close() {
    all().forEach(SockDiag::close);
    open.clear();
  }
}
