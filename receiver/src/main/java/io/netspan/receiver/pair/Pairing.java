package io.netspan.receiver.pair;

import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.tcp.ConnectionListener;
import io.netspan.receiver.tcp.ConnectionState;
import io.netspan.receiver.tcp.Paired;
import io.netspan.receiver.tcp.Paired.End;
import io.netspan.receiver.tcp.Role;
import io.netspan.receiver.workload.Workload;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Brings the two sides of a connection together, by the identity pair that both have, in every
 * network namespace and behind address translation. The side that ends first waits for the end of
 * the other one, so that both are reported together and each names the process at the other end.
 *
 * <p>A side has an entry in a map until its other side is found. In the steady state nothing is
 * allocated. Belongs to the thread that has the turn.
 */
public final class Pairing implements ConnectionListener {
  /**
   * How long a side waits for the end of the other one, in nanoseconds: backends pair the spans of
   * both ends within 2 s.
   */
  static final long WITHIN_NS = TimeUnit.SECONDS.toNanos(1);

  /** If more sides wait, the first of them is reported at once. */
  static final int MOST_WAITING = 16_384;

  private final ConnectionListener listener;
  private final PeerNames names;
  private final Translations translations;
  private final boolean translating;

  /** Established clients without another side, until the records of that have been read, too. */
  private final ArrayDeque<Connection> untranslated = new ArrayDeque<>();

  private final Destinations destinations = new Destinations();
  private final Long2ObjectHashMap<Connection> alone = new Long2ObjectHashMap<>();
  private final PolledSides polled = new PolledSides();
  private final ArrayDeque<Connection> waiting = new ArrayDeque<>();
  private Consumer<Connection> release = _ -> {};
  private Function<Connection, @Nullable Workload> listening = _ -> null;

  /**
   * Pairs connections of one tracker.
   *
   * @param listener is notified as by the tracker, but of some ends later
   */
  public Pairing(ConnectionListener listener) {
    this(listener, new PeerNames(), Translations.NONE);
  }

  /**
   * Pairs connections of one tracker.
   *
   * @param listener is notified as by the tracker, but of some ends later
   * @param names for other ends whose process is not known
   * @param translations finds out the servers of clients whose other side is not here
   */
  public Pairing(ConnectionListener listener, PeerNames names, Translations translations) {
    this.listener = listener;
    this.names = names;
    this.translations = translations;
    translating = !translations.equals(Translations.NONE);
  }

  /** Sets the consumer to which connections that were kept are returned. */
  public void releaseTo(Consumer<Connection> tracker) {
    release = tracker;
  }

  /** Sets what knows who listens, or did lately, where a client that failed connected to. */
  public void listenersBy(Function<Connection, @Nullable Workload> tracker) {
    listening = tracker;
  }

  @Override
  public void opened(Connection connection) {
    Connection first = join(connection);
    if (connection.paired().workload() == null) {
      connection.paired().named(names.of(connection));
    }
    listener.opened(connection);
    changedIfAny(first);
    willAsk(connection);
  }

  @Override
  public void changed(Connection connection) {
    Connection first = join(connection);
    listener.changed(connection);
    changedIfAny(first);
    willAsk(connection);
  }

  @Override
  public void refreshed(Connection connection) {
    Connection first = join(connection);
    listener.refreshed(connection);
    changedIfAny(first);
  }

  private void changedIfAny(@Nullable Connection first) {
    if (first != null) {
      listener.changed(first);
    }
  }

  /**
   * Finds the other side, if both have their identity.
   *
   * @return the other side, if it was found now
   */
  private @Nullable Connection join(Connection side) {
    Paired paired = side.paired();
    if (paired.other() != null) {
      return null;
    }
    if (!side.identified()) {
      return together(side, polled.join(side));
    }
    if (paired.isIndexed()) {
      if (paired.index() == side.pair()) {
        return null;
      }
      leave(side); // The earlier pair was read without the socket's lock, or with another role.
    }
    Connection first = alone.putIfAbsent(side.pair(), side);
    if (first == null || first.role() == side.role()) {
      if (first != null) {
        alone.put(side.pair(), side);
        first.paired().notIndexed();
      }
      paired.indexed(side.pair());
      return null;
    }
    alone.remove(side.pair());
    first.paired().notIndexed();
    return together(side, first);
  }

