package io.netspan.receiver.telemetry;

import static io.opentelemetry.api.common.AttributeKey.booleanKey;

import io.netspan.receiver.workload.Service;
import io.netspan.receiver.workload.Services;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import java.util.ArrayList;
import java.util.List;
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
 * before stays where it was, because a counter must not lose what it has.
 *
 * <p>Belongs to the thread that has the turn, except for {@link #forEach}, which a metric reader
 * calls. A series is published by a release store into {@link #observed} and read by an acquire
 * load, so a reader sees it whole.
 *
 * @param <S> what is counted
 */
public final class SeriesTable<S extends Series> {
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
  private final List<S> slots = new ArrayList<>();
  private @Nullable S overflow;

  /** The same series without gaps, for readers; the first null ends them. */
  private final AtomicReferenceArray<S> observed = new AtomicReferenceArray<>(MOST + 1);

  /** What distinguishes the series of one service, as a number. */
  @FunctionalInterface
  public interface Details {
    /** Adds the attributes that the number stands for. */
    void put(int detail, AttributesBuilder to);
  }

  /**
   * An empty table.
   *
   * @param maker makes a series whose counters are zero
   */
  public SeriesTable(ServiceResources services, Details details, Function<Series.Id, S> maker) {
    this.services = services;
    this.details = details;
    this.maker = maker;
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

  /** The series with this {@link Series#slot}. */
  public S bySlot(int slot) {
    return slots.get(slot);
  }

  /** Passes on each series in which anything was counted. May be called by any thread. */
  public void forEach(Consumer<S> action) {
    for (int i = 0; i < observed.length(); i++) {
      S one = observed.getAcquire(i);
      if (one == null) {
        return;
      }
      action.accept(one);
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

  private S create(long key, Service service, @Nullable Service peer, int detail) {
    if (byKey.size() >= MOST) {
      return overflow();
    }
    S created = make(slots.size(), service, peer, detail);
    byKey.put(key, created);
    add(created);
    return created;
  }

  private S overflow() {
    S known = overflow;
    if (known == null) {
      known =
          maker.apply(new Series.Id(slots.size(), null, null, 0, Attributes.of(OVERFLOW, true)));
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
    slots.add(created);
    observed.setRelease(created.slot(), created);
  }
}
