package io.netspan.receiver.slice;

import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.tcp.ConnectionIdentity;
import io.netspan.receiver.tcp.ConnectionListener;
import io.netspan.receiver.tcp.ConnectionState;
import io.netspan.receiver.tcp.Cut;
import io.netspan.receiver.tcp.Paired.End;
import io.netspan.receiver.tcp.Role;
import io.netspan.receiver.tcp.Sliced;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Cuts connections that stay open at multiples of an interval in wall-clock time, so that both ends
 * cut at the same moments without knowing of each other. A pass that begins after such a moment
 * brings the counters; the slices of connections that were used are reported 1 to 2 s after it, in
 * the order of their ids, so that both halves leave at the same time on two machines. A connection
 * that ends before its slice is reported is not cut: its last span includes it.
 *
 * <p>Of two sides on this machine, either both are cut or none, and both slices are reported or
 * none. The decisions of two machines can differ for connections that begin, end, or are used
 * within the difference of their clocks of a cut.
 *
 * <p>Belongs to the thread that has the turn.
 */
public final class Slices implements ConnectionListener {
  /** A connection that is younger than this at a cut is not cut. */
  static final long YOUNGEST_NS = TimeUnit.SECONDS.toNanos(10);

  /**
   * Payload counts for the next slice, too, if it went up to this long before the cut: the other
   * end, whose clock differs, may have seen it after the cut.
   */
  static final long MARGIN_NS = TimeUnit.SECONDS.toNanos(2);

  /** How long after a cut the first slices are reported; the last ones a second later. */
  static final long HOLD_NS = TimeUnit.SECONDS.toNanos(1);

  /** The interval before the first pass. */
  private static final long NO_PASS = Long.MIN_VALUE;

  private static final int STEP_BITS = 6;
  private static final int STEPS = 1 << STEP_BITS;
  private static final long STEP_NS = TimeUnit.SECONDS.toNanos(1) / STEPS;

  /** After this, slices are reported even if there is no room for them. */
  static final long AT_MOST_NS = TimeUnit.SECONDS.toNanos(10);

  private final SliceListener listener;
  private final long lengthNs;
  private final LongSupplier epochOffset;
  private final RandomGenerator random;

  /** The connections whose slices wait, in the order in which they are reported. */
  private final List<Deque<Connection>> waiting = new ArrayList<>();

  private @Nullable Cut latest;
  private long interval = NO_PASS;
  private int step = STEPS;

  /**
   * @param lengthNs the length of an interval in nanoseconds
   * @param epochOffset what to add to CLOCK_BOOTTIME for nanoseconds since the epoch
   * @param random generates the ids of slices of connections without an identity
   */
  public Slices(
      SliceListener listener, long lengthNs, LongSupplier epochOffset, RandomGenerator random) {
    this.listener = listener;
    this.lengthNs = lengthNs;
    this.epochOffset = epochOffset;
    this.random = random;
    for (int i = 0; i < STEPS; i++) {
      waiting.add(new ArrayDeque<>());
    }
  }

  @Override
  public void opened(Connection connection) {
    if (connection.wasFoundAtStart() && connection.state() != ConnectionState.SYN_SENT) {
      long epochNs = connection.openedNs() + epochOffset.getAsLong();
      connection.slicedFrom(
          new Cut(connection.openedNs(), epochNs, Math.floorDiv(epochNs, lengthNs)));
    }
    beginAsTheOther(connection);
    listener.opened(connection);
  }

  /**
   * Begins the first slice of a side where the current one of the other side began, which was found
   * at the start: the side was not found then, because no process had a descriptor of it, such as
   * before the accept.
   */
  private static void beginAsTheOther(Connection connection) {
    Connection other = connection.paired().other();
    Sliced ofOther = other == null ? null : other.sliced();
    if (other == null
        || ofOther == null
        || ofOther.from() == null
        || !other.wasFoundAtStart()
        || connection.wasFoundAtStart()
        || connection.sliced() != null) {
      return;
    }
    ofOther.uncut();
    connection.slicedFrom(ofOther.from());
  }

  @Override
  public void changed(Connection connection) {
    beginAsTheOther(connection);
    listener.changed(connection);
  }

  @Override
  public void refreshed(Connection connection) {
    listener.refreshed(connection);
  }

  @Override
  public void passed(long beganNs, Collection<Connection> open) {
    long offset = epochOffset.getAsLong();
    long now = Math.floorDiv(beganNs + offset, lengthNs);
    boolean crossed = now > interval && interval != NO_PASS;
    interval = now; // The wall clock may have been set back.
    if (!crossed) {
      return;
    }
    waiting.forEach(Deque::clear);
    Cut cut = new Cut(now * lengthNs - offset, now * lengthNs, now);
    latest = cut;
    step = 0;
    open.forEach(connection -> consider(connection, cut));
  }

