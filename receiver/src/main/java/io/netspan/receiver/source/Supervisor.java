package io.netspan.receiver.source;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one source running. A session that fails is started again; if it fails twice within a
 * minute, the next best source takes over if there is one. Each restart and each change is reported
 * and counted, and the losses of earlier sessions stay counted.
 *
 * <p>{@link #run} has its own thread; the other methods may be called from any thread.
 */
public final class Supervisor implements Runnable, AutoCloseable {
  private static final System.Logger LOG = System.getLogger("netspan.agent");
  private static final long AGAIN_WITHIN_NS = TimeUnit.MINUTES.toNanos(1);
  private static final Duration TURN_WITHIN = Duration.ofSeconds(2);

  private final String stage;
  private final Need need;
  private final List<Source> ways;
  private final Turn turn;
  private final LongSupplier clock;
  private final Map<String, Loss> ofEarlier = new LinkedHashMap<>();
  private long restarts;
  private long fallbacks;
  private int way;
  private @Nullable Session
      current; // Null once the session has failed and no other takes its place.
  private volatile boolean stopping;

  /**
   * Starts the first session.
   *
   * @param stage the stage of restarts among the losses, and a part of the thread's name
   * @param ways the sources to choose from, the best first
   * @param clock CLOCK_MONOTONIC ns
   * @throws RuntimeException the failure of the last source, if a source is required
   */
  public Supervisor(String stage, Need need, List<Source> ways, Turn turn, LongSupplier clock) {
    this.stage = stage;
    this.need = need;
    this.ways = List.copyOf(ways);
    this.turn = turn;
    this.clock = clock;
    this.current = start(Start.FIRST);
  }

  public String stage() {
    return stage;
  }

  public boolean isRequired() {
    return need == Need.REQUIRED;
  }

  private @Nullable Session start(Start how) {
    while (true) {
      Source source = ways.get(way);
      try {
        return source.start(how);
      } catch (RuntimeException e) {
        Optional<String> why = source.whyUnavailable(e);
        if (why.isEmpty() || (isLastWay() && isRequired())) {
          throw e;
        }
        if (isLastWay()) {
          LOG.log(System.Logger.Level.WARNING, source.unavailableNotice(why.get()));
          return null;
        }
        toNextWay(why.get());
      }
    }
  }

  private boolean isLastWay() {
    return way == ways.size() - 1;
  }

  private void toNextWay(String why) {
    way++;
    fallbacks++;
    LOG.log(System.Logger.Level.WARNING, ways.get(way).replacementNotice(why));
  }

  @Override
  public void run() {
    long failedNs = clock.getAsLong() - AGAIN_WITHIN_NS;
    for (Session session = session(); session != null; session = session()) {
      try {
        session.run();
        return;
      } catch (SupersededException e) {
        turn.run(() -> replaceSuperseded(e));
      } catch (RuntimeException e) {
        long now = clock.getAsLong();
        boolean soon = now - failedNs < AGAIN_WITHIN_NS;
        failedNs = now;
        turn.run(() -> replaceFailed(e, soon));
      }
    }
  }

  private synchronized void replaceSuperseded(SupersededException why) {
    retire();
    if (!stopping) {
      LOG.log(System.Logger.Level.DEBUG, String.valueOf(why.getMessage()));
      startAgain();
    }
  }

  private synchronized void replaceFailed(RuntimeException why, boolean soon) {
    retire();
    if (stopping) {
      if (isRequired()) {
        throw why;
      }
      return;
    }
    Source failed = ways.get(way);
    if (!soon) {
      LOG.log(System.Logger.Level.WARNING, failed.restartNotice(why.toString()));
      restarts++;
      if (startAgain()) {
        LOG.log(System.Logger.Level.INFO, "started again: " + describe());
      }
    } else if (!isLastWay()) {
      toNextWay("they failed twice within a minute, now by " + why);
      if (startAgain()) {
        LOG.log(System.Logger.Level.INFO, describe());
      }
    } else if (isRequired()) {
      throw why;
    } else {
      LOG.log(System.Logger.Level.WARNING, failed.endNotice(why.toString()));
    }
  }

  /**
   * Starts the next session. An exception is its failure, right after the one that it follows.
   *
   * @return whether that session is the current one
   */
  private boolean startAgain() {
    try {
      current = start(Start.AGAIN);
      return current != null;
    } catch (RuntimeException e) {
      replaceFailed(e, /* soon= */ true);
      return false;
    }
  }

  private void retire() {
    Session ended = current;
    current = null;
    if (ended != null) {
      ended.close();
      Losses.merge(ended.losses(), ofEarlier);
    }
  }

  private synchronized @Nullable Session session() {
    return current;
  }

  /** Makes {@link #run} return soon. */
  public synchronized void stop() {
    stopping = true;
    if (current != null) {
      current.stop();
    }
  }

  /**
   * Processes the remaining events, after {@link #stop}.
   *
   * @param returned whether {@link #run} has returned; if not, the session is given up
   */
  public synchronized void finish(boolean returned) {
    if (current == null) {
      return;
    }
    if (returned && turn.take(TURN_WITHIN)) {
      try {
        current.finish();
      } finally {
        turn.giveBack();
      }
    } else {
      current.giveUp();
    }
  }

  /** All losses since the start, with every possible reason. */
  public synchronized List<Loss> losses() {
    Map<String, Loss> all = new LinkedHashMap<>(ofEarlier);
    if (current != null) {
      Losses.merge(current.losses(), all);
    }
    List<Loss> list = new ArrayList<>(all.values());
    list.add(new Loss(stage, "restarted", restarts));
    list.add(new Loss(stage, "fell_back", fallbacks));
    return list;
  }

  /** The buffer usage of the current session, 0 to 1. */
  public synchronized double bufferUsage() {
    return current == null ? 0 : current.bufferUsage();
  }

  /** How the current session watches, in one line; empty if there is none. */
  public synchronized String describe() {
    return current == null ? "" : current.describe();
  }

  @Override
  public synchronized void close() {
    if (current != null) {
      current.close();
    }
  }
}