  private static @Nullable Connection together(Connection side, @Nullable Connection first) {
    if (first != null) {
      side.paired().other(first);
      first.paired().other(side);
    }
    return first;
  }

  /** How many sides have not found their other side. */
  int indexed() {
    return alone.size();
  }

  private void leave(Connection side) {
    Paired paired = side.paired();
    if (paired.isIndexed()) {
      alone.remove(paired.index(), side);
      paired.notIndexed();
    }
    polled.remove(side);
  }

  @Override
  public void closed(Connection side) {
    changedIfAny(join(side));
    leave(side);
    Connection other = side.paired().other();
    if (other == null) {
      side.paired().named(names.of(side)); // Some are reported without having been open.
      ask(side);
      if (side.role() == Role.CLIENT && !side.identified()) {
        expect(side);
      }
      listener.closed(side);
      return;
    }
    if (other.paired().end() == End.OPEN) {
      await(side);
      return;
    }
    if (other.paired().end() == End.WAITING) {
      waiting.removeLastOccurrence(
          other); // Mostly near the tail, because both ends close at about the same time.
      listener.closed(other);
    }
    learn(side, other);
    listener.closed(side);
    release.accept(other);
  }

  /** Says who would have served a connection that failed. */
  private void expect(Connection client) {
    Workload served = destinations.expected(client);
    if (served != null) {
      client.paired().expect(served, Paired.Expected.EARLIER);
      return;
    }
    Workload listens = listening.apply(client);
    if (listens != null) {
      client.paired().expect(listens, Paired.Expected.LISTENER);
    }
  }

  private void willAsk(Connection side) {
    if (translating && side.state() == ConnectionState.ESTABLISHED && isToBeAsked(side)) {
      if (untranslated.size() >= MOST_WAITING) {
        ask(untranslated.removeFirst());
      }
      untranslated.addLast(side);
    }
  }

  /** An object in the queue may be another connection by now, which is no harm. */
  private void ask(Connection side) {
    if (isToBeAsked(side)) {
      side.paired().translation(translations.ask(side));
    }
  }

  private static boolean isToBeAsked(Connection side) {
    Paired paired = side.paired();
    return side.role() == Role.CLIENT && paired.other() == null && paired.translation() == null;
  }

  private void await(Connection side) {
    if (waiting.size() >= MOST_WAITING) {
      report(waiting.removeFirst());
    }
    side.keep();
    side.paired().end(End.WAITING);
    waiting.addLast(side);
    listener.ended(side);
  }

  private void report(Connection side) {
    side.paired().end(End.REPORTED);
    learn(side, side.paired().other());
    listener.closed(side);
  }

  private void learn(Connection side, @Nullable Connection other) {
    Connection client = side.role() == Role.CLIENT ? side : other;
    Workload server = client == null ? null : client.paired().workload();
    if (client != null && server != null) {
      destinations.learn(client, server, client.closedNs());
    }
  }

  @Override
  public void ended(Connection connection) {
    listener.ended(connection);
  }

  @Override
  public void readUpTo(long ns) {
    while (!untranslated.isEmpty()) {
      ask(untranslated.removeFirst());
    }
    Connection first = waiting.peekFirst();
    while (first != null && first.closedNs() < ns - WITHIN_NS) {
      report(waiting.removeFirst());
      first = waiting.peekFirst();
    }
    listener.readUpTo(ns);
  }

  @Override
  public long readDueNs() {
    Connection first = waiting.peekFirst();
    long due = first == null ? Long.MAX_VALUE : first.closedNs() + WITHIN_NS + 1;
    return Math.min(due, listener.readDueNs());
  }

  @Override
  public void passed(long beganNs, Collection<Connection> open) {
    for (Connection client : open) {
      Workload server = client.paired().workload();
      if (client.role() == Role.CLIENT && server != null) {
        destinations.learn(client, server, beganNs);
      }
    }
    listener.passed(beganNs, open);
  }

  @Override
  public long passDueNs() {
    return listener.passDueNs();
  }
}