  private void consider(Connection connection, Cut cut) {
    Connection other = connection.paired().other();
    if (other != null && connection.role() == Role.SERVER) {
      return; // The client's turn decides for both.
    }
    if (!isCuttable(connection, cut) || (other != null && !isCuttable(other, cut))) {
      return;
    }
    settleEarlier(connection);
    if (other != null) {
      settleEarlier(other);
    }
    boolean used = isUsed(connection, cut) || (other != null && isUsed(other, cut));
    cut(connection, cut, used);
    if (other != null) {
      cut(other, cut, used);
    }
    if (used) {
      waiting.get(step(connection)).add(connection);
    }
  }

  private static boolean isCuttable(Connection connection, Cut cut) {
    if (connection.paired().end() != End.OPEN
        || connection.openedNs() == 0
        || connection.state() == ConnectionState.SYN_SENT) {
      return false;
    }
    Sliced sliced = connection.sliced();
    Cut from = sliced == null ? null : sliced.from();
    if (from != null) {
      // If the wall clock was set back, the interval may have been reported before.
      return from.ns() < cut.ns() && from.interval() < cut.interval();
    }
    long established =
        connection.establishedNs() == 0 ? connection.openedNs() : connection.establishedNs();
    return established <= cut.ns() - YOUNGEST_NS;
  }

  /** Decides about the cut before: a slice that was not used ended there. */
  private static void settleEarlier(Connection connection) {
    Sliced sliced = connection.slicedFrom(null);
    if (sliced.to() != null && !sliced.used()) {
      sliced.next();
    } else {
      sliced.uncut(); // If it was cut, the slice could not be reported until now, and goes on.
    }
  }

  /** Whether payload went in the current slice. */
  private boolean isUsed(Connection connection, Cut cut) {
    Sliced sliced = connection.slicedFrom(null);
    Cut from = sliced.from();
    long beganNs = from == null ? 0 : cut.ns() - (cut.interval() - from.interval()) * lengthNs;
    return sliced.isUsed(beganNs - MARGIN_NS);
  }

  private static void cut(Connection connection, Cut cut, boolean used) {
    connection.slicedFrom(null).cut(cut, used);
  }

  /** When within the second after the hold a slice is reported: by its id, so at both ends. */
  private static int step(Connection connection) {
    return (int) (ConnectionIdentity.traceIdHigh(connection.pair()) >>> (Long.SIZE - STEP_BITS));
  }

  private static long heldUntilNs(Cut cut, int step) {
    return cut.ns() + HOLD_NS + step * STEP_NS;
  }

  @Override
  public void readUpTo(long ns) {
    Cut cut = latest;
    while (cut != null && step < STEPS && heldUntilNs(cut, step) <= ns && ns != Long.MAX_VALUE) {
      Connection next = waiting.get(step).peekFirst();
      if (next == null) {
        step++;
      } else if (listener.hasRoom() || ns > cut.ns() + AT_MOST_NS) {
        waiting.get(step).removeFirst();
        report(next, cut);
      } else {
        break;
      }
    }
    listener.readUpTo(ns);
  }

  @Override
  public long readDueNs() {
    Cut cut = latest;
    long dueNs = cut == null || step >= STEPS ? Long.MAX_VALUE : heldUntilNs(cut, step);
    return Math.min(dueNs, listener.readDueNs());
  }

  @Override
  public long passDueNs() {
    return interval == NO_PASS
        ? Long.MAX_VALUE
        : (interval + 1) * lengthNs - epochOffset.getAsLong();
  }

  private void report(Connection connection, Cut cut) {
    Sliced sliced = connection.sliced();
    if (sliced == null || !cut.equals(sliced.to())) {
      return; // It has ended, and the object may be another connection.
    }
    reportSide(connection, sliced);
    Connection other = connection.paired().other();
    Sliced otherSliced = other == null ? null : other.sliced();
    if (other != null && otherSliced != null && cut.equals(otherSliced.to())) {
      reportSide(other, otherSliced);
    }
  }

  private void reportSide(Connection connection, Sliced sliced) {
    number(connection, sliced);
    listener.sliceEnded(connection);
    sliced.report();
    sliced.next();
  }

  private void number(Connection connection, Sliced sliced) {
    Cut from = sliced.from();
    if (!connection.identified()) {
      sliced.number(random.nextLong());
    } else {
      sliced.number(
          from == null
              ? connection.pair()
              : ConnectionIdentity.slice(connection.pair(), from.interval()));
    }
  }

  /** The side waits for the other one, which will not be cut any more either. */
  @Override
  public void ended(Connection connection) {
    settle(connection, connection.closedNs());
    Connection other = connection.paired().other();
    if (other != null) {
      settle(other, connection.closedNs());
    }
    listener.ended(connection);
  }

  @Override
  public void closed(Connection connection) {
    beginAsTheOther(connection);
    settle(connection, connection.closedNs());
    Sliced sliced = connection.sliced();
    if (sliced != null) {
      number(connection, sliced);
    }
    listener.closed(connection);
  }

  /** Decides about the latest cut of a connection that ended: it is void if it is not reported. */
  private static void settle(Connection connection, long endNs) {
    Sliced sliced = connection.sliced();
    Cut to = sliced == null ? null : sliced.to();
    if (sliced == null || to == null) {
      return;
    }
    if (!sliced.used() && endNs >= heldUntilNs(to, step(connection))) {
      sliced.next();
    } else {
      sliced.uncut();
    }
  }
}
