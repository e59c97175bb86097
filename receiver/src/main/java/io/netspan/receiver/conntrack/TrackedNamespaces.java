package io.netspan.receiver.conntrack;

import io.netspan.linux.sockdiag.Conntrack;
import io.netspan.linux.sockdiag.SockDiagException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The connection tracking of the network namespaces in which connections were asked about lately.
 * An open one keeps its namespace in being, so idle ones are closed. One thread.
 */
final class TrackedNamespaces implements AutoCloseable {
  static final int MOST = 64;
  private static final int MOST_REFUSALS = 1_024;
  static final long IDLE_NS = TimeUnit.MINUTES.toNanos(1);
  private static final long RETRY_NS = TimeUnit.MINUTES.toNanos(1);

  private final Opener opener;
  private final int own;
  private final LongSupplier clock;

  /** The least recently used first. */
  private final Map<Integer, Open> open = new LinkedHashMap<>(16, 0.75f, true);

  private final Map<Integer, Refusal> refusals = new HashMap<>();

  /** The connection tracking of one namespace. */
  interface Tracking extends AutoCloseable {
    int netns();

    Conntrack.@Nullable Tuple reply(Conntrack.Tuple original);

    @Override
    void close();
  }

  /** Opens the connection tracking of the namespace that a process is in. */
  @FunctionalInterface
  interface Opener {
    Opener BY_PROC =
        pid -> new KernelTracking(pid == 0 ? Conntrack.open() : Conntrack.openIn(namespace(pid)));

    /**
     * Opens it.
     *
     * @param pid 0 for the agent's own namespace
     * @throws SockDiagException if that is not possible
     */
    Tracking open(int pid);

    private static Path namespace(int pid) {
      return Path.of("/proc", Integer.toString(pid), "ns/net");
    }
  }

  private record KernelTracking(Conntrack conntrack) implements Tracking {
    @Override
    public int netns() {
      return (int) conntrack.netns();
    }

    @Override
    public Conntrack.@Nullable Tuple reply(Conntrack.Tuple original) {
      return conntrack.reply(original);
    }

    @Override
    public void close() {
      conntrack.close();
    }
  }

  private static final class Open {
    final Tracking tracking;
    long usedNs;

    Open(Tracking tracking) {
      this.tracking = tracking;
    }
  }

  private record Refusal(SockDiagException why, long untilNs) {}

  TrackedNamespaces(Opener opener, int own, LongSupplier clock) {
    this.own = own;
    this.opener = opener;
    this.clock = clock;
  }

  /**
   * That of a namespace.
   *
   * @param pid a process that is or was in it; 0 if none is known
   * @return null if no process is known that is in it now
   * @throws SockDiagException if it cannot be opened, or could not in the last minute
   */
  @Nullable Tracking of(int netns, int pid) {
    long now = clock.getAsLong();
    Open known = open.get(netns);
    if (known == null) {
      Refusal refusal = refusals.get(netns);
      if (refusal != null && now - refusal.untilNs < 0) {
        throw refusal.why;
      }
      Tracking entered = enter(netns, pid, now);
      if (entered == null) {
        return null;
      }
      known = new Open(entered);
      closeLeastUsed();
      open.put(netns, known);
    }
    known.usedNs = now;
    return known.tracking;
  }

  private @Nullable Tracking enter(int netns, int pid, long now) {
    try {
      Tracking entered = opener.open(netns == own ? 0 : pid);
      if (entered.netns() == netns) {
        return entered;
      }
      entered.close();
      return null; // The process has moved, or another one has its pid now.
    } catch (SockDiagException e) {
      if (e.why() != SockDiagException.Cause.GONE) {
        if (refusals.size() >= MOST_REFUSALS) {
          refusals.clear();
        }
        refusals.put(netns, new Refusal(e, now + RETRY_NS));
      }
      throw e;
    }
  }

  private void closeLeastUsed() {
    if (open.size() >= MOST) {
      Iterator<Open> all = open.values().iterator();
      all.next().tracking.close();
      all.remove();
    }
  }

  /** Closes those that were not used for a minute. */
  void closeIdle() {
    long now = clock.getAsLong();
    open.values()
        .removeIf(
            each -> {
              boolean idle = now - each.usedNs > IDLE_NS;
              if (idle) {
                each.tracking.close();
              }
              return idle;
            });
  }

  @Override
  public void close() {
    open.values().forEach(each -> each.tracking.close());
    open.clear();
  }
}
