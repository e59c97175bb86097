package io.netspan.receiver.conntrack;

import io.netspan.linux.sockdiag.Conntrack;
import io.netspan.linux.sockdiag.SockDiagException;
import io.netspan.receiver.SingleWriterCounter;
import io.netspan.receiver.net.Address;
import io.netspan.receiver.net.Endpoint;
import io.netspan.receiver.net.Ends;
import io.netspan.receiver.pair.Translations;
import io.netspan.receiver.source.Loss;
import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.tcp.Translation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Asks connection tracking about one connection after the other, on a thread of its own. An entry
 * exists while the connection lives and, if it was established, 120 s longer, so a question may be
 * late by what the queue holds.
 */
public final class ConntrackTranslations implements Translations, AutoCloseable {
  private static final System.Logger LOG = System.getLogger("netspan.conntrack");
  private static final int MOST_WAITING = 4_096;

  /** 2,000 questions a second, after a burst of 200. */
  private static final long QUESTION_EVERY_NS = TimeUnit.MICROSECONDS.toNanos(500);

  private static final long BURST_NS = 200 * QUESTION_EVERY_NS;
  private static final long TIDY_EVERY_MS = 10_000;

  private final BlockingQueue<Translation> queue = new ArrayBlockingQueue<>(MOST_WAITING);
  private final TrackedNamespaces namespaces;
  private final SingleWriterCounter queueFull = new SingleWriterCounter();
  private final SingleWriterCounter denied = new SingleWriterCounter();
  private final SingleWriterCounter gone = new SingleWriterCounter();
  private final SingleWriterCounter failed = new SingleWriterCounter();
  private final Thread thread =
      Thread.ofPlatform().name("netspan-conntrack").daemon().unstarted(this::run);
  private boolean warned;

  ConntrackTranslations(TrackedNamespaces.Opener opener) {
    namespaces = new TrackedNamespaces(opener, own(), System::nanoTime);
  }

  /** Starts the thread, which opens the namespaces of connections as they come. */
  public static ConntrackTranslations start() {
    return start(TrackedNamespaces.Opener.BY_PROC);
  }

  static ConntrackTranslations start(TrackedNamespaces.Opener opener) {
    ConntrackTranslations started = new ConntrackTranslations(opener);
    started.thread.start();
    return started;
  }

  /** The inode of the agent's network namespace; 0 if {@code /proc} does not say. */
  private static int own() {
    try {
      return ((Long) Files.getAttribute(Path.of("/proc/self/ns/net"), "unix:ino")).intValue();
    } catch (IOException | UnsupportedOperationException e) {
      return 0;
    }
  }

  @Override
  public @Nullable Translation ask(Connection client) {
    if (!client.hasLocalAddress() || client.localPort() == 0 || client.isPeerLoopback()) {
      return null;
    }
    Translation asked =
        new Translation(Ends.of(client), client.owner().key().pid(), System.nanoTime());
    if (queue.offer(asked)) {
      return asked;
    }
    queueFull.increment();
    return null;
  }

  private void run() {
    long nextNs = System.nanoTime();
    try {
      while (true) {
        Translation asked = queue.poll(TIDY_EVERY_MS, TimeUnit.MILLISECONDS);
        if (asked == null) {
          namespaces.closeIdle();
          continue;
        }
        long now = System.nanoTime();
        nextNs = Math.max(nextNs + QUESTION_EVERY_NS, now - BURST_NS);
        if (nextNs > now) {
          LockSupport.parkNanos(this, nextNs - now);
        }
        answer(asked);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the agent stops
    } finally {
      namespaces.close();
    }
  }

  private void answer(Translation asked) {
    Ends ends = asked.ends();
    try {
      TrackedNamespaces.Tracking tracking = namespaces.of(ends.netns(), asked.pid());
      if (tracking == null) {
        gone.increment();
        return;
      }
      Conntrack.Tuple reply = tracking.reply(tuple(ends));
      if (reply != null) {
        asked.found(
            new Endpoint(
                new Address(reply.ipv6(), reply.sourceHigh(), reply.sourceLow()),
                reply.sourcePort()));
      }
    } catch (SockDiagException e) {
      count(e);
    } finally {
      asked.answered();
    }
  }

  private static Conntrack.Tuple tuple(Ends ends) {
    return new Conntrack.Tuple(
        ends.isIpv6(),
        ends.localHigh(),
        ends.localLow(),
        ends.localPort(),
        ends.peerHigh(),
        ends.peerLow(),
        ends.peerPort());
  }

  private void count(SockDiagException e) {
    if (e.why() == SockDiagException.Cause.GONE) {
      gone.increment();
      return;
    }
    (e.why() == SockDiagException.Cause.DENIED ? denied : failed).increment();
    if (!warned) {
      warned = true;
      LOG.log(
          System.Logger.Level.WARNING,
          "--conntrack: actual servers of some connections stay unknown, now and later cases are"
              + " counted as lost: cannot {0}",
          e.getMessage());
    }
  }

  /** Connections that were not asked about, by reason. Any thread. */
  public List<Loss> losses() {
    return List.of(
        new Loss("conntrack", "queue_full", queueFull.get()),
        new Loss("conntrack", "denied", denied.get()),
        new Loss("conntrack", "namespace_gone", gone.get()),
        new Loss("conntrack", "failed", failed.get()));
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
