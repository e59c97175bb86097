package io.netspan.receiver.telemetry;

import static io.opentelemetry.api.common.AttributeKey.booleanKey;

import io.netspan.receiver.SingleWriterCounter;
import io.netspan.receiver.workload.Service;
import io.netspan.receiver.workload.Services;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.metrics.Meter;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import java.util.function.Function;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The series of one source of events, by service, the service at the other end, and one more
 * number. It has at most {@value #MOST} of them; everything beyond is counted in one more, the
 * overflow series. Finding a series allocates nothing, and its cost does not depend on how many
 * there are.
 *
 * <p>A service whose name changes is counted under the new name from then on; what was counted
 * before stays where it was, because a counter must not lose what it has. A series in which nothing
 * was counted for a while, and nothing is open, is removed by {@link #expire}.
 *
 * <p>Belongs to the thread that has the turn, except for {@link #report} and {@link #forEach},
 * which any thread may call. A series is published by a release store into {@link #slots} and read
 * by an acquire load, so a reader sees it whole.
 *
 * @param <S> what is counted
 */
public final class SeriesTable<S extends Series> implements ExpiringSeries {
  /** One below the SDK's own limit of 2,000, which counts the overflow set. */
  public static final int MOST = 1_999;

  /** Enough bits for the number of a service; see {@link Services}. */
  private static final int SERVICE_BITS = 15;

  private static final int NO_PEER = -1;

  private static final AttributeKey<Boolean> OVERFLOW = booleanKey("otel.metric.overflow");

  private final ServiceResources services;
  private final Details details;
  private final Function<Series.Id, S> maker;
  private final Long2ObjectHashMap<S> byKey = new Long2ObjectHashMap<>();
  private final AtomicReferenceArray<S> slots = new AtomicReferenceArray<>(MOST + 1);
  private final int[] free = new int[MOST + 1];
  private final SingleWriterCounter overflows = new SingleWriterCounter();
  private final Object reporting = new Object();
  private int freeSlots;
  private @Nullable S overflow;
  private volatile int size; // Of the series, with the overflow series.

  /** What distinguishes the series of one service, as a number. */
  @FunctionalInterface
  public interface Details {
    /** Adds the attributes that the number stands for. */
    void put(int detail, AttributesBuilder to);

    /** A series with this number has ended. */
    default void removed(int detail) {}
  }

  /**
   * An empty table.
   *
   * @param transport what is counted, in the metrics about the table itself
   * @param maker makes a series whose counters are zero
   */
  public SeriesTable(
      Meter meter,
      String transport,
      ServiceResources services,
      Details details,
      Function<Series.Id, S> maker) {
    this.services = services;
    this.details = details;
    this.maker = maker;
    for (int slot = MOST; slot >= 0; slot--) {
      free[freeSlots++] = slot;
    }
    services.expiry().register(this);
    observe(meter, Attributes.of(SpanAttributes.NETWORK_TRANSPORT.key(), transport));
  }

  /**
   * The SDK calls the callbacks before it reads the counters of the same meter. Either of them
   * reports, because a view can drop the other one's metric, and with it the callback.
   */
  private void observe(Meter meter, Attributes table) {
    meter
        .upDownCounterBuilder("netspan.agent.series")
        .setUnit("{series}")
        .setDescription("Sets of attributes that are counted separately.")
        .buildWithCallback(
            to -> {
              report();
              to.record(size, table);
            });
    meter
        .counterBuilder("netspan.agent.series.overflows")
        .setUnit("{measurement}")
        .setDescription("What was counted in the overflow set because there were too many sets.")
        .buildWithCallback(
            to -> {
              report();
              to.record(overflows.get(), table);
            });
  }

  /** The series of a service with no known peer, as {@link #of(Service, Service, int)}. */
  public S of(Service service, int detail) {
    return of(service, null, detail);
  }

  /**
   * The series of a service and the one at the other end. It is created if it is new; beyond the
   * limit this is the overflow series.
   *
   * @param peer the service at the other end, of which only the name counts; null if it is not
   *     known
   */
  public S of(Service service, @Nullable Service peer, int detail) {
    Service named = peer == null ? null : peer.named();
    long key = key(service.number(), named == null ? NO_PEER : named.number(), detail);
    S known = byKey.get(key);
    return known != null ? known : create(key, service, named, detail);
  }

  /** The series with this {@link Series#slot}, which must be in use. */
  public S bySlot(int slot) {
    return slots.getPlain(slot);
  }

  /** Passes on each series. May be called by any thread. */
  public void forEach(Consumer<S> action) {
    for (int i = 0; i < slots.length(); i++) {
      S one = slots.getAcquire(i);
      if (one != null) {
        action.accept(one);
      }
    }
  }

  /** Adds what was counted to the counters of the SDK. May be called by any thread. */
  public void report() {
    synchronized (reporting) {
      long nowNs = services.expiry().nowNs();
      forEach(one -> report(one, nowNs));
    }
  }

  private void report(S one, long nowNs) {
    boolean first = !one.reported;
    one.reported = true;
    if (one.report(first) || first) {
      one.countedNs = nowNs;
    }
  }

  @Override
  public void expire(long nowNs, long idleNs) {
    synchronized (reporting) {
      for (int slot = 0; slot < slots.length(); slot++) {
        S one = slots.getPlain(slot);
        if (one == null) {
          continue;
        }
        report(one, nowNs);
        if (nowNs - one.countedNs > idleNs && !one.isInUse()) {
          remove(one);
        }
      }
    }
  }

  /**
   * The key of a series. The numbers of services are small enough for two of them and a detail to
   * fit into one {@code long}.
   */
  private static long key(int service, int peer, int detail) {
    return ((long) service << SERVICE_BITS | peer + 1) << Integer.SIZE
        | Integer.toUnsignedLong(detail);
  }

  private static long key(Series.Id id) {
    Service service = id.service();
    Service peer = id.peer();
    return key(
        service == null ? 0 : service.number(),
        peer == null ? NO_PEER : peer.number(),
        id.detail());
  }

  private S create(long key, Service service, @Nullable Service peer, int detail) {
    if (byKey.size() >= MOST) {
      return overflow();
    }
    S created = make(free[freeSlots - 1], service, peer, detail);
    byKey.put(key, created);
    add(created);
    return created;
  }

  private S overflow() {
    overflows.increment();
    S known = overflow;
    if (known == null) {
      int slot = free[freeSlots - 1];
      known = maker.apply(new Series.Id(slot, null, null, 0, Attributes.of(OVERFLOW, true)));
      overflow = known;
      add(known);
    }
    return known;
  }

  private S make(int slot, Service service, @Nullable Service peer, int detail) {
    AttributesBuilder attributes = Attributes.builder();
    services.put(service, attributes);
    if (peer != null) {
      services.putPeer(peer, attributes);
    }
    details.put(detail, attributes);
    return maker.apply(new Series.Id(slot, service, peer, detail, attributes.build()));
  }

  private void add(S created) {
    freeSlots--;
    slots.setRelease(created.slot(), created);
    size = slots.length() - freeSlots;
  }

  private void remove(S ended) {
    if (ended.id().service() == null) {
      overflow = null;
    } else {
      byKey.remove(key(ended.id()));
      details.removed(ended.id().detail());
    }
    slots.setRelease(ended.slot(), null);
    free[freeSlots++] = ended.slot();
    size = slots.length() - freeSlots;
  }
}
